"""A stop during many requests ends, with a real process."""

from __future__ import annotations

import itertools
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager

import httpx
import pytest

from tests.metrics import samples
from tests.services import http, raw_http
from tests.services.other_servers import refuses_connections
from tests.services.ports import HOST, free_port, wait_until
from tests.services.site import DaphneServer

CLIENTS = 60
#: An asynchronous view, a view in a thread, a form, and a view without I/O.
PATHS = ("/", "/api/landing/stats/", "/admin/login/", "/metrics")
#: No rate limit for the clients.
GIVEN = {"LANDING_STATS_THROTTLE_RATE": "1000000/second"}


@contextmanager
def asking(url: str) -> Iterator[list[int]]:
    """Run clients in a closed loop until the server refuses. Yield the statuses so far."""
    statuses: list[int] = []

    def ask(path: str) -> None:
        with httpx.Client(timeout=60) as client:
            try:
                while True:
                    statuses.append(client.get(url + path).status_code)
            except httpx.HTTPError:
                return

    paths = itertools.islice(itertools.cycle(PATHS), CLIENTS)
    threads = [threading.Thread(target=ask, args=[path]) for path in paths]
    for thread in threads:
        thread.start()
    yield statuses
    for thread in threads:
        thread.join()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_stop_during_many_requests_ends_the_process(
    daphne: Callable[..., DaphneServer], number: signal.Signals
) -> None:
    server = daphne(**GIVEN)
    with asking(server.url) as statuses:
        wait_until(lambda: len(statuses) > 2 * CLIENTS, "all clients have responses")
        assert server.stop(number) == 0

    assert set(statuses) == {200}


def is_draining(metrics_port: int) -> float:
    """Return what the metrics of a process report about its drain."""
    text = http.get(f"http://{HOST}:{metrics_port}/metrics").text
    return samples.parse(text)["landing_draining"]


def test_what_has_begun_ends_and_nothing_begins_after_the_signal(
    daphne: Callable[..., DaphneServer],
) -> None:
    metrics_port = free_port()
    server = daphne(LANDING_METRICS_PORT=str(metrics_port))
    body = b"{}"
    begun = raw_http.head("POST", "/api/landing/activities/", f"Content-Length: {len(body)}")
    with ExitStack() as stack:
        sending, idle, silent = (
            stack.enter_context(raw_http.connect(server.port)) for _ in range(3)
        )
        idle.sendall(b"GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert idle.recv(1000).startswith(b"HTTP/1.1 200")
        sending.sendall(begun + body[:1])
        wait_until(lambda: not refuses_connections(metrics_port), "the metrics have a port")
        assert is_draining(metrics_port) == 0
        ended = ThreadPoolExecutor(1).submit(server.stop)
        wait_until(lambda: refuses_connections(server.port), "new connections are refused")
        assert idle.recv(1000) == b"", "it waits for no other request"
        assert is_draining(metrics_port) == 1
        sending.sendall(body[1:])
        assert sending.recv(1000).startswith(b"HTTP/1.1 40")
        assert ended.result() == 0
        assert silent.recv(1000) == b""
