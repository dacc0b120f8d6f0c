"""Describe the conditions of a run: machine, versions, commit, and date."""

from __future__ import annotations

import os
import platform
import resource
import subprocess
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any

import psutil

from tests.load.bench import nodejs
from tests.load.bench.servers import CLIENT_CORE, SERVER_CORE
from tests.services.redis import program
from tests.services.site import ROOT

PACKAGES = ("autobahn", "channels", "channels-redis", "daphne", "django", "redis", "twisted")


def circumstances(rounds: int) -> dict[str, Any]:
    """Return the conditions for the JSON file. Unknown versions are None."""
    return {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "commit": _output_of("git", "rev-parse", "HEAD"),
        "modified": bool(_output_of("git", "status", "--porcelain", "--untracked-files=no")),
        "rounds": rounds,
        "machine": {
            "processor": _processor(),
            "cores": os.cpu_count(),
            "memory_gb": round(psutil.virtual_memory().total / 2**30, 1),
            "kernel": platform.release(),
            "load": os.getloadavg()[0],
            "server_core": SERVER_CORE,
            "client_core": CLIENT_CORE,
            "open_files": resource.getrlimit(resource.RLIMIT_NOFILE)[1],
            "somaxconn": int(Path("/proc/sys/net/core/somaxconn").read_text()),
        },
        "versions": {
            "python": platform.python_version(),
            "node": nodejs.version(),
            "socket.io": nodejs.SOCKETIO_VERSION,
            "redis-server": _output_of(program(), "--version"),
            **{name: metadata.version(name) for name in PACKAGES},
        },
    }


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def _output_of(*command: str) -> str | None:
    try:
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    return done.stdout.strip()
