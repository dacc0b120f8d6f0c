"""Every entry point stops with status 1 and one line per problem if the site cannot start."""

from __future__ import annotations

import asyncio
import multiprocessing
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import OperationalError
from django.db.utils import ConnectionHandler

from landing_site.environment import derived_settings
from landing_site.environment.variables import Environment
from landing_site.startup import error_exit, preflight
from tests.services.ports import HOST, free_port
from tests.services.redis import RedisServer
from tests.services.site import DaphneServer, python

PASSWORD = "do-not-show-this"
UNREACHABLE = f"postgres://user:{PASSWORD}@{HOST}:1/name"

Start = Callable[..., subprocess.CompletedProcess[str]]


def start_daphne(**environment: str) -> subprocess.CompletedProcess[str]:
    listen = ("-b", HOST, "-p", str(free_port()))
    return python("-m", "daphne", *listen, "landing_site.asgi:application", **environment)


def start_runserver(**environment: str) -> subprocess.CompletedProcess[str]:
    return python("manage.py", "runserver", f"{HOST}:{free_port()}", **environment)


def migrate(**environment: str) -> subprocess.CompletedProcess[str]:
    return python("manage.py", "migrate", **environment)


def check(**environment: str) -> subprocess.CompletedProcess[str]:
    return python("manage.py", "check", **environment)


def assert_stopped(done: subprocess.CompletedProcess[str], *names: str) -> None:
    """Assert status 1 and one line per name, in this order, on stderr."""
    lines = done.stderr.splitlines()
    assert len(lines) == len(names), done.stderr
    for line, name in zip(lines, names, strict=True):
        assert name in line
    assert PASSWORD not in done.stdout + done.stderr
    assert done.returncode == 1


# -- the entry points, each in its own interpreter


@pytest.mark.parametrize("start", [migrate, start_runserver])
def test_a_command_stops_at_an_invalid_variable(start: Start) -> None:
    assert_stopped(start(DEBUG="maybe"), "DEBUG")


@pytest.mark.parametrize("start", [migrate, start_daphne])
@pytest.mark.parametrize(
    ("name", "url"),
    [
        ("REDIS_URL", f"rediss://:{PASSWORD}@{HOST}/0?ssl_cert_reqs=bogus"),
        ("REDIS_URL", f"redis://:{PASSWORD}@{HOST}/0?retry_on_error=x"),
        ("DATABASE_URL", "sqlite:///db.sqlite3?timeout=abc"),
        ("DATABASE_URL", f"{UNREACHABLE}?conn_max_age=abc"),
    ],
)
def test_a_wrong_option_of_a_url_is_one_line(start: Start, name: str, url: str) -> None:
    assert_stopped(start(DEBUG="true", SECRET_KEY="key", **{name: url}), name)


def test_commands_ignore_what_an_orchestrator_injects() -> None:
    done = check(LANDING_PORT="tcp://10.0.0.7:80", LANDING_PAGE_SERVICE_PORT_HTTP="80")
    assert done.returncode == 0, done.stderr


def test_the_server_runs_in_production_mode_and_stops_without_a_secret_key() -> None:
    assert_stopped(start_daphne(), "SECRET_KEY")


def test_commands_run_in_development_mode_and_need_no_variable() -> None:
    done = check(DEBUG="", SECRET_KEY="")
    assert done.returncode == 0, done.stderr
    assert "Worker started" not in done.stderr


@pytest.mark.parametrize("start", [migrate, start_daphne])
def test_an_unreachable_database_is_one_line(start: Start) -> None:
    done = start(DEBUG="true", SECRET_KEY="key", DATABASE_URL=UNREACHABLE)
    assert_stopped(done, "DATABASE_URL")


def test_runserver_stops_at_a_redis_that_cannot_serve_presence() -> None:
    redis = RedisServer("--requirepass", "another")
    try:
        redis.start()
        url = redis.url.replace("://", f"://:{PASSWORD}@")
        assert_stopped(start_runserver(REDIS_URL=url), "REDIS_URL")
    finally:
        redis.close()


def test_the_server_stops_at_failed_system_checks(tmp_path: Path) -> None:
    """In production, one of them is that static files are not collected."""
    done = start_daphne(SECRET_KEY="key", STATIC_ROOT=str(tmp_path), LANDING_LEASE_SECONDS="6")
    assert_stopped(done, "LANDING_LEASE_SECONDS", "collectstatic")
    assert "landing.E101" in done.stderr
    assert "landing.E201" in done.stderr


