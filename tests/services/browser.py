"""The browser of the tests: its command line and its installation.

``python -m tests.services.browser`` installs Chromium if this machine has none.
"""

from __future__ import annotations

import subprocess
import sys

from tests.services import apt, programs

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
        apt.install("Chromium", [*APT_PACKAGES, APT_HEADLESS], APT_PACKAGES)
    if programs.chromium() is None:
        _install_with_playwright()
    if programs.chromium() is None:
        sys.exit("Chromium could not be installed. Put chromium or google-chrome on PATH.")
    print(f"Browser: {programs.headless_chromium()}")


def _install_with_playwright() -> None:
    print("Installing Chromium with Playwright, for the browser tests", flush=True)
    programs.lend_node_to_playwright()
    subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"])


if __name__ == "__main__":
    main()
