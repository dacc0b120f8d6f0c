"""The version has one source."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from landing_site import version
from tests.services.site import ROOT


@pytest.fixture(autouse=True)
def _read_again() -> Iterator[None]:
    version.read.cache_clear()
    yield
    version.read.cache_clear()


def test_the_version_is_that_of_the_project() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert version.read() == project["version"]


@pytest.mark.parametrize("content", [None, "", "[project]", "not = [toml"])
def test_without_a_readable_project_file_the_version_is_unknown(
    content: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = tmp_path / "pyproject.toml"
    if content is not None:
        project.write_text(content)
    monkeypatch.setattr(version, "_PROJECT", project)
    assert version.read() == "unknown"
