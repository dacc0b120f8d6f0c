"""The private APIs of Daphne, autobahn, and Twisted, checked in the installed versions."""

from __future__ import annotations

import asyncio
import inspect
import json
import signal
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import txaio
from autobahn.twisted import websocket
from autobahn.twisted.websocket import WebSocketServerFactory, WebSocketServerProtocol
from autobahn.websocket import protocol
from autobahn.websocket.protocol import PreparedMessage
from daphne.http_protocol import HTTPFactory, WebRequest
from daphne.server import Server
from twisted.internet.error import ConnectionLost
from twisted.internet.protocol import Factory
from twisted.internet.tcp import Port
from twisted.internet.testing import MemoryReactor
from twisted.protocols.policies import WrappingFactory
from twisted.python.failure import Failure
from websockets.asyncio.client import connect
from websockets.sync.client import ClientConnection
from websockets.sync.client import connect as open_watcher

from landing.live.transport import daphne
from landing.live.transport.outbound import encode
from tests.live.transport.tcp_connection import open_tcp_connection
from tests.services.ports import HOST
from tests.services.raw_websocket import AGENT, RawWebSocket
from tests.services.site import DaphneServer, with_own_database

CHECK = "has changed: check landing/live/transport/, the docstring of"


def test_the_connection_of_an_asgi_send_callable_is_still_accessible() -> None:
    create_application = inspect.getsource(Server.create_application)
    assert "send=partial(self.handle_reply, protocol)" in create_application, (
        f"Daphne's Server.create_application {CHECK} _connection_of"
    )
    assert callable(getattr(WebSocketServerProtocol, "sendCloseFrame", None)), (
        f"autobahn's sendCloseFrame {CHECK} send_close_frame"
    )
    for state in ("STATE_OPEN", "STATE_CLOSED"):
        assert hasattr(WebSocketServerProtocol, state), (
            f"autobahn's {state} {CHECK} send_close_frame"
        )


def test_the_arrival_of_a_handshake_is_known_under_daphne_only() -> None:
    async def send(connection: object, message: object) -> None:
        """Send nothing."""

    guarded = SimpleNamespace(arrived_at=12.5)
    assert daphne.arrived_at(partial(send, guarded)) == 12.5
    assert daphne.arrived_at(partial(send, SimpleNamespace())) is None
    assert daphne.arrived_at(partial(send)) is None


def test_the_waiting_bytes_of_twisted_are_still_accessible() -> None:
    with open_tcp_connection() as connection:
        transport = connection.transport
        for name in ("dataBuffer", "offset", "_tempDataLen", "getHandle", "abortConnection"):
            assert hasattr(transport, name), f"Twisted's {name} {CHECK} DirectOutbound"
        transport.write(b"12345")
        assert (transport.dataBuffer, transport.offset, transport._tempDataLen) == (b"", 0, 5), (
            f"the write queue of Twisted {CHECK} count_waiting_bytes"
        )
        transport.write(b"x" * 60_000)
        transport.doWrite()
        assert 0 < transport.offset < len(transport.dataBuffer) == 60_005, (
            f"the partial write of Twisted {CHECK} count_waiting_bytes"
        )
        assert hasattr(connection.protocol, "_perMessageCompress"), (
            f"autobahn's _perMessageCompress {CHECK} is_plain"
        )


