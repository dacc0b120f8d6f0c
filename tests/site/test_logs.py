"""The log lines of requests."""

from __future__ import annotations

import http.client
import logging
from collections.abc import Iterator

import pytest
from django.http import HttpResponse
from django.test import RequestFactory
from django.utils.log import log_response

from landing_site.logs import (
    LEVELS,
    MAX_CLIENT_FAULTS,
    PERIOD_SECONDS,
    ClientFaults,
    build_config,
)
from tests.services.ports import HOST
from tests.services.site import DaphneServer, with_own_database

SECRET = "not-in-any-log-line"


@pytest.mark.parametrize(("status", "has_traceback"), [(400, False), (404, False), (500, True)])
def test_only_faults_of_the_server_have_a_traceback(
    status: int, has_traceback: bool, caplog: pytest.LogCaptureFixture
) -> None:
    error = ValueError("the body")
    request = RequestFactory().get("/")
    log_response("%s", "/", response=HttpResponse(status=status), request=request, exception=error)
    [record] = caplog.records
    assert ClientFaults().filter(record)
    assert bool(record.exc_info) is has_traceback


def test_records_of_no_request_keep_their_traceback() -> None:
    record = logging.LogRecord("x", logging.ERROR, "", 0, "failed", (), (ValueError, None, None))
    assert ClientFaults().filter(record)
    assert record.exc_info


def record(status: int) -> logging.LogRecord:
    """Return a record as Django creates it for an answer."""
    created = logging.LogRecord("x", logging.WARNING, "", 0, "Failed: %s", ("/%s",), None)
    created.status_code = status
    return created


def test_a_client_cannot_fill_the_log() -> None:
    now = 0.0
    faults = ClientFaults(lambda: now)
    assert [faults.filter(record(404)) for _ in range(MAX_CLIENT_FAULTS)] == (
        [True] * MAX_CLIENT_FAULTS
    )
    assert [faults.filter(record(status)) for status in (404, 400, 403)] == [False] * 3
    assert faults.filter(record(500))

    now = PERIOD_SECONDS
    first, second = record(404), record(404)
    assert faults.filter(first) and faults.filter(second)
    assert first.getMessage() == "Failed: /%s (3 not logged)"
    assert second.getMessage() == "Failed: /%s"


def test_few_faults_are_all_logged() -> None:
    times = iter(range(0, 600, 30))
    faults = ClientFaults(lambda: next(times))
    for _ in range(20):
        each = record(404)
        assert faults.filter(each)
        assert each.getMessage() == "Failed: /%s"


@pytest.mark.parametrize("level", LEVELS)
def test_the_level_applies_to_all_loggers_but_debug_only_to_this_project(level: str) -> None:
    config = build_config(level, "json")
    others = "INFO" if level == "DEBUG" else level
    assert config["root"]["level"] == others
    assert config["loggers"]["landing"]["level"] == config["loggers"]["landing_site"]["level"]
    assert config["loggers"]["landing"]["level"] == level


def test_no_access_log_that_an_operator_has_turned_off_comes_back() -> None:
    """The configuration of a logger resets all loggers below it."""
    configured = build_config("INFO", "json")["loggers"]
    parents = ("uvicorn", "gunicorn", "hypercorn", "daphne")
    assert not [name for name in configured if name in parents or name.endswith(".access")]


@pytest.fixture(scope="module")
def server(
    production: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[DaphneServer]:
    given = with_own_database(production, tmp_path_factory.mktemp("logs"))
    more = {"LOG_LEVEL": "debug", "LANDING_METRICS_TOKEN": SECRET}
    server = DaphneServer({**given, **more}, "-v", "0")
    server.start()
    yield server
    server.close()


def test_every_line_of_a_server_is_json(server: DaphneServer) -> None:
    lines = server.log.splitlines()
    assert len(server.records()) == len(lines) > 0
    assert "daphne.server" in {record["logger"] for record in server.records()}
    assert all(record["pid"] == server.pid for record in server.records())


def test_a_server_logs_one_line_when_it_starts(server: DaphneServer) -> None:
    [record] = server.records("landing_site.start_line")
    assert (record["level"], record["server"]) == ("INFO", "daphne")
    assert record["database"] == f"sqlite {server.environment['DATABASE_URL'][len('sqlite:///') :]}"
    assert record["settings"]["LANDING_METRICS_TOKEN"] == "set"
    assert record["settings"]["LANDING_COUNT_HEADLESS_BROWSERS"] is True
    assert SECRET not in server.log
    assert server.environment["SECRET_KEY"] not in server.log


def test_a_body_that_cannot_be_parsed_is_one_line_in_the_log(server: DaphneServer) -> None:
    connection = http.client.HTTPConnection(HOST, server.port)
    # Daphne refuses other bodies without a boundary by itself.
    connection.request("POST", "/language/", b"", {"Content-Type": "multipart/form-data"})
    assert connection.getresponse().status == 400
    connection.close()
    [record] = server.records("django.request")
    assert "/language/" in record["message"]
    assert "Traceback" not in server.log
