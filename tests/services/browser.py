"""The browser of the tests: its command line and its installation.

``python -m tests.services.browser`` installs Chromium if this machine has none.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

from tests.services import programs

#: Run without a window, and without any request of the browser's own.
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
#: Faster, but not in every release of Debian.
APT_HEADLESS = programs.HEADLESS_NAME


def main() -> None:
    if programs.chromium() is None:
        _install_with_apt()
    if programs.chromium() is None:
        _install_with_playwright()
    if programs.chromium() is None:
        sys.exit("Chromium could not be installed. Put chromium or google-chrome on PATH.")
    print(f"Browser: {programs.headless_chromium()}")


def _install_with_apt() -> None:
    """Install a Debian package, if this user may do so without a password."""
    if not shutil.which("apt-get"):
        return
    privilege: list[str] = [] if os.geteuid() == 0 else ["sudo", "-n"]
    if privilege and not shutil.which("sudo"):
        return
    print("Installing Chromium with apt-get, for the browser tests", flush=True)
    apt = [*privilege, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-qq"]
    if subprocess.run([*apt, "update"], stdin=subprocess.DEVNULL).returncode != 0:
        return
    for packages in ([*APT_PACKAGES, APT_HEADLESS], APT_PACKAGES):
        install = [*apt, "install", "-y", "--no-install-recommends", *packages]
        done = subprocess.run(install, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        if done.returncode == 0:
            return


def _install_with_playwright() -> None:
    print("Installing Chromium with Playwright, for the browser tests", flush=True)
    programs.lend_node_to_playwright()
    subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"])


if __name__ == "__main__":
    main()
