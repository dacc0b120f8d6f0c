"""The layout of the code: sizes of folders, files, and classes, and imports within the app."""

from __future__ import annotations

import ast
from collections import Counter
from pathlib import Path

import pytest

from tests.services.site import ROOT

MAX_MODULES_PER_FOLDER = 12
MAX_LINES_PER_FILE = 250
MAX_LINES_PER_CLASS = 150
#: Folders of tests that mirror no room.
OTHER_TESTS = {"deploy", "docs", "e2e", "js", "load", "scripts", "services", "site"}

APP = [
    path
    for path in sorted((ROOT / "landing").rglob("*.py"))
    if "migrations" not in path.relative_to(ROOT).parts
]
SOURCES = [*APP, *sorted((ROOT / "landing_site").rglob("*.py"))]


def named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def test_no_folder_of_the_app_has_too_many_modules() -> None:
    modules = Counter(path.parent for path in APP if path.name != "__init__.py")
    crowded = {
        named(folder): count for folder, count in modules.items() if count > MAX_MODULES_PER_FOLDER
    }
    assert not crowded


@pytest.mark.parametrize("path", SOURCES, ids=named)
def test_files_and_classes_are_short(path: Path) -> None:
    source = path.read_text()
    assert source.count("\n") <= MAX_LINES_PER_FILE
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ClassDef):
            assert node.end_lineno is not None
            assert node.end_lineno - node.lineno < MAX_LINES_PER_CLASS, node.name


@pytest.mark.parametrize("path", APP, ids=named)
def test_imports_within_the_app_are_relative(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text())):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom) and node.level == 0:
            names = [str(node.module)]
        assert not [name for name in names if name.partition(".")[0] == "landing"]


def test_each_folder_of_tests_mirrors_a_room_or_a_module() -> None:
    folders = {path.parent.relative_to(ROOT / "tests") for path in (ROOT / "tests").rglob("*.py")}
    for folder in folders:
        if folder.parts and folder.parts[0] not in OTHER_TESTS:
            room = ROOT / "landing" / folder
            assert room.is_dir() or room.with_suffix(".py").exists(), folder


@pytest.mark.parametrize("path", APP, ids=named)
def test_times_are_aware_even_without_use_tz(path: Path) -> None:
    """The tables of other apps follow ``USE_TZ``."""
    if named(path) == "landing/visitors/sessions/data.py":
        return
    source = path.read_text().replace("default=timezone.now", "")
    assert "timezone.now" not in source, "use landing.dates.utc_now"
    if named(path) != "landing/dates.py":
        assert "models.DateTimeField" not in source, "use landing.dates.AwareDateTimeField"
