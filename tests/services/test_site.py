from __future__ import annotations

import signal
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import psutil
import pytest

from tests.services.ports import wait_until
from tests.services.site import DaphneServer, environment, with_own_database


def test_a_stopped_or_killed_server_restarts_on_its_port(
    daphne: Callable[..., DaphneServer],
) -> None:
    server = daphne()
    first = server.pid
    assert server.stop() == 0
    server.start()
    assert server.kill() == -signal.SIGKILL
    server.start()
    assert server.pid != first


def test_a_server_that_cannot_start_is_an_error_and_prints_its_log(
    daphne: Callable[..., DaphneServer], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(RuntimeError, match="status 1"):
        daphne(DEBUG="maybe")
    assert "DEBUG must be true or false" in capsys.readouterr().out


def test_a_management_command_uses_the_database_of_the_server(
    production: dict[str, str], tmp_path: Path
) -> None:
    given = with_own_database(production, tmp_path)
    server = DaphneServer(given)
    password = {"DJANGO_SUPERUSER_PASSWORD": "long-enough-for-a-test"}
    server.manage("createsuperuser", "--noinput", "--username=ana", "--email=", **password)
    server.close()
    with closing(sqlite3.connect(given["DATABASE_URL"].removeprefix("sqlite:///"))) as database:
        assert database.execute("SELECT username FROM auth_user").fetchall() == [("ana",)]


def test_a_child_process_inherits_no_setting_of_the_site(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("LANDING_LINGER_SECONDS", "9")
    monkeypatch.setenv("DEBUG", "true")
    assert {"LANDING_LINGER_SECONDS", "DEBUG"}.isdisjoint(environment({}))


def test_a_closed_server_leaves_no_descriptor_open() -> None:
    ours = psutil.Process()
    before = ours.num_fds()
    for _ in range(3):
        DaphneServer({}).close()
    assert ours.num_fds() == before


def test_a_timeout_names_the_condition() -> None:
    with pytest.raises(TimeoutError, match="the moon"):
        wait_until(lambda: False, "the moon", seconds=0)
