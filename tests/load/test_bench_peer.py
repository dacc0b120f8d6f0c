"""One socket of the load client, with a scripted server."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from types import SimpleNamespace
from typing import cast

import pytest

from tests.load.bench.peer import Peer, Phase
from tests.load.bench.servers import Server
from tests.services.ports import HOST

HEAD = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n"


class Script:
    """The other end of one socket."""

    def __init__(self, listener: socket.socket, *, is_controller: bool = False) -> None:
        port = listener.getsockname()[1]
        server = SimpleNamespace(name="script", port=port, speaks_socketio=True)
        self.peer = Peer(cast("Server", server), "127.0.0.2", is_controller=is_controller)
        self._connection, _ = listener.accept()
        self._connection.settimeout(5)
        assert self.peer.ask(b"GET / HTTP/1.1\r\n\r\n")
        assert self._connection.recv(4096).startswith(b"GET / ")

    def send(self, *texts: str) -> None:
        """Byte by byte, as a slow network would."""
        self.send_bytes(b"".join(bytes([0x81, len(text)]) + text.encode() for text in texts))

    def send_bytes(self, data: bytes) -> None:
        for position in range(len(data)):
            self.peer.take(self.peer.buffer + data[position : position + 1])

    def received(self) -> bytes:
        """Return the payload of the frame that the client sent."""
        return self._connection.recv(4096)[6:]

    def close(self) -> None:
        self._connection.close()
        self.peer.vanish()


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.create_server((HOST, 0)) as listener:
        yield listener


def test_a_socket_is_open_on_socketio_when_its_namespace_is_joined(
    listener: socket.socket,
) -> None:
    script = Script(listener)
    script.send_bytes(HEAD)
    assert script.peer.phase < Phase.OPEN
    script.send('0{"sid":"a","pingInterval":25000}')
    assert script.received() == b"40"
    script.send('40{"sid":"b"}', '42["count",1]', '42["count",2]')
    assert script.peer.phase is Phase.OPEN
    assert script.peer.frames == 2 and script.peer.newest.endswith(b'42["count",2]')
    script.close()


def test_a_ping_of_socketio_is_answered_and_not_counted(listener: socket.socket) -> None:
    script = Script(listener)
    script.send_bytes(HEAD)
    script.send("2")
    assert script.received() == b"3"
    assert script.peer.frames == 0
    script.close()


def test_the_harness_requests_broadcasts_in_a_separate_namespace(
    listener: socket.socket,
) -> None:
    script = Script(listener, is_controller=True)
    script.send_bytes(HEAD)
    script.send("0{}")
    assert script.received() == b"40/control,"
    script.peer.order_broadcast('{"count":1}')
    assert script.received() == b'42/control,["broadcast",{"count":1}]'
    script.close()


def test_a_ping_and_a_close_of_websocket_are_answered(listener: socket.socket) -> None:
    script = Script(listener)
    script.send_bytes(HEAD + b"\x89\x02hi")
    assert script.received() == b"hi"
    script.send_bytes(b"\x88\x02\x11\x38")
    assert script.received() == (4408).to_bytes(2, "big")
    assert script.peer.close_code == 4408
    script.close()


def test_a_refused_handshake_is_an_error_with_the_response(
    listener: socket.socket,
) -> None:
    script = Script(listener)
    with pytest.raises(RuntimeError, match=r"script refused: .*500 Internal"):
        script.send_bytes(b"HTTP/1.1 500 Internal Server Error\r\n\r\n")
    script.close()
