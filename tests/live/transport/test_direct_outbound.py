"""Direct writes to the kernel on a real TCP connection with small buffers."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from types import SimpleNamespace
from typing import Any

import pytest
from autobahn.twisted.websocket import WebSocketServerProtocol
from hypothesis import given
from hypothesis import strategies as st
from twisted.internet.error import ConnectionLost
from twisted.internet.protocol import Protocol
from twisted.internet.testing import StringTransport
from twisted.protocols.policies import ProtocolWrapper, WrappingFactory
from twisted.python.failure import Failure

from landing.live.transport import daphne
from landing.live.transport.direct_outbound import DirectOutbound
from landing.live.transport.outbound import AsgiOutbound, Outbound, encode
from tests.live.transport.tcp_connection import TcpConnection, open_protocol, open_tcp_connection

#: The queue size at which Twisted pauses a producer.
READ_UNTIL_BYTES = 65_536
#: Private attributes of Twisted's queue.
QUEUE_OF_TWISTED: dict[str, Any] = {"dataBuffer": b"12", "offset": 1, "_tempDataLen": 5}
LARGE = encode(["y" * 60_000])
SMALL = [encode([f"small {number}"]) for number in range(3)]


@pytest.fixture
def connection() -> Iterator[TcpConnection]:
    with open_tcp_connection() as connection:
        yield connection


def open_direct_outbound(connection: TcpConnection) -> DirectOutbound:
    outbound = daphne.open_outbound(connection.send, fast_path=True)
    assert type(outbound) is DirectOutbound
    return outbound


@given(texts=st.lists(st.text(max_size=300), max_size=4))
@pytest.mark.parametrize("length", [0, 1, 125, 126, 127, 65_535, 65_536])
def test_encoded_frames_equal_the_bytes_that_autobahn_sends(length: int, texts: list[str]) -> None:
    texts = [*texts, "x" * length, *texts]
    transport = StringTransport()
    protocol = open_protocol(transport)
    transport.clear()
    for text in texts:
        protocol.sendMessage(text.encode())
    assert transport.value() == encode(texts).data


def test_bytes_that_the_kernel_accepts_bypass_twisted(
    connection: TcpConnection,
) -> None:
    outbound = open_direct_outbound(connection)
    for frame in SMALL:
        assert outbound.write(frame)
    assert outbound.waiting_bytes() == 0
    assert not connection.is_waiting_to_write()
    expected = b"".join(frame.data for frame in SMALL)
    assert connection.client.recv(1000) == expected


def test_only_the_part_that_the_kernel_rejects_is_queued(connection: TcpConnection) -> None:
    outbound = open_direct_outbound(connection)
    assert outbound.write(LARGE)
    assert 0 < outbound.waiting_bytes() < len(LARGE.data)
    rest = b"".join(connection.transport._tempDataBuffer)
    assert len(rest) == outbound.waiting_bytes()
    assert LARGE.data.endswith(rest)
    assert connection.read(len(LARGE.data)) == LARGE.data
    assert outbound.waiting_bytes() == 0
    assert not connection.is_waiting_to_write()


def test_a_full_kernel_buffer_refuses_a_frame_without_an_exception(
    connection: TcpConnection,
) -> None:
    outbound = open_direct_outbound(connection)
    written = connection.fill()
    assert not outbound.write(SMALL[0])
    assert outbound.waiting_bytes() == 0
    assert connection.read(written) == b"x" * written


def test_written_and_queued_frames_arrive_complete_and_in_order(connection: TcpConnection) -> None:
    outbound = open_direct_outbound(connection)
    sent = b""
    for frame in [SMALL[0], LARGE, SMALL[1]]:
        if not outbound.write(frame):
            assert outbound.queue(frame)
        sent += frame.data
    connection.transport.doWrite()  # writes a part and moves the offset
    assert 0 < outbound.waiting_bytes() < len(LARGE.data)
    assert not outbound.write(SMALL[2])
    assert outbound.queue(SMALL[2])
    sent += SMALL[2].data
    assert connection.read(len(sent)) == sent
    assert outbound.write(SMALL[0])
    assert connection.client.recv(1000) == SMALL[0].data


def test_direct_frames_do_not_overtake_the_queue_of_autobahn(connection: TcpConnection) -> None:
    outbound = open_direct_outbound(connection)
    connection.protocol.sendMessage(b"first")
    assert outbound.waiting_bytes() == len(encode(["first"]).data)
    assert not outbound.write(SMALL[0])


@pytest.mark.parametrize("end", ["reset by the client", "closed here", "closing"])
def test_a_closed_connection_refuses_frames_without_an_exception(
    connection: TcpConnection, end: str
) -> None:
    outbound = open_direct_outbound(connection)
    if end == "reset by the client":
        connection.transport.getHandle().send(b"never read, so that the end is a reset")
        connection.client.close()
        _write_until_refused(outbound)
    elif end == "closed here":
        connection.transport.getHandle().close()
    else:
        connection.protocol.sendCloseFrame(code=4408)
        assert not outbound.queue(SMALL[0])
    assert not outbound.write(SMALL[0])


def _write_until_refused(outbound: DirectOutbound) -> None:
    """Write until the connection refuses, because the reset may arrive late."""
    for _ in range(100_000):
        if not outbound.write(SMALL[0]):
            return


def counts_waiting_bytes(outbound: Outbound) -> bool:
    """Return whether an outbound over ASGI counts the queued bytes of the server."""
    assert type(outbound) is AsgiOutbound
    return outbound._count_waiting_bytes is not None


def test_a_transport_without_a_visible_queue_uses_asgi(connection: TcpConnection) -> None:
    connection.protocol.transport = StringTransport()
    assert not counts_waiting_bytes(daphne.open_outbound(connection.send, fast_path=True))


@pytest.mark.parametrize("fast_path", [True, False])
def test_a_connection_that_is_lost_during_its_handshake_refuses_frames_without_an_exception(
    connection: TcpConnection, fast_path: bool
) -> None:
    connection.transport.connectionLost(Failure(ConnectionLost()))
    outbound = daphne.open_outbound(connection.send, fast_path=fast_path)
    assert type(outbound) is AsgiOutbound
    assert outbound.waiting_bytes() == 0


def test_without_the_fast_path_frames_use_asgi_and_waiting_bytes_are_counted(
    connection: TcpConnection,
) -> None:
    assert counts_waiting_bytes(daphne.open_outbound(connection.send, fast_path=False))


def open_outbound_with_queue(queue: dict[str, Any]) -> Outbound:
    protocol = SimpleNamespace(transport=SimpleNamespace(**queue), _perMessageCompress=None)
    return daphne.open_outbound(partial(_send, protocol), fast_path=True)


def test_the_bytes_in_a_visible_queue_are_counted() -> None:
    outbound = open_outbound_with_queue(QUEUE_OF_TWISTED)
    assert counts_waiting_bytes(outbound)
    assert outbound.waiting_bytes() == 6


@pytest.mark.parametrize("name", sorted(QUEUE_OF_TWISTED))
def test_without_a_private_attribute_of_twisted_no_bytes_are_counted(name: str) -> None:
    others = {each: value for each, value in QUEUE_OF_TWISTED.items() if each != name}
    assert not counts_waiting_bytes(open_outbound_with_queue(others))


@pytest.mark.parametrize("compress", [object(), "missing"])
def test_with_an_extension_or_without_its_attribute_frames_use_asgi(
    connection: TcpConnection, compress: Any
) -> None:
    if compress == "missing":
        del connection.protocol._perMessageCompress
    else:
        connection.protocol._perMessageCompress = compress
    assert type(daphne.open_outbound(connection.send, fast_path=True)) is AsgiOutbound


async def test_a_wrapped_transport_uses_asgi_and_its_queue_is_counted(
    connection: TcpConnection,
) -> None:
    wrapper = ProtocolWrapper(WrappingFactory(None), Protocol())
    wrapper.transport = connection.transport
    connection.protocol.transport = wrapper
    outbound = daphne.open_outbound(connection.send, fast_path=True)
    assert type(outbound) is AsgiOutbound
    connection.transport.write(b"encrypted")
    assert outbound.waiting_bytes() == len(b"encrypted")
    assert not outbound.write(SMALL[0])
    assert outbound.queue(SMALL[0])


def test_the_server_stops_reading_from_a_client_that_does_not_read(
    connection: TcpConnection,
) -> None:
    connection.transport.startReading()
    assert daphne.pause_reading_when_full(connection.send)
    outbound = open_direct_outbound(connection)
    sent_bytes = connection.fill()
    while outbound.waiting_bytes() <= READ_UNTIL_BYTES:
        assert connection.is_reading()
        outbound.queue(SMALL[0])
        sent_bytes += len(SMALL[0].data)
    assert not connection.is_reading()
    connection.read(sent_bytes)
    assert connection.is_reading()


async def test_frames_use_asgi_on_another_server() -> None:
    async def send(message: Any) -> None:
        """Stand in for the send callable of another ASGI server."""

    for other in (send, partial(send), partial(_send, WebSocketServerProtocol())):
        assert not counts_waiting_bytes(daphne.open_outbound(other, fast_path=True))
    assert not daphne.pause_reading_when_full(send)


async def _send(protocol: Any, message: Any) -> None:
    """Send a message on the connection of this protocol."""
