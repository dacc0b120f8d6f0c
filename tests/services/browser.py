"""The browser of the tests: how it starts, and where it comes from.

``python -m tests.services.browser`` gets a Chromium where there is none.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

from tests.services import programs

#: A browser that is driven, and asks nobody for anything of its own.
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
APT_PACKAGES = ["chromium", "fonts-liberation"]


def main() -> None:
    found = programs.chromium()
    if found is None:
        _install_with_apt()
        found = programs.chromium()
    if found is None:
        _install_with_playwright()
        found = programs.chromium()
    if found is None:
        sys.exit("No Chromium could be installed: put chromium or google-chrome on PATH.")
    print(f"Browser: {found}")


def _install_with_apt() -> None:
    """Debian's package, where this user may install it without being asked a password."""
    if not shutil.which("apt-get"):
        return
    privilege: list[str] = [] if os.geteuid() == 0 else ["sudo", "-n"]
    if privilege and not shutil.which("sudo"):
        return
    print(f"Fetching {' and '.join(APT_PACKAGES)} with apt-get, for the browser tests", flush=True)
    quiet = ["env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-qq"]
    update = subprocess.run([*privilege, *quiet, "update"], stdin=subprocess.DEVNULL)
    if update.returncode == 0:
        install = [*privilege, *quiet, "install", "-y", "--no-install-recommends", *APT_PACKAGES]
        subprocess.run(install, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)


def _install_with_playwright() -> None:
    print("Fetching Chromium with Playwright, for the browser tests", flush=True)
    programs.lend_node_to_playwright()
    subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"])


if __name__ == "__main__":
    main()
