"""The clients of the truth harness."""

from __future__ import annotations

import time

import pytest

from landing.places.names import ELSEWHERE
from tests.load.truth.client import GRACE_SECONDS, SETTLING_SECONDS, Client, Ledger
from tests.load.truth.people import Tab
from tests.load.truth.screens import Screen
from tests.load.truth.truth import (
    Reading,
)
from tests.load.truth.websocket import Events, WebSocket


def frame(version: int, people: int, timestamp: str = "2026-01-31T12:00:00.000Z") -> bytes:
    return (
        f'{{"type":"connection-count","people":{people},"source":"live",'
        f'"version":{version},"timestamp":"{timestamp}"}}'
    ).encode()


def test_a_screen_accepts_equal_but_not_lower_versions() -> None:
    screen = Screen(process=0)
    assert screen.read() == Reading(0, None, live=False)
    for text in (frame(2, 20), frame(1, 10), b'{"type":"pong"}'):
        screen.take(text)
    assert screen.read() == Reading(0, 20, live=True)
    screen.take(frame(2, 30, "2026-01-31T12:00:00.001Z"))
    assert screen.read().people == 30


def test_a_screen_accepts_a_lower_version_of_another_epoch() -> None:
    screen = Screen(process=0)
    screen.take(frame(2, 20))
    for version, people in ((1, 10), (0, 5)):
        screen.take(frame(version, people).replace(b'"version"', b'"epoch":"e2","version"'))
    assert screen.read().people == 10


def test_a_screen_of_a_new_process_still_drops_lower_versions() -> None:
    screen = Screen(process=0)
    screen.take(frame(2, 20))
    screen.blank()
    screen.take(frame(1, 10))
    assert screen.read().people is None


RESPONSE = b"HTTP/1.1 101 Switching Protocols\r\n\r\n"


class FakeTransport:
    def __init__(self) -> None:
        self.written = b""

    def write(self, data: bytes) -> None:
        self.written += data


@pytest.mark.parametrize("step", [1, 3, 1000])
def test_the_client_parses_frames_in_any_chunks(step: int) -> None:
    texts: list[object] = []
    client = WebSocket(
        Events(lambda: texts.append("open"), texts.append, texts.append), "host", "/", ""
    )
    client.connection_made(FakeTransport())
    long = b"x" * 300
    stream = (
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: WebSocket\r\n\r\n"
        b"\x81\x02hi\x81\x7e\x01\x2c" + long + b"\x89\x01!\x88\x02\x03\xe9"
    )
    for at in range(0, len(stream), step):
        client.data_received(stream[at : at + step])
    client.connection_lost(None)
    assert texts == ["open", b"hi", long, 1001]
    assert client._transport is None


def test_an_end_without_a_close_frame_has_no_code() -> None:
    texts: list[object] = []
    client = WebSocket(Events(lambda: None, texts.append, texts.append), "host", "/", "")
    client.connection_made(FakeTransport())
    client.data_received(b"HTTP/1.1 101 Switching Protocols\r\n\r\n")
    client.connection_lost(None)
    assert texts == [None]


class FakeDoors:
    """One process whose port nobody listens on; reconnects are only recorded."""

    def __init__(self) -> None:
        self.waiting: list[Client] = []

    def choose(self) -> int:
        return 0

    def port(self, process: int) -> int:
        return 1

    def call_later(self, seconds: float, client: Client) -> None:
        self.waiting.append(client)


def connected(doors: FakeDoors, ledger: Ledger, place: str = ELSEWHERE) -> tuple[Client, WebSocket]:
    """Return a client with an open socket."""
    client = Client(Tab(b"visitor", None, ""), doors, ledger, place=place)
    socket = client._dial(1)
    socket.connection_made(FakeTransport())
    socket.data_received(RESPONSE)
    return client, socket


def go_away(socket: WebSocket) -> None:
    socket.data_received(b"\x88\x02\x03\xe9")
    socket.connection_lost(None)


def test_a_tab_has_settled_a_while_after_its_last_page(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    client, _ = connected(FakeDoors(), Ledger(), "/story/1")
    assert not client.is_settled
    now += SETTLING_SECONDS
    assert client.is_settled
    client.show("/story/2")
    assert not client.is_settled
    now += SETTLING_SECONDS
    assert client.is_settled
    client.leave()
    assert not client.is_settled


def test_a_tab_that_loads_another_page_reconnects_from_there() -> None:
    doors, ledger = FakeDoors(), Ledger()
    client, socket = connected(doors, ledger, "/story/1")
    assert client.is_open
    client.load("/story/2")
    assert not client.is_open
    assert doors.waiting == [client]
    socket = client._dial(1)
    transport = FakeTransport()
    socket.connection_made(transport)
    socket.data_received(RESPONSE)
    assert transport.written.startswith(b"GET /ws/landing/?place=/story/2:")
    assert [place for held in ledger.helds for _, place in held.places] == ["/story/1", "/story/2"]
    assert ledger.helds[0].closed_at <= ledger.helds[1].opened_at
    assert ledger.lost == []


def test_a_tab_that_shows_another_page_keeps_its_connection() -> None:
    doors, ledger = FakeDoors(), Ledger()
    client, socket = connected(doors, ledger, "/story/1")
    client.show("/story/2")
    assert client.is_open
    assert b'"path": "/story/2:' in socket._transport.written
    (held,) = ledger.helds
    assert [place for _, place in held.places] == ["/story/1", "/story/2"]
    go_away(socket)
    assert b"place=/story/2:" in client._dial(1)._request


def test_a_person_counts_as_present_while_a_reconnect_may_be_due() -> None:
    doors, ledger = FakeDoors(), Ledger()
    client, socket = connected(doors, ledger)
    before = time.monotonic()
    go_away(socket)
    assert doors.waiting == [client]
    assert ledger.helds[0].closed_at >= before + GRACE_SECONDS


def test_a_person_who_leaves_before_the_reconnect_was_gone_with_the_socket() -> None:
    doors, ledger = FakeDoors(), Ledger()
    client, socket = connected(doors, ledger)
    go_away(socket)
    client.leave()
    assert ledger.helds[0].closed_at <= time.monotonic()
