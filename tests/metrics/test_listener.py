"""The listener of one worker for its metrics."""

from __future__ import annotations

import http.client
import socket
import time
from threading import Event
from typing import Any
from unittest.mock import AsyncMock

import pytest

from landing import asgi
from landing.asgi.server_process import ServerProcess
from landing.conf import LandingSettings
from landing.health.dependency import Dependency
from landing.health.readiness import readiness
from landing.metrics import listener
from landing.metrics.listener import MetricsListener
from tests.services.ports import HOST, free_port, wait_until

TOKEN = "a-token-of-a-scraper"


def is_open(port: int, address: str = HOST) -> bool:
    try:
        socket.create_connection((address, port), timeout=60).close()
    except OSError:
        return False
    return True


@pytest.fixture(scope="module")
def port() -> int:
    """Return the port of a running listener, which ends with the test process."""
    number = free_port()
    MetricsListener(HOST, number).start()
    wait_until(lambda: is_open(number), "the listener answers")
    return number


def ask(
    port: int, method: str = "GET", path: str = "/metrics", address: str = HOST, **headers: str
) -> tuple[int, dict[str, str], str]:
    """Return the status, the headers, and the body of a response."""
    connection = http.client.HTTPConnection(address, port, timeout=60)
    try:
        connection.request(method, path, headers=headers)
        response = connection.getresponse()
        return response.status, dict(response.headers), response.read().decode()
    finally:
        connection.close()


def test_it_answers_with_the_metrics_of_the_process(port: int) -> None:
    status, headers, body = ask(port)
    assert status == 200
    assert headers["Content-Type"].startswith("text/plain; version=")
    assert "\nlanding_analytics_rows_written_total " in body
    assert headers["Server"] == ""


def test_a_scrape_checks_each_dependency(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = Dependency("redis", lambda: "does not answer")
    monkeypatch.setattr(readiness, "_dependencies", [broken])
    assert '\nlanding_dependency_up{dependency="redis"} 0.0\n' in ask(port)[2]


def test_a_refused_client_starts_no_check(
    port: int, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.LANDING_METRICS_TOKEN = TOKEN
    dependency = Dependency("redis", lambda: None)
    monkeypatch.setattr(readiness, "_dependencies", [dependency])
    assert ask(port)[0] == 401
    assert dependency.is_due


def test_head_has_no_body_and_other_methods_and_paths_are_refused(port: int) -> None:
    status, headers, body = ask(port, "HEAD")
    assert (status, body) == (200, "")
    assert headers["Content-Type"].startswith("text/plain")
    assert ask(port, "POST")[0] == 405
    for path in ("/", "/metrics/", "/admin/", "/api/landing/stats/"):
        assert ask(port, path=path)[0] == 404
    assert ask(port, path="/metrics?name[]=landing_people")[0] == 200


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Authorization": f"Bearer {TOKEN}"}, 200),
        ({"Authorization": f"Bearer {TOKEN}", "Host": "metrics.example.org"}, 200),
        ({"Authorization": "Bearer another-token-of-it"}, 401),
        ({}, 401),
    ],
)
def test_with_a_token_every_client_needs_it(
    port: int, settings: Any, headers: dict[str, str], status: int
) -> None:
    settings.LANDING_METRICS_TOKEN = TOKEN
    answer, _, body = ask(port, **headers)
    assert answer == status
    assert ("landing_" in body) == (status == 200)


@pytest.mark.parametrize(
    "headers", [{"Host": "example.org"}, {"X-Forwarded-For": "192.0.2.1"}, {"Host": ""}]
)
def test_without_a_token_a_request_through_a_proxy_is_refused(
    port: int, headers: dict[str, str]
) -> None:
    status, _, body = ask(port, **headers)
    assert status == 403
    assert "landing_" not in body


def test_behind_a_proxy_the_same_machine_needs_the_token_too(port: int, settings: Any) -> None:
    settings.LANDING_TRUSTED_PROXY_COUNT = 1
    assert ask(port)[0] == 403


def test_the_allowed_hosts_of_the_site_do_not_matter(port: int, settings: Any) -> None:
    settings.ALLOWED_HOSTS = ["example.org"]
    assert ask(port)[0] == 200


