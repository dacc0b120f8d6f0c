from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.services import programs


def _fake_node(directory: Path, version: str) -> Path:
    program = directory / "node"
    program.write_text(f"#!/bin/sh\necho {version}\n")
    program.chmod(0o755)
    return program


def test_a_new_enough_node_on_path_is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    new = _fake_node(tmp_path, "v20.0.0")
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin")
    assert programs.node() == new


@pytest.mark.parametrize("version", ["v18.20.4", None])
def test_the_packaged_node_is_used_if_the_one_on_path_is_old_or_missing(
    version: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if version:
        _fake_node(tmp_path, version)
    monkeypatch.setenv("PATH", str(tmp_path))
    packaged = programs.node()
    assert packaged.parent != tmp_path
    assert programs.node_major(str(packaged)) >= programs.MIN_NODE_MAJOR


def test_chromium_starts(chromium_path: Path) -> None:
    done = subprocess.run([chromium_path, "--version"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
