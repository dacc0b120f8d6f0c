"""docs/configuration.md and .env.example list the settings that the code reads."""

from __future__ import annotations

import re
from typing import Any

import pytest

from landing import conf
from landing.checks import app_settings
from landing.checks.ids import full_id
from tests.services.site import ROOT

PAGE = (ROOT / "docs/configuration.md").read_text()
#: The settings of the app that have a variable.
VARIABLES = [name for name in conf.NAMES if name not in conf.CODE_ONLY]


def row_name(name: str) -> str:
    """Return what the first cell of the page calls a setting of the app."""
    key = name.removeprefix(conf.PREFIX)
    return f'{conf.DICTIONARY}["{key}"]' if name in conf.CODE_ONLY else name


def variables_read() -> set[str]:
    """Return every environment variable that the settings read."""
    source = (ROOT / "landing_site" / "settings.py").read_text()
    own = re.findall(r'env\.\w+\("([A-Z_]+)"', source)
    return {*own, *VARIABLES}


def example() -> dict[str, str]:
    """Return the variables of .env.example with their values."""
    lines = (ROOT / ".env.example").read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


def documented() -> dict[str, list[str]]:
    """Return each documented variable with the other cells of its row."""
    rows = re.findall(r"^\| (`[A-Z].*) \|$", PAGE, re.MULTILINE)
    cells = [[cell.strip() for cell in row.split(" | ")] for row in rows]
    return {first.strip("`"): rest for first, *rest in cells}


def as_documented(value: Any) -> str:
    """Return a default value as the page writes it."""
    if value in ((), ""):
        return "none"
    if isinstance(value, tuple):
        return f"`{','.join(value)}`"
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    return f"`{value:g}`" if isinstance(value, float) else f"`{value}`"


def test_the_page_documents_exactly_the_variables_and_keys_that_are_read() -> None:
    assert set(documented()) == {*variables_read(), *map(row_name, conf.CODE_ONLY)}


def test_the_example_lists_exactly_the_variables_that_are_read() -> None:
    assert set(example()) == variables_read()


@pytest.mark.parametrize("name", conf.NAMES)
def test_the_page_has_the_default_and_the_check_id_of_each_setting(name: str) -> None:
    default, check, _ = documented()[row_name(name)]
    assert default == as_documented(getattr(conf.LandingSettings(), name))
    assert f"`{full_id(app_settings.RULES[name][0])}`" in check


@pytest.mark.parametrize("name", VARIABLES)
def test_the_example_has_the_default_of_each_setting(name: str) -> None:
    value = getattr(conf.LandingSettings(), name)
    expected = str(value).lower() if isinstance(value, bool) else str(value)
    if isinstance(value, tuple):
        expected = ",".join(value)
    # Even the default, if it is set, turns off the warning about a proxy.
    is_unset = value == () or name == "LANDING_TRUSTED_PROXY_COUNT"
    assert example()[name] == ("" if is_unset else expected)


def test_the_page_documents_every_check_id() -> None:
    sources = (ROOT / "landing" / "checks").glob("*.py")
    ids = {
        short for source in sources for short in re.findall(r'"([EWI]\d{3})"', source.read_text())
    }
    assert ids == set(re.findall(r"(?:landing|live_user_counter)\.([EWI]\d{3})", PAGE))