@pytest.mark.parametrize("length", [0, 1, 125, 126, 127, 0xFFFF, 0x10000, 200_000])
def test_frames_have_the_bytes_that_autobahn_would_send(length: int) -> None:
    texts = ("x" * length, "é" * (length // 2))
    messages = [
        PreparedMessage(text.encode(), isBinary=False, applyMask=False, doNotCompress=True)
        for text in texts
    ]
    frames = encode(iter(texts))
    assert frames.texts == texts
    assert frames.data == b"".join(message.payloadHybi for message in messages)


def test_daphne_still_leaves_the_producer_of_the_request_registered() -> None:
    process = inspect.getsource(WebRequest.process)
    assert "unregisterProducer" not in process and "registerProducer" not in process, (
        f"the handling of a new WebSocket in Daphne {CHECK} pause_reading_when_full"
    )


def test_autobahn_still_formats_unread_debug_lines() -> None:
    gone = "is gone: change skip_unread_debug_lines in landing/live/transport/daphne.py"
    configuration = inspect.getsource(protocol.WebSocketProtocol._connectionMade)
    assert "pformat(configAttrLog)" in configuration, f"the line with the configuration {gone}"
    name = inspect.getsource(websocket.WebSocketServerProtocol.dataReceived)
    assert "hltype(self.dataReceived)" in name, f"the line with the name of a method {gone}"
    assert "hlval(self.peer)" in name, f"the line with a formatted value {gone}"


@pytest.mark.parametrize(("level", "skips"), [("info", True), ("debug", False), ("trace", False)])
def test_the_debug_lines_are_skipped_unless_they_are_logged(
    monkeypatch: pytest.MonkeyPatch, level: str, skips: bool
) -> None:
    configurations: list[object] = []
    monkeypatch.setattr(protocol, "pformat", configurations.append)
    methods: list[object] = []
    values: list[object] = []
    for module in (protocol, websocket):
        monkeypatch.setattr(module, "hltype", methods.append)
        monkeypatch.setattr(module, "hlval", values.append)
    monkeypatch.setattr(txaio, "get_global_log_level", lambda: level)
    assert daphne.skip_unread_debug_lines() is skips
    with open_tcp_connection():
        assert len(configurations) == (not skips)
        assert bool(methods) == bool(values) == (not skips)


@pytest.fixture
def reactor(monkeypatch: pytest.MonkeyPatch) -> MemoryReactor:
    """Return a reactor like the one of Daphne, before it runs."""
    reactor = MemoryReactor()
    monkeypatch.setitem(sys.modules, "twisted.internet.reactor", reactor)
    return reactor


@pytest.fixture
def listening_socket() -> Iterator[socket.socket]:
    """Return a socket that listens already."""
    with socket.create_server((HOST, 0)) as listening:
        listening.setblocking(False)
        yield listening


def start_listening(port: Port) -> closing[socket.socket]:
    port.startListening()
    return closing(port.socket)


def test_the_backlog_is_reported_once_the_port_listens(reactor: MemoryReactor) -> None:
    reported: list[list[int]] = []
    daphne.when_listening(reported.append)
    with start_listening(Port(0, Factory(), backlog=7, interface=HOST, reactor=reactor)):
        assert reported == []
        reactor.run()
    assert reported == [[7]], f"Twisted's Port.backlog {CHECK} when_listening"


def test_the_backlog_of_an_inherited_socket_is_not_reported(
    reactor: MemoryReactor, listening_socket: socket.socket
) -> None:
    reported: list[list[int]] = []
    daphne.when_listening(reported.append)
    adopted = Port._fromListeningDescriptor(
        reactor, listening_socket.fileno(), listening_socket.family, Factory()
    )
    with (
        start_listening(adopted),
        start_listening(Port(0, Factory(), interface=HOST, reactor=reactor)),
    ):
        reactor.run()
    assert reported == [[50]]


def test_without_a_reactor_no_backlog_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "twisted.internet.reactor", raising=False)
    reported: list[list[int]] = []
    daphne.when_listening(reported.append)
    assert reported == []


@pytest.mark.parametrize(("configured", "expected"), [(30, 10), (60, 60), (5, 5)])
def test_only_the_default_of_the_ping_timeout_is_shortened(
    reactor: MemoryReactor, configured: int, expected: int
) -> None:
    websockets = WebSocketServerFactory()
    websockets.setProtocolOptions(autoPingTimeout=configured)
    server = HTTPFactory(SimpleNamespace(ws_factory=websockets))
    daphne.shorten_ping_timeout(10)
    with (
        start_listening(Port(0, server, interface=HOST, reactor=reactor)),
        start_listening(Port(0, Factory(), interface=HOST, reactor=reactor)),
    ):
        reactor.run()
    assert websockets.autoPingTimeout == expected


def test_the_ping_timeout_is_shortened_over_tls_too(reactor: MemoryReactor) -> None:
    websockets = WebSocketServerFactory()
    websockets.setProtocolOptions(autoPingTimeout=30)
    server = WrappingFactory(HTTPFactory(SimpleNamespace(ws_factory=websockets)))
    daphne.shorten_ping_timeout(10)
    with start_listening(Port(0, server, interface=HOST, reactor=reactor)):
        reactor.run()
    assert websockets.autoPingTimeout == 10


def test_the_default_of_the_ping_timeout_is_still_known() -> None:
    default = inspect.signature(Server).parameters["ping_timeout"].default
    assert default == daphne.DEFAULT_PING_TIMEOUT_SECONDS, (
        f"Daphne's default of --ping-timeout {CHECK} shorten_ping_timeout"
    )


def test_a_network_that_vanishes_is_noticed_after_a_ping_and_ten_seconds(
    production: dict[str, str], tmp_path: Path
) -> None:
    """The silent client keeps its connection open and answers no ping."""
    given = {**with_own_database(production, tmp_path), "LANDING_LINGER_SECONDS": "0"}
    server = DaphneServer(given, "--ping-interval", "1")
    server.start()
    try:
        with (
            open_watcher(server.ws_url, user_agent_header=AGENT.format("watcher")) as watcher,
            RawWebSocket(server.port),
        ):
            wait_for_people(watcher, 2)
            began = time.monotonic()
            wait_for_people(watcher, 1)
            assert time.monotonic() - began < daphne.DEFAULT_PING_TIMEOUT_SECONDS
    finally:
        server.close()


def wait_for_people(watcher: ClientConnection, people: int) -> None:
    """Read frames until one has this number of people."""
    while json.loads(watcher.recv(timeout=120)).get("people") != people:
        pass


async def test_a_close_frame_is_not_sent_on_another_server() -> None:
    async def send(message: object) -> None:
        """Stand in for the send callable of another ASGI server."""

    assert not daphne.send_close_frame(send, 1001)
    assert not daphne.send_close_frame(partial(send), 1001)
    assert not daphne.send_close_frame(partial(send, object()), 1001)


def test_a_lost_connection_is_not_aborted() -> None:
    """Over TLS, Twisted would raise an error."""
    with open_tcp_connection() as connection:
        connection.transport.connectionLost(Failure(ConnectionLost()))
        connection.transport.abortConnection = pytest.fail
        assert connection.protocol.state == connection.protocol.STATE_CLOSED
        assert daphne.send_close_frame(connection.send, 1001)


def test_without_a_running_reactor_no_shutdown_hook_is_installed() -> None:
    async def drain() -> None:
        """Do nothing. No reactor calls it."""

    assert not daphne.before_shutdown(drain)


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
async def test_clients_of_a_stopping_daphne_receive_1001(daphne: Any, stop: signal.Signals) -> None:
    server = await asyncio.to_thread(daphne)
    clients = [await connect(server.ws_url) for _ in range(3)]
    for client in clients:
        await client.recv()
    status = await asyncio.to_thread(server.stop, stop)
    assert status == 0
    for client in clients:
        async for _ in client:  # until the server closes
            pass
        assert client.close_code == 1001
