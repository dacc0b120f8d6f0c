"""Accepted connections count from the accept to their end, on real sockets."""

from __future__ import annotations

import resource
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from twisted.internet.error import ConnectionDone
from twisted.python.failure import Failure

from landing.live.transport import guard as guards
from landing.live.transport.guard import RESERVED_FILES
from tests.live.transport.guarded_ports import GuardedPorts

Build = Callable[..., tuple[GuardedPorts, Any]]


@pytest.fixture
def build(monkeypatch: pytest.MonkeyPatch) -> Iterator[Build]:
    """``build(**settings)`` returns the ports of a server, and its only one."""
    built: list[GuardedPorts] = []

    def start(**settings: Any) -> tuple[GuardedPorts, Any]:
        ports = GuardedPorts(monkeypatch, **settings)
        built.append(ports)
        port = ports.listen()
        ports.install()
        return ports, port

    yield start
    for each in built:
        each.close()


def is_closed(client: Any) -> bool:
    """Return whether the server has closed the connection."""
    try:
        return not client.recv(1)
    except ConnectionError:
        return True


def test_a_connection_counts_until_it_ends(build: Build) -> None:
    ports, port = build()
    client = ports.connect(port)
    assert ports.count() == 1
    client.close()
    (transport,) = ports.transports()
    # A read returns the reason for which the reactor ends the connection.
    transport.connectionLost(Failure(transport.doRead()))
    assert ports.count() == 0


def test_a_connection_over_the_maximum_closes_and_does_not_count(build: Build) -> None:
    ports, port = build(LANDING_NETWORK_MAX_CONNECTIONS=1)
    ports.connect(port)
    assert is_closed(ports.connect(port))
    assert ports.count() == 1


def test_connections_over_the_rate_close_until_time_has_passed(build: Build) -> None:
    # Twice the sum of the rates, for five seconds.
    ports, port = build(
        LANDING_NETWORK_HANDSHAKES_PER_SECOND=0.1, LANDING_NETWORK_REQUESTS_PER_SECOND=0.1
    )
    for _ in range(2):
        ports.connect(port)
    assert is_closed(ports.connect(port))
    assert ports.count() == 2
    ports.reactor.advance(3)
    ports.connect(port)
    assert ports.count() == 3


def test_behind_a_proxy_the_sockets_of_the_proxy_have_no_maximum(build: Build) -> None:
    ports, port = build(LANDING_NETWORK_MAX_CONNECTIONS=1, LANDING_TRUSTED_PROXY_COUNT=1)
    for _ in range(3):
        ports.connect(port)
    assert len(ports.transports()) == 3
    assert ports.count() == 0
    for transport in ports.transports():
        transport.close_now()
    assert ports.transports() == []


def test_a_connection_that_twisted_ends_twice_counts_once(build: Build) -> None:
    ports, port = build()
    for _ in range(2):
        ports.connect(port)
    first = ports.transports()[0]
    first.close_now()
    # Twisted does so if the code after an abort raises an error.
    first.connectionLost(Failure(ConnectionDone()))
    assert ports.count() == 1


def test_the_oldest_silent_connection_gives_way_when_files_run_out(
    build: Build, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    ports, port = build()
    monkeypatch.setattr(guards, "_max_open_files", lambda: RESERVED_FILES + 2)
    oldest, *_ = [ports.connect(port) for _ in range(3)]
    assert is_closed(oldest)
    assert ports.count() == len(ports.transports()) == 2
    assert caplog.text.count("Too many files are open") == 1


def test_if_no_connection_is_silent_the_newcomer_is_refused(
    build: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    ports, port = build()
    monkeypatch.setattr(guards, "_max_open_files", lambda: RESERVED_FILES + 1)
    ports.connect(port)
    ports.guard.heads.discard(ports.transports()[0].protocol._channel)
    assert is_closed(ports.connect(port))
    assert ports.count() == len(ports.transports()) == 1


@pytest.mark.parametrize("system", ["unlimited", "Windows"])
def test_without_a_limit_of_files_no_connection_gives_way(
    build: Build, monkeypatch: pytest.MonkeyPatch, system: str
) -> None:
    ports, port = build()
    if system == "Windows":
        monkeypatch.setattr(sys, "platform", "win32")
        # An import of a module that is None in this table fails.
        monkeypatch.setitem(sys.modules, "resource", None)
    else:
        unlimited = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
        monkeypatch.setattr(resource, "getrlimit", lambda kind: unlimited)
    for _ in range(2):
        ports.connect(port)
    assert ports.count() == len(ports.transports()) == 2


def test_the_limit_of_files_is_the_one_of_the_process(build: Build) -> None:
    ports, port = build()
    before, hard_limit = resource.getrlimit(resource.RLIMIT_NOFILE)
    oldest = ports.connect(port)
    # Files that are open stay open.
    resource.setrlimit(resource.RLIMIT_NOFILE, (RESERVED_FILES + 1, hard_limit))
    try:
        ports.guard.admit("192.0.2.1")
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (before, hard_limit))
    assert is_closed(oldest)