def test_the_path_of_a_mounted_site_does_not_matter(port: int, settings: Any) -> None:
    settings.FORCE_SCRIPT_NAME = "/app"
    assert ask(port)[0] == 200
    assert ask(port, path="/app/metrics")[0] == 404


def test_a_silent_client_does_not_stop_it(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listener._Handler, "timeout", 0.05)
    with socket.create_connection((HOST, port)), socket.create_connection((HOST, port)) as half:
        half.sendall(b"GET /metrics HTTP/1.1\r\n")
        assert ask(port)[0] == 200


def trickle(connection: socket.socket) -> None:
    """Send one byte after the other."""
    for _ in range(1000):
        connection.sendall(b"x")
        time.sleep(0.02)


@pytest.mark.parametrize("begin", [b"GET /", b"GET /metrics HTTP/1.1\r\nHost: "])
def test_a_client_that_sends_byte_after_byte_is_cut_off(
    port: int, monkeypatch: pytest.MonkeyPatch, begin: bytes
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(listener._Handler, "timeout", 0.1)
        with socket.create_connection((HOST, port)) as slow:
            slow.sendall(begin)
            with pytest.raises(ConnectionError):
                trickle(slow)
    assert ask(port)[0] == 200


def test_a_malformed_request_does_not_stop_it(port: int) -> None:
    for request in (b"\x16\x03\x01\x02\x00\x01\r\n\r\n", b"GET\r\n\r\n", b"x" * 100_000 + b"\r\n"):
        with socket.create_connection((HOST, port)) as connection:
            connection.sendall(request)
    assert ask(port)[0] == 200


@pytest.mark.parametrize(
    ("first_port", "slot", "expected"), [(9101, 0, 9101), (9101, 3, 9104), (0, 3, 0)]
)
def test_the_port_is_the_first_one_plus_the_slot(first_port: int, slot: int, expected: int) -> None:
    settings = LandingSettings(LANDING_METRICS_PORT=first_port, LANDING_WORKER_SLOT=slot)
    assert MetricsListener.from_settings(settings)._port == expected


def test_without_a_port_there_is_no_thread() -> None:
    nowhere = MetricsListener(HOST, 0)
    nowhere.start()
    assert nowhere._thread is None


def listen_behind_another(attempts: int) -> list[float]:
    """Listen on a port that another process leaves after these attempts; return the pauses."""
    leaving = socket.create_server((HOST, free_port()))
    number = leaving.getsockname()[1]
    pauses: list[float] = []

    def wait(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == attempts:
            leaving.close()

    MetricsListener(HOST, number, wait).start()
    wait_until(lambda: len(pauses) == attempts and is_open(number), "the listener has the port")
    assert ask(number)[0] == 200
    return pauses


def test_it_takes_over_the_port_of_a_worker_that_leaves_without_a_line_in_the_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    assert listen_behind_another(3) == [listener.RETRY_SECONDS] * 3
    assert caplog.messages == []


def test_a_port_that_stays_taken_is_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    listen_behind_another(listener.PATIENT_ATTEMPTS + 3)
    failed, works = caplog.messages
    assert failed.startswith(f"Listening for metrics on {HOST} port")
    assert "Prometheus cannot scrape this process: OSError: " in failed
    assert "works again" in works


def test_an_address_of_another_machine_is_logged_at_once(caplog: pytest.LogCaptureFixture) -> None:
    paused = Event()

    def wait(seconds: float) -> None:
        paused.set()
        Event().wait()

    MetricsListener("192.0.2.1", free_port(), wait).start()
    assert paused.wait(60)
    [failed] = caplog.messages
    assert failed.startswith("Listening for metrics on 192.0.2.1 port")


def test_it_starts_once() -> None:
    number = free_port()
    once = MetricsListener(HOST, number)
    once.start()
    wait_until(lambda: is_open(number), "the listener answers")
    thread = once._thread
    once.start()
    assert once._thread is thread


async def test_a_server_without_a_reactor_starts_it_with_the_first_call(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    started: list[MetricsListener] = []
    monkeypatch.setattr(MetricsListener, "start", lambda self: started.append(self))
    monkeypatch.setattr(ServerProcess, "start", AsyncMock())
    application = asgi.application(AsyncMock())
    assert started == []
    await application({"type": "http", "path": "/", "headers": []}, AsyncMock(), AsyncMock())
    assert len(started) == 1
