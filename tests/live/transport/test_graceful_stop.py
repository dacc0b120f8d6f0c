"""The graceful stop of Daphne, with a clock and a reactor of the test."""

from __future__ import annotations

import signal
from types import SimpleNamespace
from typing import Any

import pytest
from daphne.http_protocol import WebRequest
from twisted.internet.error import ReactorNotRunning
from twisted.internet.task import Clock

from landing import conf
from landing.live.transport.graceful_stop import (
    HEAD_SECONDS,
    MAX_SECONDS,
    REPEATED_SECONDS,
    GracefulStop,
)
from landing.live.transport.guard import Guard


class Reactor(Clock):
    """Counts its stops. Time passes only in :meth:`pass_time`."""

    stops = 0

    def stop(self) -> None:
        self.stops += 1
        if self.stops > 1:
            raise ReactorNotRunning

    def sigTerm(self, *_: object) -> None:  # noqa: N802  Twisted's name
        raise AssertionError("replaced")

    def callFromThread(self, callback: Any) -> None:  # noqa: N802  Twisted's name
        callback()

    def pass_time(self, seconds: float) -> None:
        self.pump([0.05] * round(seconds / 0.05))


class Stage:
    """One server with one port and nothing open."""

    def __init__(self) -> None:
        self.reactor = Reactor()
        self.guard = Guard.from_settings(conf.read())
        self.listening = True
        self.server = SimpleNamespace(connections={})
        port = SimpleNamespace(stopListening=self._stop_listening)
        self.stop = GracefulStop(self.reactor, self.guard, [port], [self.server])

    def open(self, protocol: Any) -> dict[str, float]:
        """Add an open request or WebSocket, and return its record in Daphne."""
        details = self.server.connections[protocol] = {"connected": 0.0}
        return details

    def _stop_listening(self) -> None:
        assert self.listening
        self.listening = False


@pytest.fixture
def stage() -> Stage:
    return Stage()


def request() -> WebRequest:
    return WebRequest.__new__(WebRequest)


class WebSocket:
    STATE_CONNECTING, STATE_OPEN = 1, 3

    def __init__(self, state: int) -> None:
        self.state = state


class Idle:
    def __init__(self, name: str, closed: list[str]) -> None:
        self._name, self._closed = name, closed

    def loseConnection(self) -> None:  # noqa: N802  Twisted's name
        self._closed.append(self._name)


def test_without_connections_the_stop_is_immediate(stage: Stage) -> None:
    stage.stop.begin()
    assert (stage.listening, stage.reactor.stops) == (False, 1)


def test_open_websockets_are_left_to_the_drain(stage: Stage) -> None:
    stage.open(WebSocket(WebSocket.STATE_OPEN))
    stage.stop.begin()
    assert stage.reactor.stops == 1


@pytest.mark.parametrize("protocol", [request(), WebSocket(WebSocket.STATE_CONNECTING)])
def test_a_request_or_handshake_in_progress_ends_first(stage: Stage, protocol: Any) -> None:
    details = stage.open(protocol)
    stage.stop.begin()
    stage.reactor.pass_time(5)
    assert (stage.listening, stage.reactor.stops) == (False, 0)
    details["disconnected"] = 5.0
    stage.reactor.pass_time(0.1)
    assert stage.reactor.stops == 1


def test_a_body_that_arrives_is_awaited(stage: Stage) -> None:
    channel = object()
    stage.guard.request_bodies.start(channel)
    stage.stop.begin()
    stage.reactor.pass_time(5)
    assert stage.reactor.stops == 0
    stage.guard.request_bodies.discard(channel)
    stage.reactor.pass_time(0.1)
    assert stage.reactor.stops == 1


def test_a_request_that_takes_too_long_is_logged(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    stage.open(request())
    stage.stop.begin()
    stage.reactor.pass_time(MAX_SECONDS - 0.1)
    assert stage.reactor.stops == 0
    stage.reactor.pass_time(0.2)
    assert stage.reactor.stops == 1
    assert "Stopping with 1 requests" in caplog.text


def test_a_new_connection_has_a_moment_to_send_its_request(stage: Stage) -> None:
    stage.guard.heads.start(object())
    stage.stop.begin()
    stage.reactor.pass_time(HEAD_SECONDS - 0.1)
    assert stage.reactor.stops == 0
    stage.reactor.pass_time(0.2)
    assert stage.reactor.stops == 1


def test_idle_connections_close_at_once(stage: Stage) -> None:
    closed = list[str]()
    for name in ("a", "b"):
        stage.guard.keep_alive.start(Idle(name, closed))
    stage.stop.begin()
    assert closed == ["a", "b"]


def test_a_later_signal_stops_at_once_and_another_one_does_nothing(stage: Stage) -> None:
    stage.open(request())
    stage.stop.begin()
    stage.reactor.pass_time(REPEATED_SECONDS - 0.1)
    stage.stop.begin()
    assert stage.reactor.stops == 0, "the supervisor repeats the signal of the platform"
    stage.reactor.pass_time(0.2)
    stage.stop.begin()
    assert stage.reactor.stops == 1
    stage.stop.begin()


def test_only_handlers_of_the_reactor_are_replaced(stage: Stage) -> None:
    handlers = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        signal.signal(signal.SIGTERM, stage.reactor.sigTerm)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        stage.stop.install()
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
        signal.raise_signal(signal.SIGTERM)
        assert stage.reactor.stops == 1
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
