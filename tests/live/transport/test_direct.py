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
from twisted.internet.protocol import Protocol
from twisted.internet.testing import StringTransport
from twisted.protocols.policies import ProtocolWrapper, WrappingFactory

from landing.live.transport import daphne
from landing.live.transport.direct import DirectOutbound
from landing.live.transport.outbound import AsgiOutbound, Outbound, encode
from tests.live.transport.accepted import Accepted, accepted, protocol_on

#: The queue size at which Twisted pauses a producer.
READ_UNTIL_BYTES = 65_536
#: Private attributes of Twisted's queue.
QUEUE_OF_TWISTED: dict[str, Any] = {"dataBuffer": b"12", "offset": 1, "_tempDataLen": 5}
LARGE = encode(["y" * 60_000])
SMALL = [encode([f"small {number}"]) for number in range(3)]


@pytest.fixture
def socket() -> Iterator[Accepted]:
    with accepted() as socket:
        yield socket


def outbound_of(socket: Accepted) -> DirectOutbound:
    outbound = daphne.open_outbound(socket.send, fast_path=True)
    assert type(outbound) is DirectOutbound
    return outbound


@given(texts=st.lists(st.text(max_size=300), max_size=4))
@pytest.mark.parametrize("length", [0, 1, 125, 126, 127, 65_535, 65_536])
def test_a_frame_is_what_autobahn_sends(length: int, texts: list[str]) -> None:
    texts = [*texts, "x" * length, *texts]
    transport = StringTransport()
    protocol = protocol_on(transport)
    transport.clear()
    for text in texts:
        protocol.sendMessage(text.encode())
    assert transport.value() == encode(texts).data


def test_bytes_that_the_kernel_accepts_bypass_twisted(
    socket: Accepted,
) -> None:
    outbound = outbound_of(socket)
    for frame in SMALL:
        assert outbound.write(frame)
    assert outbound.waiting_bytes() == 0
    assert not socket.waits()
    whole = b"".join(frame.data for frame in SMALL)
    assert socket.client.recv(1000) == whole


def test_only_the_part_that_the_kernel_rejects_is_queued(socket: Accepted) -> None:
    outbound = outbound_of(socket)
    assert outbound.write(LARGE)
    assert 0 < outbound.waiting_bytes() < len(LARGE.data)
    rest = b"".join(socket.transport._tempDataBuffer)
    assert len(rest) == outbound.waiting_bytes()
    assert LARGE.data.endswith(rest)
    assert socket.read(len(LARGE.data)) == LARGE.data
    assert outbound.waiting_bytes() == 0
    assert not socket.waits()


def test_a_full_kernel_buffer_is_not_an_error(socket: Accepted) -> None:
    outbound = outbound_of(socket)
    taken = socket.fill()
    assert not outbound.write(SMALL[0])
    assert outbound.waiting_bytes() == 0
    assert socket.read(taken) == b"x" * taken


def test_written_and_queued_frames_arrive_complete_and_in_order(socket: Accepted) -> None:
    outbound = outbound_of(socket)
    sent = b""
    for frame in [SMALL[0], LARGE, SMALL[1]]:
        if not outbound.write(frame):
            assert outbound.queue(frame)
        sent += frame.data
    socket.transport.doWrite()  # writes a part and moves the offset
    assert 0 < outbound.waiting_bytes() < len(LARGE.data)
    assert not outbound.write(SMALL[2])
    assert outbound.queue(SMALL[2])
    sent += SMALL[2].data
    assert socket.read(len(sent)) == sent
    assert outbound.write(SMALL[0])
    assert socket.client.recv(1000) == SMALL[0].data


def test_direct_frames_do_not_overtake_the_queue_of_autobahn(socket: Accepted) -> None:
    outbound = outbound_of(socket)
    socket.protocol.sendMessage(b"first")
    assert outbound.waiting_bytes() == len(encode(["first"]).data)
    assert not outbound.write(SMALL[0])


@pytest.mark.parametrize("end", ["reset by the client", "closed here", "closing"])
def test_a_closed_connection_accepts_nothing_and_raises_nothing(socket: Accepted, end: str) -> None:
    outbound = outbound_of(socket)
    if end == "reset by the client":
        socket.transport.getHandle().send(b"never read, so that the end is a reset")
        socket.client.close()
        _write_until_refused(outbound)
    elif end == "closed here":
        socket.transport.getHandle().close()
    else:
        socket.protocol.sendCloseFrame(code=4408)
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


def test_a_transport_without_a_visible_queue_uses_asgi(socket: Accepted) -> None:
    socket.protocol.transport = StringTransport()
    assert not counts_waiting_bytes(daphne.open_outbound(socket.send, fast_path=True))


def test_without_the_fast_path_frames_use_asgi_and_waiting_bytes_are_counted(
    socket: Accepted,
) -> None:
    assert counts_waiting_bytes(daphne.open_outbound(socket.send, fast_path=False))


def outbound_over(queue: dict[str, Any]) -> Outbound:
    connection = SimpleNamespace(transport=SimpleNamespace(**queue), _perMessageCompress=None)
    return daphne.open_outbound(partial(_send, connection), fast_path=True)


def test_the_bytes_in_a_visible_queue_are_counted() -> None:
    outbound = outbound_over(QUEUE_OF_TWISTED)
    assert counts_waiting_bytes(outbound)
    assert outbound.waiting_bytes() == 6


@pytest.mark.parametrize("name", sorted(QUEUE_OF_TWISTED))
def test_without_a_private_attribute_of_twisted_no_bytes_are_counted(name: str) -> None:
    others = {each: value for each, value in QUEUE_OF_TWISTED.items() if each != name}
    assert not counts_waiting_bytes(outbound_over(others))


@pytest.mark.parametrize("compress", [object(), "gone"])
def test_connections_with_an_extension_use_asgi(socket: Accepted, compress: Any) -> None:
    if compress == "gone":
        del socket.protocol._perMessageCompress
    else:
        socket.protocol._perMessageCompress = compress
    assert type(daphne.open_outbound(socket.send, fast_path=True)) is AsgiOutbound


async def test_a_wrapped_transport_uses_asgi_and_its_queue_is_counted(
    socket: Accepted,
) -> None:
    wrapper = ProtocolWrapper(WrappingFactory(None), Protocol())
    wrapper.transport = socket.transport
    socket.protocol.transport = wrapper
    outbound = daphne.open_outbound(socket.send, fast_path=True)
    assert type(outbound) is AsgiOutbound
    socket.transport.write(b"encrypted")
    assert outbound.waiting_bytes() == len(b"encrypted")
    assert not outbound.write(SMALL[0])
    assert outbound.queue(SMALL[0])


def test_reading_pauses_until_the_client_reads(socket: Accepted) -> None:
    socket.transport.startReading()
    assert daphne.pause_reading_when_full(socket.send)
    outbound = outbound_of(socket)
    sent_bytes = socket.fill()
    while outbound.waiting_bytes() <= READ_UNTIL_BYTES:
        assert socket.reads()
        outbound.queue(SMALL[0])
        sent_bytes += len(SMALL[0].data)
    assert not socket.reads()
    socket.read(sent_bytes)
    assert socket.reads()


async def test_frames_use_asgi_on_another_server() -> None:
    async def send(message: Any) -> None:
        """Send like another ASGI server."""

    for other in (send, partial(send), partial(_send, WebSocketServerProtocol())):
        assert not counts_waiting_bytes(daphne.open_outbound(other, fast_path=True))
    assert not daphne.pause_reading_when_full(send)


async def _send(connection: Any, message: Any) -> None:
    """Send on this connection."""
