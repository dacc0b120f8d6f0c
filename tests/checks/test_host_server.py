"""System checks of the servers of a host."""

from __future__ import annotations

import pytest

from landing.checks.host_server import find_several_workers
from tests.checks.package import NO_ISSUES, HostProject


def test_runserver_without_websockets_is_named(project: HostProject) -> None:
    output = project.check_as("runserver")
    assert "live_user_counter.W304) runserver serves without WebSockets" in output
    assert '"daphne" at the top of INSTALLED_APPS' in output


@pytest.mark.parametrize("first", [["daphne"], ["whitenoise_like", "daphne"]])
def test_runserver_of_an_asgi_server_is_fine(project: HostProject, first: list[str]) -> None:
    command = "whitenoise_like/management/commands"
    for package in ("whitenoise_like", "whitenoise_like/management", command):
        project.write(f"{package}/__init__.py", "")
    project.write(
        f"{command}/runserver.py",
        "from daphne.management.commands.runserver import Command as Base\n"
        "class Command(Base):\n    pass\n",
    )
    project.set(f"INSTALLED_APPS = {first} + INSTALLED_APPS")
    project.set('ASGI_APPLICATION = "mysite.asgi.application"')

    assert project.check_as("runserver") == NO_ISSUES
    assert project.check() == NO_ISSUES


def test_another_runserver_before_daphne_is_named(project: HostProject) -> None:
    for package in ("plain", "plain/management", "plain/management/commands"):
        project.write(f"{package}/__init__.py", "")
    project.write(
        "plain/management/commands/runserver.py",
        "from django.core.management.commands.runserver import Command\n",
    )
    project.set('INSTALLED_APPS = ["plain", "daphne", *INSTALLED_APPS]')

    output = project.check()
    assert "live_user_counter.W305" in output
    assert 'Move "daphne" to the top of INSTALLED_APPS' in output


def test_daphne_behind_the_static_files_is_named_by_daphne(project: HostProject) -> None:
    project.set('INSTALLED_APPS += ["daphne"]')

    assert "daphne.E001" in project.check()


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("WEB_CONCURRENCY", "2"),
        ("UVICORN_WORKERS", "4"),
        ("GRANIAN_WORKERS", " 3 "),
        ("GUNICORN_CMD_ARGS", "--bind=:8000 --workers=4"),
        ("GUNICORN_CMD_ARGS", "--workers 4"),
        ("GUNICORN_CMD_ARGS", "-w 4"),
        ("GUNICORN_CMD_ARGS", "-k x -w4"),
    ],
)
def test_a_variable_with_several_workers_is_found(variable: str, value: str) -> None:
    assert find_several_workers({variable: value}) == f"{variable}={value.strip()}"


@pytest.mark.parametrize(
    "environment",
    [
        {},
        {"WEB_CONCURRENCY": "1"},
        {"WEB_CONCURRENCY": ""},
        {"WEB_CONCURRENCY": "many"},
        {"GUNICORN_CMD_ARGS": "--workers=1 --max-requests=20 --reuse-w 4"},
    ],
)
def test_one_worker_is_not_several(environment: dict[str, str]) -> None:
    assert find_several_workers(environment) is None


def test_several_workers_without_redis_are_named(project: HostProject) -> None:
    output = project.check(WEB_CONCURRENCY="2")
    assert "live_user_counter.W306) WEB_CONCURRENCY=2 starts several workers" in output
    assert 'Set LIVE_USER_COUNTER["REDIS_URL"], or start one worker.' in output

    project.set('LIVE_USER_COUNTER = {"REDIS_URL": "redis://localhost"}')
    assert project.check(WEB_CONCURRENCY="2") == NO_ISSUES
