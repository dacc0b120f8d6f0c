"""Find the interpreters of the matrix: on PATH, and among the versions of pyenv."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

#: The versions that the package supports, from the oldest to the newest.
VERSIONS = ("3.11", "3.12", "3.13")
#: The modules that an environment of a host needs. Some systems package them separately.
PROBE = "import ensurepip, sqlite3, ssl, sys, venv; print('%d.%d' % sys.version_info[:2])"


@cache
def find(version: str) -> Path | None:
    """Return an interpreter of this version, such as 3.12, that can make environments."""
    return next((each for each in _candidates(version) if _is_usable(each, version)), None)


def available() -> list[str]:
    """Return the versions that this machine has, from the oldest to the newest."""
    return [version for version in VERSIONS if find(version) is not None]


def describe_missing() -> list[str]:
    """Return one line for each version that this machine lacks."""
    return [
        f"MISSING: Python {version} is neither on PATH nor in pyenv. Its cells did not run."
        for version in VERSIONS
        if find(version) is None
    ]


def _candidates(version: str) -> Iterator[Path]:
    if version == "{}.{}".format(*sys.version_info):
        yield Path(getattr(sys, "_base_executable", sys.executable))
    for folder in os.get_exec_path():
        # pyenv puts a program of this name on PATH even if it fails outside a chosen version.
        yield Path(folder) / f"python{version}"
    if root := pyenv_root():
        found = root.glob(f"versions/{version}.*/bin/python")
        yield from sorted(found, key=_patch_number, reverse=True)


def _patch_number(interpreter: Path) -> int:
    *_, patch = interpreter.parent.parent.name.split(".")
    return int(patch) if patch.isdigit() else -1


@cache
def pyenv_root() -> Path | None:
    """Return the directory of pyenv, or None without pyenv."""
    if not shutil.which("pyenv"):
        return Path(os.environ["PYENV_ROOT"]) if "PYENV_ROOT" in os.environ else None
    done = subprocess.run(["pyenv", "root"], capture_output=True, text=True)
    return Path(done.stdout.strip()) if done.returncode == 0 else None


def _is_usable(interpreter: Path, version: str) -> bool:
    if not os.access(interpreter, os.X_OK):
        return False
    done = subprocess.run([interpreter, "-I", "-c", PROBE], capture_output=True, text=True)
    return done.returncode == 0 and done.stdout.strip() == version
