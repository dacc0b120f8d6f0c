"""Runs the tests of the browser code, which are JavaScript themselves."""

from __future__ import annotations

import subprocess
from pathlib import Path

from tests.services.site import ROOT


def test_the_javascript_tests_pass(node_path: Path) -> None:
    files = sorted((ROOT / "tests" / "js").rglob("*.test.mjs"))
    assert files, "there are no JavaScript tests"
    done = subprocess.run(
        [node_path, "--test", *files],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout + done.stderr
