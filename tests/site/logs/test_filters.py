"""Filters limit the log lines of failed requests, and remove personal data from lines."""

from __future__ import annotations

import inspect
import logging
import sys

import daphne.server
import pytest
from django.http import HttpResponse
from django.middleware.csrf import (
    REASON_BAD_ORIGIN,
    REASON_BAD_REFERER,
    REASON_MALFORMED_REFERER,
)
from django.test import RequestFactory
from django.utils.log import log_response

from landing_site.logs.filters import (
    MAX_FAILED_REQUESTS,
    MAX_KINDS,
    PERIOD_SECONDS,
    FailedRequests,
    WithoutClient,
    WithoutConnections,
    WithoutUrl,
)
from landing_site.logs.logging_config import build_config

ADDRESS, QUERY = "203.0.113.77", "query-marker"


@pytest.mark.parametrize(("status", "has_traceback"), [(400, False), (404, False), (500, True)])
def test_only_faults_of_the_server_have_a_traceback(
    status: int, has_traceback: bool, caplog: pytest.LogCaptureFixture
) -> None:
    error = ValueError("the body")
    request = RequestFactory().get("/")
    log_response("%s", "/", response=HttpResponse(status=status), request=request, exception=error)
    [record] = caplog.records
    assert FailedRequests().filter(record)
    assert bool(record.exc_info) is has_traceback


def test_records_of_no_request_keep_their_traceback() -> None:
    record = logging.LogRecord("x", logging.ERROR, "", 0, "failed", (), (ValueError, None, None))
    assert FailedRequests().filter(record)
    assert record.exc_info


def record(status: int) -> logging.LogRecord:
    """Return a record as Django creates it for an answer."""
    created = logging.LogRecord("x", logging.WARNING, "", 0, "Failed: %s", ("/%s",), None)
    created.status_code = status
    return created


def test_a_client_cannot_fill_the_log() -> None:
    now = 0.0
    faults = FailedRequests(lambda: now)
    assert [faults.filter(record(404)) for _ in range(MAX_FAILED_REQUESTS)] == (
        [True] * MAX_FAILED_REQUESTS
    )
    assert [faults.filter(record(status)) for status in (404, 400, 403)] == [False] * 3
    assert [faults.filter(record(503)) for _ in range(20)] == (
        [True] * MAX_FAILED_REQUESTS + [False] * 10
    ), "in an outage, each request may fail"
    assert faults.filter(record(500)), "another fault of the server"

    now = PERIOD_SECONDS
    first, second = record(404), record(404)
    assert faults.filter(first) and faults.filter(second)
    assert first.getMessage() == "Failed: /%s (3 not logged)"
    assert second.getMessage() == "Failed: /%s"


def failure(source: str, line: int = 1) -> logging.LogRecord:
    """Return the record of an exception that this source raises in this line."""
    created = record(500)
    try:
        exec(compile("\n" * (line - 1) + source, "<view>", "exec"))
    except Exception:  # noqa: BLE001  the test logs every error
        created.exc_info = sys.exc_info()
    return created


def test_a_frequent_failure_hides_no_other_one() -> None:
    faults = FailedRequests(lambda: 0.0)
    for _ in range(MAX_FAILED_REQUESTS):
        assert faults.filter(failure("raise KeyError"))
    assert not faults.filter(failure("raise KeyError"))
    assert faults.filter(failure("raise KeyError", line=2))
    assert faults.filter(failure("raise ValueError"))
    assert faults.filter(record(500))


def test_the_kinds_of_failures_are_limited() -> None:
    faults = FailedRequests(lambda: 0.0)
    lines = range(1, 2 * MAX_KINDS)
    kept = [faults.filter(failure("raise KeyError", line)) for line in lines]
    assert kept.count(True) == MAX_KINDS + MAX_FAILED_REQUESTS


