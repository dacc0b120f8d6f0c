"""Find or install Node and Socket.IO for the benchmarks at first use."""

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


class Unavailable(Exception):
    """Node or Socket.IO cannot run here. The message is the reason."""


def program() -> Path:
    """Return the path of Node. Raise :class:`Unavailable` if it does not run."""
    try:
        return programs.node()
    except (OSError, subprocess.CalledProcessError, ValueError) as error:
        raise Unavailable(f"node does not run: {error}") from error


def version() -> str | None:
    """Return the version that Node prints, or None if it does not run."""
    try:
        return _run("node", [str(program()), "--version"]).strip()
    except Unavailable:
        return None


def ensure_socketio() -> None:
    """Install Socket.IO beside its package.json, unless it is installed.

    Raise :class:`Unavailable` if that fails. A second call fails without another request.
    """
    if reason := _why_not(DIRECTORY):
        raise Unavailable(reason)


@cache
def _why_not(directory: Path) -> str:
    try:
        # Without Node, an installation is useless.
        _run("node", [str(program()), "--version"])
        # Written last, so that an interrupted installation does not count.
        finished = directory / "node_modules" / f".socket.io-{SOCKETIO_VERSION}-installed"
        if not finished.exists():
            _run("npm install", [*_npm(), *INSTALL], directory)
            finished.touch()
    except (Unavailable, OSError) as error:
        return str(error)
    return ""


def _run(name: str, command: Sequence[str], directory: Path | None = None) -> str:
    """Return the output. Raise :class:`Unavailable` if the command fails."""
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
        raise Unavailable(f"{name} took more than {INSTALL_SECONDS} s") from None
    except OSError as error:
        raise Unavailable(f"{name} does not run: {error}") from error
    if done.returncode != 0:
        reasons = [line for line in done.stderr.splitlines() if line.startswith("npm error")]
        raise Unavailable(f"{name} failed: {(reasons or [done.stderr.strip()])[0]}")
    return done.stdout


def _npm() -> list[str]:
    """Return the command of Node's own npm, or of the npm on PATH.

    The packaged Node has an npm that is not on PATH.
    """
    node = program()
    own = node.resolve().parents[1] / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    if own.exists():
        return [str(node), str(own)]
    on_path = shutil.which("npm")
    if on_path is None:
        raise Unavailable("npm is missing")
    return [on_path]
