"""What holds for the project as a whole: layers, documents, commands."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import tomllib
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from daphne.cli import CommandLineInterface
from django.urls import resolve, reverse

from landing import conf
from landing.checks import app_settings
from landing.checks.deployment import MIN_BACKLOG
from tests.services.site import ROOT, DaphneServer

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())


def variables_read() -> set[str]:
    """Every environment variable that the settings read."""
    source = (ROOT / "landing_site" / "settings.py").read_text()
    own = re.findall(r'env\.\w+\("([A-Z_]+)"', source)
    return {*own, *(conf.setting_name(name) for name in conf.NAMES)}


def example() -> dict[str, str]:
    lines = (ROOT / ".env.example").read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


def documented() -> dict[str, list[str]]:
    """Variable to the other cells of its row in docs/configuration.md."""
    rows = re.findall(r"^\| (`.*) \|$", (ROOT / "docs/configuration.md").read_text(), re.M)
    cells = [[cell.strip() for cell in row.split(" | ")] for row in rows]
    return {first.strip("`"): rest for first, *rest in cells}


def in_docs(value: Any) -> str:
    """A default as the documents write it."""
    if value == ():
        return "none"
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    return f"`{value:g}`" if isinstance(value, float) else f"`{value}`"


def test_lower_layers_never_import_higher_ones() -> None:
    done = subprocess.run(
        [Path(sys.executable).parent / "lint-imports", "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout


def test_every_variable_is_documented_and_every_documented_one_is_read() -> None:
    assert set(documented()) == variables_read()


def test_every_variable_is_in_the_example_and_every_one_there_is_read() -> None:
    assert set(example()) == variables_read()


@pytest.mark.parametrize("name", conf.NAMES)
def test_the_documents_tell_the_default_and_the_check_of_each_tunable(name: str) -> None:
    default, check, _ = documented()[conf.setting_name(name)]
    assert default == in_docs(getattr(conf.Defaults(), name))
    assert f"`{app_settings.RULES[name][0]}`" in check


@pytest.mark.parametrize("name", conf.NAMES)
def test_the_example_holds_the_default_of_each_tunable(name: str) -> None:
    value = getattr(conf.Defaults(), name)
    expected = str(value).lower() if isinstance(value, bool) else str(value)
    assert example()[conf.setting_name(name)] == ("" if value == () else expected)


@pytest.mark.parametrize(
    "page",
    sorted(path.relative_to(ROOT) for path in [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]),
)
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", (ROOT / page).read_text()):
        if not target.startswith(("http:", "https:", "#")):
            assert (ROOT / page.parent / target.partition("#")[0]).exists(), target


def test_every_check_id_is_documented() -> None:
    sources = (ROOT / "landing" / "checks" / name for name in ("app_settings.py", "deployment.py"))
    ids = {
        check_id
        for source in sources
        for check_id in re.findall(r'"(landing\.[EW]\d{3})"', source.read_text())
    }
    assert ids == set(
        re.findall(r"landing\.[EW]\d{3}", (ROOT / "docs/configuration.md").read_text())
    )


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_every_requirement_is_pinned_exactly_and_names_no_place(name: str) -> None:
    lines = (ROOT / name).read_text().splitlines()
    pins = [line for line in lines if line and not line.lstrip().startswith("#")]
    assert pins
    for pin in pins:
        assert re.fullmatch(r"[a-z0-9-]+==[\w.]+( ; .+)?", pin), pin


def test_the_development_requirements_hold_the_runtime_ones() -> None:
    pins = [
        {line for line in (ROOT / name).read_text().splitlines() if "==" in line}
        for name in ("requirements.txt", "requirements-dev.txt")
    ]
    assert pins[0] < pins[1]


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("landing:home", "/"),
        ("landing-api:stats", "/api/landing/stats/"),
        ("schema", "/api/schema/"),
        ("docs", "/api/docs/"),
        ("admin:index", "/admin/"),
    ],
)
def test_the_public_routes_are_where_they_are_documented(name: str, path: str) -> None:
    assert reverse(name) == path
    assert resolve(path).view_name == name


def test_the_procfile_starts_daphne_with_flags_that_it_knows() -> None:
    processes = dict(line.split(": ", 1) for line in (ROOT / "Procfile").read_text().splitlines())
    command = shlex.split(processes["web"].replace("${PORT:-8000}", "8000"))
    assert command[0] == "daphne"
    parsed = CommandLineInterface().parser.parse_args(command[1:])
    assert parsed.application == "landing_site.asgi:application"
    assert parsed.websocket_max_message_size == 64 * 1024
    (endpoint,) = parsed.socket_strings
    assert int(endpoint.rpartition("backlog=")[2]) >= MIN_BACKLOG
    assert processes["release"] == "python manage.py migrate --noinput"


def test_a_python_that_is_too_old_is_named(tmp_path: Path) -> None:
    old = tmp_path / "python3"
    old.write_text("#!/bin/sh\nexit 1\n")
    old.chmod(0o755)
    done = subprocess.run(
        ["make", f"PYTHON={old}", f"VENV={tmp_path / 'venv'}", "run"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        env={"PATH": os.environ["PATH"]},
    )
    assert done.returncode != 0
    assert "Python 3.11 or newer is needed" in done.stderr


def get(url: str, **headers: str) -> tuple[Any, bytes]:
    """Headers and body of an answer."""
    request = urllib.request.Request(url, headers=headers)
    with urllib.request.urlopen(request, timeout=10) as answer:
        return answer.headers, answer.read()


def test_production_documents_the_api_without_another_host(
    daphne: Callable[..., DaphneServer],
) -> None:
    server = daphne()
    _, page = get(server.url + "/api/docs/")
    linked = re.findall(r'(?:src|href)="([^"]+)"', page.decode())
    assert linked
    for link in linked:
        assert link.startswith("/static/")
        get(server.url + link)
    _, schema = get(server.url + "/api/schema/")
    assert b"openapi: 3" in schema
