"""Node and Socket.IO for the benchmarks: found or fetched at first use."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from tests.services import programs

DIRECTORY = Path(__file__).parent / "socketio"
SOCKETIO_VERSION: str = json.loads((DIRECTORY / "package.json").read_text())["dependencies"][
    "socket.io"
]
INSTALL_SECONDS = 120
INSTALL = (
    *("install", "--no-package-lock", "--omit=dev"),
    *("--fetch-retries=0", "--no-audit", "--no-fund"),
)


class NotThere(Exception):
    """Why there is no Socket.IO to compare with; no fault of ours."""


def program() -> Path:
    """Node itself. Raises :class:`NotThere`."""
    try:
        return programs.node()
    except (OSError, subprocess.CalledProcessError, ValueError) as error:
        raise NotThere(f"node does not run: {error}") from error


def version() -> str | None:
    """What node says of itself; None where it says nothing."""
    try:
        return _run("node", [str(program()), "--version"]).strip()
    except NotThere:
        return None


def ensure_socketio() -> None:
    """Install it beside its package.json unless it is there. Raises :class:`NotThere`.

    Asks the registry once: where that has failed, it fails again without asking.
    """
    if reason := _why_not(DIRECTORY):
        raise NotThere(reason)


@cache
def _why_not(directory: Path) -> str:
    try:
        # Where it does not run, there is nothing to install.
        _run("node", [str(program()), "--version"])
        # Written last: an installation that was cut short is none.
        finished = directory / "node_modules" / f".socket.io-{SOCKETIO_VERSION}-installed"
        if not finished.exists():
            _run("npm install", [*_npm(), *INSTALL], directory)
            finished.touch()
    except (NotThere, OSError) as error:
        return str(error)
    return ""


def _run(name: str, command: Sequence[str], directory: Path | None = None) -> str:
    """What it prints. Raises :class:`NotThere` when it cannot or does not succeed."""
    try:
        done = subprocess.run(
            command,
            cwd=directory,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=INSTALL_SECONDS,
        )
    except subprocess.TimeoutExpired:
        raise NotThere(f"{name} took more than {INSTALL_SECONDS} s") from None
    except OSError as error:
        raise NotThere(f"{name} does not run: {error}") from error
    if done.returncode != 0:
        reasons = [line for line in done.stderr.splitlines() if line.startswith("npm error")]
        raise NotThere(f"{name} failed: {(reasons or [done.stderr.strip()])[0]}")
    return done.stdout


def _npm() -> list[str]:
    """Node's own, which the packaged Node has too, though not on PATH; else the one on PATH."""
    node = program()
    own = node.resolve().parents[1] / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    if own.exists():
        return [str(node), str(own)]
    on_path = shutil.which("npm")
    if on_path is None:
        raise NotThere("there is no npm")
    return [on_path]
