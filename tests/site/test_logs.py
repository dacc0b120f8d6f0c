"""The log lines of requests."""

from __future__ import annotations

import inspect
import logging
import re
import sys
from collections.abc import Iterator
from http.client import HTTPConnection

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

from landing_site.logs import (
    LEVELS,
    MAX_FAILED_REQUESTS,
    MAX_KINDS,
    PERIOD_SECONDS,
    FailedRequests,
    WithoutClient,
    WithoutConnections,
    WithoutUrl,
    build_config,
)
from tests.services import http
from tests.services.ports import HOST, wait_until
from tests.services.raw_websocket import RawWebSocket
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


@pytest.mark.parametrize("level", LEVELS)
def test_the_level_applies_to_all_loggers_but_debug_only_to_this_project(level: str) -> None:
    config = build_config(level, "json")
    others = "INFO" if level == "DEBUG" else level
    assert config["root"]["level"] == others
    assert config["loggers"]["landing"]["level"] == config["loggers"]["landing_site"]["level"]
    assert config["loggers"]["landing"]["level"] == level
    for server in ("uvicorn.error", "gunicorn.error"):
        # Without a level of its own, "uvicorn --log-level debug" would log cookies.
        assert config["loggers"][server]["level"] == others


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
    more = {
        "LOG_LEVEL": "debug",
        "LANDING_METRICS_TOKEN": SECRET,
        "LANDING_TRUSTED_PROXY_COUNT": "1",
        "SECURE_PROXY_SSL_HEADER": "X-Forwarded-Proto",
        "LANDING_NETWORK_HANDSHAKES_PER_SECOND": "1",
    }
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
    connection = HTTPConnection(HOST, server.port)
    # Daphne refuses other bodies without a boundary by itself.
    connection.request("POST", "/language/", b"", {"Content-Type": "multipart/form-data"})
    assert connection.getresponse().status == 400
    connection.close()
    [record] = server.records("django.request")
    assert "/language/" in record["message"]
    assert "Traceback" not in server.log


def test_the_lines_of_a_request_have_its_id(server: DaphneServer) -> None:
    http.get(server.url + "/chosen", headers={"X-Request-ID": "3f2a-chosen.by_proxy"})
    http.get(server.url + "/random", headers={"X-Request-ID": "not safe"})
    chosen, random = server.records("django.request")[-2:]
    assert (chosen["message"], chosen["request_id"]) == (
        "Not Found: /chosen",
        "3f2a-chosen.by_proxy",
    )
    assert random["message"] == "Not Found: /random"
    assert re.fullmatch("[0-9a-f]{12}", random["request_id"])
    assert not any("request_id" in each for each in server.records("landing_site.start_line"))


# -- personal data

ADDRESS, OTHER_ADDRESS, AGENT = "203.0.113.77", "203.0.113.78", "AgentMarker/1.0"
COOKIE, QUERY, BODY, KEY = "cookie-marker", "query-marker", "body-marker", "key-marker"
USER, PASSWORD = "user-marker@example.org", "password-marker"
VISITOR = {"X-Forwarded-For": ADDRESS, "User-Agent": AGENT, "Cookie": f"landing_visitor={COOKIE}"}
HANDSHAKE = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
}


def send_bad_requests(url: str) -> None:
    """Send requests of a visitor that the site refuses, or that fail."""
    site = f"{url}/%0d%0aforged?q={QUERY}"
    http.get(site, headers=VISITOR)
    http.get(f"{url}/?email={USER}", headers={**VISITOR, "Host": "other.example"})
    http.get(f"{url}/", headers={**VISITOR, "X-Forwarded-For": f"{ADDRESS}, not an address"})
    http.post(f"{url}/language/?q={QUERY}", data={"language": BODY}, headers=VISITOR)
    http.post(f"{url}/language/", content=BODY * 10_000, headers=VISITOR)
    api = f"{url}/api/landing/activities/?q={QUERY}"
    key = {"Authorization": f"Api-Key {KEY}"}
    http.post(api, json={"kind": "signup", "actor": USER}, headers={**VISITOR, **key})
    log_in(f"{url}/admin/login/?q={QUERY}")
    # Over HTTPS, Django compares the Referer.
    referer = f"https://mail.example/{BODY}?email={USER}&token={KEY}"
    secure = {"X-Forwarded-Proto": "https", "Referer": referer}
    http.post(f"{url}/admin/login/", data={"username": USER}, headers={**VISITOR, **secure})


def log_in(url: str) -> None:
    """Fail to log in."""
    page = http.get(url, headers=VISITOR)
    token = page.cookies["csrftoken"]
    cookie = f"{VISITOR['Cookie']}; csrftoken={token}"
    form = {"username": USER, "password": PASSWORD, "csrfmiddlewaretoken": token}
    http.post(url, data=form, headers={**VISITOR, "Cookie": cookie})


def open_bad_connections(server: DaphneServer) -> None:
    """Send frames that no server expects, come from another site, and come too often."""
    path = f"/ws/landing/?topics={QUERY}"
    with RawWebSocket(server.port, path=path, headers=VISITOR) as socket:
        for _ in range(10):
            socket.send_text(BODY)
        assert socket.read_to_end()[1] == 4400
    foreign = {**VISITOR, **HANDSHAKE, "Origin": f"https://{KEY}.example"}
    # Another network, so that a repeated test may open the connection above.
    foreign["X-Forwarded-For"] = OTHER_ADDRESS
    while (status := http.get(server.url + path, headers=foreign).status_code) != 429:
        assert status == 403


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


def test_no_line_contains_personal_data(server: DaphneServer) -> None:
    before = len(server.records())
    visited = http.get(server.url, headers={**VISITOR, "Cookie": ""})
    send_bad_requests(server.url)
    open_bad_connections(server)
    wait_until(
        lambda: bool(server.records("landing.live.transport.guard")), "the last refusal is logged"
    )

    records = server.records()
    messages = [record["message"] for record in records]
    assert len(records) == len(server.log.splitlines()), "each line is JSON"
    for refused in (
        "/\\r\\nforged",
        "other.example",
        "Unauthorized",
        "mail.example",
        "WebSocket handshakes",
    ):
        assert any(refused in message for message in messages)
    assert len(records) - before <= 15
    chatty = {record["logger"] for record in records if record["level"] == "DEBUG"}
    assert all(name.startswith(("landing.", "landing_site.")) for name in chatty)
    for marker in (ADDRESS, OTHER_ADDRESS, AGENT, COOKIE, QUERY, USER, PASSWORD, BODY, KEY):
        assert marker not in server.log
    assert visited.cookies
    for value in visited.cookies.values():
        assert value not in server.log
        assert value.partition(":")[0] not in server.log
