"""The wheel, built once for all tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.hosts import wheel
from tests.services.once import once


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the path of the wheel."""

    def build(directory: Path) -> None:
        wheel.build(directory)

    (found,) = once(tmp_path_factory, "wheel", build).glob("*.whl")
    return found
