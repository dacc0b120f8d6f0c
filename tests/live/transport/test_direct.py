"""The way straight to the kernel, over a real TCP connection with hardly any room."""

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

#: Where Twisted pauses a producer.
READ_UNTIL_BYTES = 65_536
#: Where bytes wait; private.
QUEUE_OF_TWISTED: dict[str, Any] = {"dataBuffer": b"12", "offset": 1, "_tempDataLen": 5}
LARGE = encode(["y" * 60_000])
SMALL = [encode([f"small {number}"]) for number in range(3)]


@pytest.fixture
def socket() -> Iterator[Accepted]:
    with accepted() as socket:
        yield socket


def line_of(socket: Accepted) -> DirectOutbound:
    line = daphne.open_outbound(socket.send, fast_path=True)
    assert type(line) is DirectOutbound
    return line


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


def test_what_the_kernel_takes_leaves_at_once_and_twisted_hears_nothing_of_it(
    socket: Accepted,
) -> None:
    line = line_of(socket)
    for frame in SMALL:
        assert line.write(frame)
    assert line.waiting_bytes() == 0
    assert not socket.waits()
    whole = b"".join(frame.data for frame in SMALL)
    assert socket.client.recv(1000) == whole


def test_a_part_that_the_kernel_does_not_take_is_queued_and_nothing_else(socket: Accepted) -> None:
    line = line_of(socket)
    assert line.write(LARGE)
    assert 0 < line.waiting_bytes() < len(LARGE.data)
    rest = b"".join(socket.transport._tempDataBuffer)
    assert len(rest) == line.waiting_bytes()
    assert LARGE.data.endswith(rest)
    assert socket.read(len(LARGE.data)) == LARGE.data
    assert line.waiting_bytes() == 0
    assert not socket.waits()


def test_a_full_kernel_takes_nothing_and_that_is_no_error(socket: Accepted) -> None:
    line = line_of(socket)
    taken = socket.fill()
    assert not line.write(SMALL[0])
    assert line.waiting_bytes() == 0
    assert socket.read(taken) == b"x" * taken


def test_frames_that_were_written_and_queued_arrive_whole_and_in_order(socket: Accepted) -> None:
    line = line_of(socket)
    sent = b""
    for frame in [SMALL[0], LARGE, SMALL[1]]:
        if not line.write(frame):
            assert line.queue(frame)
        sent += frame.data
    socket.transport.doWrite()  # a part leaves, and the offset moves
    assert 0 < line.waiting_bytes() < len(LARGE.data)
    assert not line.write(SMALL[2])
    assert line.queue(SMALL[2])
    sent += SMALL[2].data
    assert socket.read(len(sent)) == sent
    assert line.write(SMALL[0])
    assert socket.client.recv(1000) == SMALL[0].data


def test_what_autobahn_has_queued_is_not_overtaken(socket: Accepted) -> None:
    line = line_of(socket)
    socket.protocol.sendMessage(b"first")
    assert line.waiting_bytes() == len(encode(["first"]).data)
    assert not line.write(SMALL[0])


@pytest.mark.parametrize("end", ["reset by the client", "closed here", "closing"])
def test_a_connection_that_is_gone_takes_nothing_and_raises_nothing(
    socket: Accepted, end: str
) -> None:
    line = line_of(socket)
    if end == "reset by the client":
        socket.transport.getHandle().send(b"never read, so that the end is a reset")
        socket.client.close()
        _write_until_refused(line)
    elif end == "closed here":
        socket.transport.getHandle().close()
    else:
        socket.protocol.sendCloseFrame(code=4408)
        assert not line.queue(SMALL[0])
    assert not line.write(SMALL[0])


def _write_until_refused(line: DirectOutbound) -> None:
    """The reset may be on its way."""
    for _ in range(100_000):
        if not line.write(SMALL[0]):
            return


def counts_waiting_bytes(outbound: Outbound) -> bool:
    """Whether an outbound over ASGI can tell how many bytes the server has queued."""
    assert type(outbound) is AsgiOutbound
    return outbound._count_waiting_bytes is not None


def test_a_transport_without_a_visible_queue_is_sent_to_through_asgi(socket: Accepted) -> None:
    socket.protocol.transport = StringTransport()
    assert not counts_waiting_bytes(daphne.open_outbound(socket.send, fast_path=True))


def test_without_the_fast_path_frames_go_through_asgi_and_waiting_bytes_are_counted(
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
def test_with_an_extension_or_without_the_name_for_it_sends_are_plain(
    socket: Accepted, compress: Any
) -> None:
    if compress == "gone":
        del socket.protocol._perMessageCompress
    else:
        socket.protocol._perMessageCompress = compress
    assert type(daphne.open_outbound(socket.send, fast_path=True)) is AsgiOutbound


async def test_around_a_wrapped_transport_sends_are_plain_and_its_queue_is_seen(
    socket: Accepted,
) -> None:
    wrapper = ProtocolWrapper(WrappingFactory(None), Protocol())
    wrapper.transport = socket.transport
    socket.protocol.transport = wrapper
    line = daphne.open_outbound(socket.send, fast_path=True)
    assert type(line) is AsgiOutbound
    socket.transport.write(b"encrypted")
    assert line.waiting_bytes() == len(b"encrypted")
    assert not line.write(SMALL[0])
    assert line.queue(SMALL[0])


def test_from_who_does_not_read_is_not_read_until_it_does(socket: Accepted) -> None:
    socket.transport.startReading()
    assert daphne.pause_reading_when_full(socket.send)
    line = line_of(socket)
    sent_bytes = socket.fill()
    while line.waiting_bytes() <= READ_UNTIL_BYTES:
        assert socket.reads()
        line.queue(SMALL[0])
        sent_bytes += len(SMALL[0].data)
    assert not socket.reads()
    socket.read(sent_bytes)
    assert socket.reads()


async def test_under_another_server_frames_go_through_asgi() -> None:
    async def send(message: Any) -> None:
        """An ASGI send of some other server."""

    for other in (send, partial(send), partial(_send, WebSocketServerProtocol())):
        assert not counts_waiting_bytes(daphne.open_outbound(other, fast_path=True))
    assert not daphne.pause_reading_when_full(send)


async def _send(connection: Any, message: Any) -> None:
    """An ASGI send made for this connection."""
