"""The wheel, built once for all tests, the environments, and the browser."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.hosts import visit, wheel
from tests.hosts.cells import Cell, Environment
from tests.services.once import once


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the path of the wheel."""

    def build(directory: Path) -> None:
        wheel.build(directory)

    (found,) = once(tmp_path_factory, "wheel", build).glob("*.whl")
    return found


@pytest.fixture(scope="module")
def environment(cell: Cell, built: Path, tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """Return an environment of the module's cell."""
    return Environment(cell, built, tmp_path_factory.mktemp("cell") / "environment")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with visit.browser() as started:
        yield started
