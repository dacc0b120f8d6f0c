"""The interpreters of the matrix are found, and a missing one is reported."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.hosts import cells, pythons

RUNNING = "{}.{}".format(*sys.version_info)


@pytest.fixture(autouse=True)
def _forget() -> None:
    pythons.find.cache_clear()
    pythons.pyenv_root.cache_clear()


def test_the_running_version_is_found() -> None:
    found = pythons.find(RUNNING)
    assert found is not None
    done = subprocess.run([found, "--version"], capture_output=True, text=True, check=True)
    assert done.stdout.startswith(f"Python {RUNNING}.")


def test_a_missing_version_is_reported_in_a_line_of_its_own(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(pythons, "VERSIONS", (RUNNING, "3.99"))
    assert pythons.available() == [RUNNING]
    (line,) = pythons.describe_missing()
    assert line.startswith("MISSING: Python 3.99 ")


def test_a_program_that_fails_is_not_an_interpreter(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Pyenv has one on PATH for each version, which fails outside a chosen one."""
    shim = tmp_path / "python3.99"
    shim.write_text("#!/bin/sh\nexit 127\n")
    shim.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    assert pythons.find("3.99") is None


def test_the_newest_version_of_pyenv_is_chosen(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for patch in ("9", "10", "10-dev"):
        program = tmp_path / "versions" / f"3.99.{patch}" / "bin" / "python"
        program.parent.mkdir(parents=True)
        program.write_text("#!/bin/sh\necho 3.99\n")
        program.chmod(0o755)
    monkeypatch.setattr(pythons, "pyenv_root", lambda: tmp_path)
    assert pythons.find("3.99") == tmp_path / "versions" / "3.99.10" / "bin" / "python"


def test_every_cell_has_a_python_that_its_django_supports(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(pythons, "available", lambda: list(pythons.VERSIONS))
    assert list(map(str, cells.matrix())) == [
        "Python 3.11, Django 5.2, lowest versions",
        "Python 3.11, Django 5.2",
        "Python 3.12, Django 5.2",
        "Python 3.13, Django 5.2",
        "Python 3.12, Django 6.0",
        "Python 3.13, Django 6.0",
    ]
    assert str(cells.newest()) == "Python 3.13, Django 6.0"


def test_a_machine_with_one_old_python_tests_the_newest_django_that_it_can(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(pythons, "available", lambda: ["3.11"])
    assert str(cells.newest()) == "Python 3.11, Django 5.2"
