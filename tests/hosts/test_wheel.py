"""The wheel has the app with its templates, static files, and translations, and no other file."""

from __future__ import annotations

import tomllib
from pathlib import Path
from zipfile import ZipFile

import pytest
from packaging.specifiers import SpecifierSet

from tests.hosts import wheel
from tests.services.site import ROOT

PACKAGE = "live_user_counter"
#: The folders of the repository, and their names in the wheel.
FOLDERS = {
    "landing": "live_user_counter",
    "locale": "live_user_counter/locale",
    "static/live_user_counter": "live_user_counter/static/live_user_counter",
    "templates/admin/landing": "live_user_counter/templates/admin/live_user_counter",
    "templates/live_user_counter": "live_user_counter/templates/live_user_counter",
}
#: Files of these folders that only this site needs.
OF_SITE = {"landing/templatetags/landing.py"}
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def sources() -> dict[str, Path]:
    """Return every file that the wheel should have, with its name there."""
    return {
        f"{name}/{path.relative_to(ROOT / folder).as_posix()}": path
        for folder, name in FOLDERS.items()
        for path in (ROOT / folder).rglob("*")
        if path.is_file()
        and path.suffix != ".pyc"
        and path.relative_to(ROOT).as_posix() not in OF_SITE
    }


def test_the_wheel_has_the_files_of_the_package_and_no_others(built: Path) -> None:
    assert {name for name in wheel.files(built) if ".dist-info/" not in name} == set(sources())


def test_no_file_is_rewritten(built: Path) -> None:
    with ZipFile(built) as archive:
        assert [
            name for name, path in sources().items() if archive.read(name) != path.read_bytes()
        ] == []


def test_no_name_can_override_one_of_a_project(built: Path) -> None:
    for path in OF_SITE:
        assert (ROOT / path).exists(), path
    names = {name for name in wheel.files(built) if ".dist-info/" not in name}
    assert {name.split("/")[0] for name in names} == {PACKAGE}
    for folder, own in {
        "templates": {f"{PACKAGE}/", f"admin/{PACKAGE}/"},
        "static": {f"{PACKAGE}/"},
    }.items():
        inside = {
            name.partition(f"/{folder}/")[2]
            for name in names
            if name.startswith(f"{PACKAGE}/{folder}/")
        }
        assert inside
        assert {name for name in inside if not name.startswith(tuple(own))} == set()
    libraries = {
        Path(name).stem for name in names if name.startswith(f"{PACKAGE}/templatetags/live")
    }
    assert libraries == {PACKAGE, f"{PACKAGE}_admin", f"{PACKAGE}_page"}


def test_the_wheel_describes_itself(built: Path) -> None:
    metadata = wheel.metadata(built)
    assert metadata["Name"] == PROJECT["name"]
    assert metadata["Version"] == PROJECT["version"]
    assert metadata["License-Expression"] == "MIT"
    assert SpecifierSet(metadata["Requires-Python"]) == SpecifierSet(">=3.11")
    assert built.name.endswith("-py3-none-any.whl")


def test_there_is_one_version() -> None:
    """Only pyproject.toml has it."""
    assert "dynamic" not in PROJECT
    assert not hasattr(__import__("landing"), "__version__")


@pytest.mark.parametrize("extra", ["", "redis", "api", "metrics", "postgres"])
def test_every_requirement_has_a_lowest_version(extra: str, built: Path) -> None:
    assert [wheel.lowest(each) for each in wheel.requirements(built, extra)]
