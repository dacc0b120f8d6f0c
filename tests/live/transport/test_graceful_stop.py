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
    CHECK_SECONDS,
    HEAD_SECONDS,
    MAX_HANDOVER_SECONDS,
    MAX_SECONDS,
    REPEATED_SECONDS,
    SUCCESSOR_SIGNAL,
    GracefulStop,
)
from landing.live.transport.guard import Guard
from landing_site.serve import slots


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
        #: how many steps of the handover are left, and how many were made
        self.steps_left = self.steps = 0
        self.guard.hand_over = self._hand_over
        self.server = SimpleNamespace(connections={})
        port = SimpleNamespace(stopListening=self._stop_listening)
        self.stop = GracefulStop(self.reactor, self.guard, [port], [self.server])

    def open(self, protocol: Any) -> dict[str, float]:
        """Add an open request or WebSocket, and return its record in Daphne."""
        details = self.server.connections[protocol] = {"connected": 0.0}
        return details

    def _hand_over(self) -> bool:
        self.steps += 1
        self.steps_left -= 1
        return self.steps_left >= 0

    def _stop_listening(self) -> None:
        assert self.listening
        self.listening = False


@pytest.fixture
def stage() -> Stage:
    return Stage()


def request() -> WebRequest:
    return WebRequest.__new__(WebRequest)


class WebSocket:
    STATE_CONNECTING, STATE_CLOSING, STATE_OPEN = 1, 2, 3

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
    numbers = (signal.SIGTERM, signal.SIGINT, SUCCESSOR_SIGNAL)
    handlers = {number: signal.getsignal(number) for number in numbers}
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


def test_without_a_successor_the_drain_closes_all_websockets(stage: Stage) -> None:
    stage.steps_left = 3
    stage.stop.begin()
    assert (stage.steps, stage.reactor.stops) == (0, 1)


def test_with_a_successor_the_stop_follows_the_last_step_of_the_handover(stage: Stage) -> None:
    stage.steps_left = 3
    stage.stop.expect_handover()
    stage.stop.begin()
    assert (stage.listening, stage.steps, stage.reactor.stops) == (False, 1, 0)
    stage.reactor.pass_time(2 * CHECK_SECONDS)
    assert (stage.steps, stage.reactor.stops) == (3, 0)
    stage.reactor.pass_time(CHECK_SECONDS)
    assert (stage.steps, stage.reactor.stops) == (4, 1)


def test_the_handover_begins_after_the_requests_in_progress(stage: Stage) -> None:
    details = stage.open(request())
    stage.steps_left = 1
    stage.stop.expect_handover()
    stage.stop.begin()
    stage.reactor.pass_time(5)
    assert stage.steps == 0
    details["disconnected"] = 5.0
    stage.reactor.pass_time(0.2)
    assert (stage.steps, stage.reactor.stops) == (2, 1)


def test_the_stop_waits_for_the_clients_that_confirm_their_close(stage: Stage) -> None:
    details = stage.open(WebSocket(WebSocket.STATE_CLOSING))
    stage.open(WebSocket(WebSocket.STATE_OPEN))
    stage.stop.expect_handover()
    stage.stop.begin()
    stage.reactor.pass_time(0.5)
    assert stage.reactor.stops == 0
    details["disconnected"] = 0.5
    stage.reactor.pass_time(0.1)
    assert stage.reactor.stops == 1


def test_a_handover_that_takes_too_long_leaves_the_rest_to_the_drain(stage: Stage) -> None:
    stage.steps_left = 1_000_000
    stage.stop.expect_handover()
    stage.stop.begin()
    stage.reactor.pass_time(MAX_HANDOVER_SECONDS - 0.1)
    assert stage.reactor.stops == 0
    stage.reactor.pass_time(0.2)
    assert stage.reactor.stops == 1


def test_a_later_signal_ends_the_handover(stage: Stage) -> None:
    stage.steps_left = 1_000_000
    stage.stop.expect_handover()
    stage.stop.begin()
    stage.reactor.pass_time(REPEATED_SECONDS)
    stage.stop.begin()
    assert stage.reactor.stops == 1


def test_the_signal_of_a_successor_is_the_one_that_the_supervisor_sends(stage: Stage) -> None:
    handlers = {number: signal.getsignal(number) for number in (signal.SIGTERM, SUCCESSOR_SIGNAL)}
    stage.steps_left = 1
    try:
        signal.signal(signal.SIGTERM, stage.reactor.sigTerm)
        stage.stop.install()
        signal.raise_signal(slots.SUCCESSOR_SIGNAL)
        assert stage.reactor.stops == 0
        signal.raise_signal(signal.SIGTERM)
        assert stage.steps == 1
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