def test_commands_read_a_file_but_the_environment_wins(tmp_path: Path) -> None:
    file = tmp_path / "settings.env"
    file.write_text("# a comment\nDEBUG=maybe\nTIME_ZONE='Mars/Olympus'\n")
    assert_stopped(check(ENV_FILE=str(file), DEBUG="true"), "Mars/Olympus")


def test_a_missing_file_of_settings_is_an_error(tmp_path: Path) -> None:
    """Without it, the command would change the database of the development mode."""
    assert_stopped(migrate(ENV_FILE=str(tmp_path / "misspelled")), "misspelled cannot be read")


def test_the_server_starts_without_its_redis(daphne: Callable[..., DaphneServer]) -> None:
    """The fixture returns when the page answers."""
    server = daphne(REDIS_URL=f"redis://{HOST}:1/0")
    assert server.stop() == 0


# -- the same in this process


def open_database(url: str) -> ConnectionHandler:
    config = Environment({"DATABASE_URL": url}).database("DATABASE_URL", {})
    return ConnectionHandler({"default": derived_settings.build_database(config)})


@pytest.fixture
def _allow_database(django_db_blocker: Any) -> Iterator[None]:
    """Let a test open a database that is not the one of the tests."""
    with django_db_blocker.unblock():
        yield


@pytest.mark.usefixtures("_allow_database")
@pytest.mark.parametrize(
    "url",
    [
        UNREACHABLE,
        "sqlite:////no/such/directory/db.sqlite3",
    ],
)
def test_a_database_problem_is_one_line_without_the_password(url: str) -> None:
    problem = preflight.find_database_problem(open_database(url)["default"])

    assert problem is not None
    assert problem.startswith("DATABASE_URL: cannot open the ")
    assert problem.isprintable()
    assert PASSWORD not in problem


@pytest.mark.usefixtures("_allow_database")
def test_a_database_error_that_is_a_bug_keeps_its_traceback(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    reachable = open_database(f"sqlite:///{tmp_path / 'not-migrated.sqlite3'}")
    monkeypatch.setattr(error_exit, "connections", reachable)

    with (
        pytest.raises(OperationalError, match="no such table"),
        error_exit.exit_on_bad_configuration(),
        reachable["default"].cursor() as cursor,
    ):
        cursor.execute("SELECT * FROM landing_analytics")

    assert not capsys.readouterr().err


def test_an_error_of_several_lines_is_printed_as_one(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as exited, error_exit.exit_on_bad_configuration():
        raise ImproperlyConfigured("NAME is wrong.\n  Change it.")

    assert exited.value.code == 1
    assert capsys.readouterr().err == "NAME is wrong. Change it.\n"


def test_without_a_redis_url_there_is_no_redis_problem() -> None:
    assert preflight.find_redis_problem("") is None


# -- inside a running event loop, where some servers import the application


async def test_the_checks_run_where_queries_are_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    def find() -> str | None:
        with pytest.raises(RuntimeError, match="no running event loop"):
            asyncio.get_running_loop()
        return None

    monkeypatch.setattr(preflight, "find_problems", find)
    error_exit.verify_requirements()


@pytest.mark.usefixtures("_allow_database")
async def test_an_unreachable_database_is_one_line_there_too(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(error_exit, "connections", open_database(UNREACHABLE))
    with pytest.raises(SystemExit) as exited, error_exit.exit_on_bad_configuration():
        raise OperationalError("the first query failed")

    assert exited.value.code == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("DATABASE_URL: cannot open the ")


@pytest.mark.parametrize("server", ["gunicorn", "multiprocessing"])
def test_a_worker_exits_with_the_status_that_keeps_it_from_being_started_again(
    server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if server == "gunicorn":
        monkeypatch.setitem(sys.modules, "gunicorn.arbiter", ModuleType("gunicorn.arbiter"))
    else:
        monkeypatch.setattr(multiprocessing, "parent_process", object)
    with pytest.raises(SystemExit) as exited, error_exit.exit_on_bad_configuration():
        raise ImproperlyConfigured("NAME is wrong.")

    assert exited.value.code == 3
