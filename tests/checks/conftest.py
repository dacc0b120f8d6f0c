from __future__ import annotations

from pathlib import Path

import pytest

from tests.checks.package import HostProject, copy_package
from tests.services.once import once


@pytest.fixture
def project(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> HostProject:
    """Return a project with the three lines of the guide."""
    package = once(tmp_path_factory, "package", copy_package)
    (tmp_path / "live_user_counter").symlink_to(package / "live_user_counter")
    return HostProject(tmp_path)
