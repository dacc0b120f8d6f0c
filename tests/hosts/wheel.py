"""Build the wheel of this repository, and read its content."""

from __future__ import annotations

import subprocess
import sys
from email.message import Message
from email.parser import Parser
from pathlib import Path
from zipfile import ZipFile

from packaging.requirements import Requirement

from tests.services import children
from tests.services.site import ROOT

NAME = "django-live-user-counter"


def build(directory: Path) -> Path:
    """Build the wheel into the directory, as an installation from the sources does."""
    done = children.run(
        [
            *(sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps"),
            *("--disable-pip-version-check", "--wheel-dir", str(directory), str(ROOT)),
        ],
        timeout_seconds=600,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    if done.returncode != 0:
        raise RuntimeError(f"The wheel could not be built: {done.stdout}")
    (wheel,) = directory.glob("*.whl")
    return wheel


def files(wheel: Path) -> set[str]:
    """Return the names of all files in the wheel."""
    with ZipFile(wheel) as archive:
        return {name for name in archive.namelist() if not name.endswith("/")}


def metadata(wheel: Path) -> Message:
    """Return the headers of the wheel's METADATA."""
    with ZipFile(wheel) as archive:
        (name,) = (each for each in archive.namelist() if each.endswith(".dist-info/METADATA"))
        return Parser().parsestr(archive.read(name).decode(), headersonly=True)


def requirements(wheel: Path, extra: str = "") -> list[Requirement]:
    """Return what the package requires on this system, or what this extra adds."""
    listed = map(Requirement, metadata(wheel).get_all("Requires-Dist") or [])
    return [each for each in listed if _is_wanted(each, extra)]


def _is_wanted(requirement: Requirement, extra: str) -> bool:
    marker = requirement.marker
    if extra and (marker is None or "extra" not in str(marker)):
        return False
    return marker is None or marker.evaluate({"extra": extra})


def lowest(requirement: Requirement) -> str:
    """Return the pin of the lowest version that a requirement allows, such as channels==4.3."""
    bounds = [each.version for each in requirement.specifier if each.operator in (">=", "~=", "==")]
    if len(bounds) != 1:
        raise ValueError(f"{requirement} needs one lower bound, for the tests with old versions.")
    return f"{requirement.name}=={bounds[0]}"
