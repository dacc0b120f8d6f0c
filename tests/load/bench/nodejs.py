"""Node and Socket.IO for the benchmarks: found or fetched at first use."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

from tests.services import programs

DIRECTORY = Path(__file__).parent / "socketio"
SOCKETIO_VERSION: str = json.loads((DIRECTORY / "package.json").read_text())["dependencies"][
    "socket.io"
]
INSTALL_SECONDS = 120


class NotThere(Exception):
    """Why there is no Socket.IO to compare with; no fault of ours."""


def program() -> Path:
    """Node itself."""
    return programs.node()


def ensure_socketio() -> None:
    """Install it beside its package.json unless it is there. Raises :class:`NotThere`."""
    installed = DIRECTORY / "node_modules" / "socket.io" / "package.json"
    if installed.exists() and json.loads(installed.read_text())["version"] == SOCKETIO_VERSION:
        return
    try:
        done = subprocess.run(
            [*_npm(), "install", "--no-package-lock", "--no-audit", "--no-fund", "--omit=dev"],
            cwd=DIRECTORY,
            capture_output=True,
            text=True,
            timeout=INSTALL_SECONDS,
        )
    except subprocess.TimeoutExpired:
        raise NotThere(f"npm install took more than {INSTALL_SECONDS} s") from None
    if done.returncode != 0:
        reasons = [line for line in done.stderr.splitlines() if line.startswith("npm error")]
        raise NotThere(f"npm install failed: {(reasons or [done.stderr])[0]}")


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
