"""The log lines of requests."""

from __future__ import annotations

import http.client
import logging
from collections.abc import Callable

import pytest
from django.http import HttpResponse
from django.test import RequestFactory
from django.utils.log import log_response

from landing_site.logs import MAX_CLIENT_FAULTS, PERIOD_SECONDS, ClientFaults
from tests.services.ports import HOST
from tests.services.site import DaphneServer


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


def test_a_body_that_cannot_be_parsed_is_one_line_in_the_log(
    daphne: Callable[..., DaphneServer],
) -> None:
    server = daphne()
    connection = http.client.HTTPConnection(HOST, server.port)
    # Daphne refuses other bodies without a boundary by itself.
    connection.request("POST", "/language/", b"", {"Content-Type": "multipart/form-data"})
    assert connection.getresponse().status == 400
    connection.close()
    [line] = [line for line in server.log.splitlines() if "django.request" in line]
    assert "/language/" in line
    assert "Traceback" not in server.log
