"""Import rules, public routes, and commands of the project."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from daphne.cli import CommandLineInterface
from django.urls import resolve, reverse

from landing.checks.deployment import MIN_BACKLOG
from tests.services.site import ROOT, DaphneServer


def test_lower_layers_do_not_import_higher_ones() -> None:
    done = subprocess.run(
        [Path(sys.executable).parent / "lint-imports", "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("live_user_counter:home", "/"),
        ("live_user_counter:stats", "/api/landing/stats/"),
        ("schema", "/api/schema/"),
        ("docs", "/api/docs/"),
        ("live_user_counter-health:health", "/health/"),
        ("live_user_counter-health:live", "/health/live"),
        ("live_user_counter-health:ready", "/health/ready"),
        ("admin:index", "/admin/"),
    ],
)
def test_the_public_routes_have_their_documented_paths(name: str, path: str) -> None:
    assert reverse(name) == path
    assert resolve(path).view_name == name


def test_the_procfile_starts_daphne_with_valid_options() -> None:
    processes = dict(line.split(": ", 1) for line in (ROOT / "Procfile").read_text().splitlines())
    command = shlex.split(processes["web"].replace("${PORT:-8000}", "8000"))
    assert command[0] == "daphne"
    parsed = CommandLineInterface().parser.parse_args(command[1:])
    assert parsed.application == "landing_site.asgi:application"
    assert parsed.websocket_max_message_size == 64 * 1024
    (endpoint,) = parsed.socket_strings
    assert int(endpoint.rpartition("backlog=")[2]) >= MIN_BACKLOG
    assert processes["release"] == "python manage.py migrate --noinput"


def test_make_refuses_a_python_that_is_too_old(tmp_path: Path) -> None:
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
    """Return the headers and the body of a response."""
    request = urllib.request.Request(url, headers=headers)
    with urllib.request.urlopen(request, timeout=10) as answer:
        return answer.headers, answer.read()


def test_the_api_docs_load_nothing_from_other_hosts(
    daphne: Callable[..., DaphneServer],
) -> None:
    server = daphne()
    _, page = get(server.url + "/api/docs/")
    linked = re.findall(r'(?:src|<link [^>]*href)="([^"]+)"', page.decode())
    assert re.findall(r'<a href="([^"]+)"', page.decode()) == ["/", "/api/schema/"]
    assert linked
    for link in linked:
        assert re.match(r"/(?!/)", link)
        get(server.url + link)
    _, schema = get(server.url + "/api/schema/")
    assert b"openapi: 3" in schema
