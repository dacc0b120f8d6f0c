"""The layout of the code: sizes of folders, files, and classes, and imports within the app."""

from __future__ import annotations

import ast
from collections import Counter
from pathlib import Path

from tests.services.site import ROOT

MAX_MODULES_PER_FOLDER = 12
MAX_LINES_PER_FILE = 250
MAX_LINES_PER_CLASS = 150
#: Folders of tests that mirror no room.
OTHER_TESTS = {
    *("deploy", "docs", "e2e", "hosts", "js", "load", "other_projects", "scripts"),
    *("services", "site"),
}

APP = [
    path
    for path in sorted((ROOT / "landing").rglob("*.py"))
    if "migrations" not in path.relative_to(ROOT).parts
]
SITE = sorted((ROOT / "landing_site").rglob("*.py"))
SOURCES = [*APP, *SITE]


def named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def test_no_folder_has_too_many_modules() -> None:
    modules = Counter(path.parent for path in SOURCES if path.name != "__init__.py")
    crowded = {
        named(folder): count for folder, count in modules.items() if count > MAX_MODULES_PER_FOLDER
    }
    assert not crowded


def test_files_are_short() -> None:
    lines = {named(path): path.read_text().count("\n") for path in SOURCES}
    assert {name: count for name, count in lines.items() if count > MAX_LINES_PER_FILE} == {}


def test_classes_are_short() -> None:
    lines = {
        f"{named(path)}: {node.name}": int(node.end_lineno or 0) - node.lineno
        for path in SOURCES
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ClassDef)
    }
    assert {name: count for name, count in lines.items() if count >= MAX_LINES_PER_CLASS} == {}


def test_files_are_read_in_the_same_encoding_on_every_machine() -> None:
    """The default is that of the locale, such as ASCII in a container without one."""
    calls = [
        f"{named(path)}:{node.lineno}"
        for path in SOURCES
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in ("read_text", "write_text")
        and not (node.args or any(each.arg == "encoding" for each in node.keywords))
    ]
    assert calls == []


def test_imports_within_the_app_are_relative() -> None:
    absolute = {
        f"{named(path)}: {name}"
        for path in APP
        for node in ast.walk(ast.parse(path.read_text()))
        for name in absolute_imports(node)
        if name.partition(".")[0] == "landing"
    }
    assert not absolute


def absolute_imports(node: ast.AST) -> list[str]:
    if isinstance(node, ast.ImportFrom) and node.level == 0:
        return [str(node.module)]
    return [alias.name for alias in node.names] if isinstance(node, ast.Import) else []


def test_each_folder_of_tests_mirrors_a_room_or_a_module() -> None:
    folders = {path.parent.relative_to(ROOT / "tests") for path in (ROOT / "tests").rglob("*.py")}
    for folder in folders:
        if folder.parts and folder.parts[0] not in OTHER_TESTS:
            room = ROOT / "landing" / folder
            assert room.is_dir() or room.with_suffix(".py").exists(), folder


def test_each_folder_and_each_test_of_the_site_mirrors_its_source() -> None:
    """Tests of the whole site are not in a folder."""
    for path in (ROOT / "tests/site").glob("*/*.py"):
        room = ROOT / "landing_site" / path.parent.name
        module = path.name.removeprefix("test_")
        assert room.is_dir(), path
        assert module in {path.name, f"{room.name}.py"} or (room / module).exists(), path


def test_times_are_aware_even_without_use_tz() -> None:
    """The tables of other apps follow ``USE_TZ``."""
    sources = {named(path): path.read_text().replace("default=timezone.now", "") for path in APP}
    del sources["landing/visitors/sessions/data.py"]
    assert not [name for name in sources if "timezone.now" in sources[name]], (
        "use landing.dates.utc_now"
    )
    del sources["landing/dates.py"]
    assert not [name for name in sources if "models.DateTimeField(" in sources[name]], (
        "use landing.dates.AwareDateTimeField"
    )
