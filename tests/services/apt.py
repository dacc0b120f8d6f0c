"""Install Debian packages for the tests, if this user may do so without a password."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Sequence


def install(what: str, *alternatives: Sequence[str]) -> bool:
    """Install the first list of packages that exists. Return whether that succeeded."""
    if not shutil.which("apt-get"):
        return False
    privilege: list[str] = [] if os.geteuid() == 0 else ["sudo", "-n"]
    if privilege and not shutil.which("sudo"):
        return False
    print(f"Installing {what} with apt-get, for the tests", flush=True)
    # RUNLEVEL=1 keeps a package from starting its service.
    environment = ["env", "DEBIAN_FRONTEND=noninteractive", "RUNLEVEL=1"]
    apt = [*privilege, *environment, "apt-get", "-qq"]
    if subprocess.run([*apt, "update"], stdin=subprocess.DEVNULL).returncode != 0:
        return False
    return any(
        _succeeds([*apt, "install", "-y", "--no-install-recommends"], packages)
        for packages in alternatives
    )


def _succeeds(command: Sequence[str], packages: Sequence[str]) -> bool:
    done = subprocess.run(
        [*command, *packages], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL
    )
    return done.returncode == 0
