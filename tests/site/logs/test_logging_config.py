"""The log lines of a server: their level, format, and content."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from http.client import HTTPConnection

import pytest

from landing_site.logs.logging_config import LEVELS, build_config
from tests.services import http
from tests.services.ports import HOST, wait_until
from tests.services.raw_websocket import RawWebSocket
from tests.services.site import DaphneServer, python, with_own_database

SECRET = "not-in-any-log-line"


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


@pytest.mark.parametrize("level", LEVELS)
def test_no_line_of_any_package_is_below_the_level(level: str) -> None:
    """Django sets the level INFO for its loggers, whatever the level of the site is."""
    program = (
        "import sys, logging, django\n"
        "django.setup()\n"
        "for name in ('django.request', 'any.package', 'landing'):\n"
        "    logging.getLogger(name).setLevel(logging.DEBUG)\n"
        "    for each in ('DEBUG', 'INFO', 'WARNING', 'ERROR'):\n"
        "        logging.getLogger(name).log(logging.getLevelName(each), each)\n"
    )
    variables = {"DJANGO_SETTINGS_MODULE": "landing_site.settings", "SECRET_KEY": SECRET}
    done = python("-c", program, LOG_LEVEL=level.lower(), **variables)
    logged = [json.loads(line)["message"] for line in done.stderr.splitlines()]
    assert logged == 3 * list(LEVELS[LEVELS.index(level) :])


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
    [record] = server.records("landing_site.logs.start_line")
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
    assert not any("request_id" in each for each in server.records("landing_site.logs.start_line"))


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