def test_a_wrong_argument_does_not_raise_into_a_request() -> None:
    now = 0.0
    faults = FailedRequests(lambda: now)
    for _ in range(MAX_FAILED_REQUESTS + 1):
        faults.filter(record(404))
    now = PERIOD_SECONDS
    wrong = record(404)
    wrong.msg, wrong.args = "%d rows", ("many",)
    assert faults.filter(wrong)
    assert wrong.getMessage().startswith("'%d rows' with ('many',)")
    assert wrong.getMessage().endswith("(1 not logged)")


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://mail.example/inbox?email=a@b.example&token=1", "https://mail.example"),
        ("https://user:secret@mail.example:8443/#token", "https://mail.example:8443"),
        ("null", "a URL without a host"),
        ("https://[secret", "an invalid URL"),
    ],
)
def test_the_url_of_a_refused_form_is_shortened_to_its_origin(url: str, origin: str) -> None:
    for name, reason in (("Referer", REASON_BAD_REFERER), ("Origin", REASON_BAD_ORIGIN)):
        args = (reason % url, "/language/")
        made = logging.LogRecord("x", 30, "", 0, "Forbidden (%s): %s", args, None)
        assert WithoutUrl().filter(made)
        assert made.getMessage() == (
            f"Forbidden ({name} checking failed - {origin} does not match any trusted origins.): "
            "/language/"
        )


def test_other_reasons_of_a_refused_form_stay() -> None:
    args = (REASON_MALFORMED_REFERER, "/language/")
    made = logging.LogRecord("x", 30, "", 0, "Forbidden (%s): %s", args, None)
    assert WithoutUrl().filter(made)
    assert made.args == args


def test_requests_that_uvicorn_cannot_parse_are_faults_of_clients() -> None:
    faults = FailedRequests(lambda: 0.0)
    message = "Invalid HTTP request received."
    warnings = [
        faults.filter(logging.LogRecord("uvicorn.error", logging.WARNING, "", 0, message, (), None))
        for _ in range(100)
    ]
    assert warnings.count(True) == MAX_FAILED_REQUESTS
    started = logging.LogRecord("uvicorn.error", logging.INFO, "", 0, "Started", (), None)
    assert faults.filter(started)


@pytest.mark.parametrize(
    ("level", "template", "is_kept"),
    [
        (logging.INFO, '%s - "WebSocket %s" [accepted]', False),
        (logging.INFO, '%s - "WebSocket %s" %d', False),
        (logging.INFO, "connection open", False),
        (logging.INFO, "Started server process [%d]", True),
        (logging.ERROR, "connection handler failed", True),
    ],
)
def test_uvicorn_logs_nothing_per_connection(level: int, template: str, is_kept: bool) -> None:
    record = logging.LogRecord("uvicorn.error", level, "", 0, template, (), None)
    assert WithoutConnections().filter(record) is is_kept


def test_few_faults_are_all_logged() -> None:
    times = iter(range(0, 600, 30))
    faults = FailedRequests(lambda: next(times))
    for _ in range(20):
        each = record(404)
        assert faults.filter(each)
        assert each.getMessage() == "Failed: /%s"


def test_a_line_of_daphne_about_a_stuck_call_has_no_address_and_no_query() -> None:
    template = (
        "Application instance %r for connection %s took too long to shut down and was killed."
    )
    assert template in inspect.getsource(daphne.server)
    stuck = f"<WebRequest uri=/?q={QUERY} client={ADDRESS}>"
    record = logging.LogRecord("daphne.server", 30, "", 0, template, ("task", stuck), None)
    assert WithoutClient().filter(record)
    assert record.getMessage() == (
        "Application instance 'task' took too long to shut down and was killed."
    )
    other = logging.LogRecord("daphne.server", 20, "", 0, "Killed %i instances", (3,), None)
    assert WithoutClient().filter(other)
    assert other.getMessage() == "Killed 3 instances"
    configured = build_config("INFO", "json")
    assert configured["loggers"]["daphne.server"]["filters"] == ["without_client"]
