"""Runs the tests of the browser code, which are JavaScript themselves."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from scripts import bundle
from tests.services.site import ROOT

TESTS = Path("tests/js")


def run_javascript_tests(node_path: Path, root: Path, directory: Path) -> None:
    """Run all files in one process. ``node --test`` takes four times as long with one per file."""
    files = sorted((root / TESTS).rglob("*.test.mjs"))
    assert files, "there are no JavaScript tests"
    entry = directory / "all.mjs"
    entry.write_text("".join(f"import {json.dumps(file.as_uri())};\n" for file in files))
    done = subprocess.run(
        [node_path, entry],
        cwd=root,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_javascript_tests_pass(node_path: Path, tmp_path: Path) -> None:
    run_javascript_tests(node_path, ROOT, tmp_path)


def test_a_failed_javascript_test_is_reported(node_path: Path, tmp_path: Path) -> None:
    (tmp_path / TESTS).mkdir(parents=True)
    for name, outcome in (("a", "throw new Error('a failure')"), ("b", "")):
        code = f'import test from "node:test"; test("{name}", () => {{ {outcome} }});'
        (tmp_path / TESTS / f"{name}.test.mjs").write_text(code)

    with pytest.raises(AssertionError, match="a failure"):
        run_javascript_tests(node_path, tmp_path, tmp_path)


def test_they_pass_with_the_modules_as_production_sends_them(
    node_path: Path, production: dict[str, str], tmp_path: Path
) -> None:
    collected = Path(production["STATIC_ROOT"])
    names = json.loads((collected / "staticfiles.json").read_text())["paths"]
    shutil.copytree(ROOT / TESTS, tmp_path / TESTS)
    for name in [
        each for each in names if each.startswith("live_user_counter/") and each.endswith(".js")
    ]:
        sent = tmp_path / "static" / names[name]
        sent.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(collected / names[name], sent)
        plain = tmp_path / "static" / name
        if plain.name in {each.name for each in bundle.BUNDLES}:
            shutil.copy(sent, plain)
        else:
            # Tests import the plain name and modules the hashed one. Both must be the same module.
            plain.write_text(f'export * from "./{sent.name}";')

    run_javascript_tests(node_path, tmp_path, tmp_path)
