"""Batches of direct writes on real TCP connections with small buffers."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from types import SimpleNamespace

import pytest
from twisted.internet.testing import MemoryReactor
from twisted.python.failure import Failure

from landing.live.broadcast import fanout
from landing.live.broadcast.slow_consumers import Limits, SlowConsumers
from landing.live.registry import Connection, Registry
from landing.live.transport.direct import DirectBatch, DirectOutbound
from landing.live.transport.outbound import encode
from tests.live.transport.accepted import Accepted, accepted

FRAME = encode(["hello", "again"])
LARGE = encode(["y" * 60_000])


@pytest.fixture
def sockets() -> Iterator[list[Accepted]]:
    """Open four connections of one reactor, with the age of new ones."""
    reactor = MemoryReactor()
    with ExitStack() as stack:
        four = [stack.enter_context(accepted(reactor)) for _ in range(4)]
        for socket in four:
            age(socket, 0)
        yield four


def age(socket: Accepted, seconds: float, timeout_seconds: float = 86_400) -> None:
    """Make the connection as old as ``seconds``."""
    socket.protocol.server = SimpleNamespace(websocket_timeout=timeout_seconds)
    socket.protocol.socket_opened = time.time() - seconds


def laid_out(sockets: list[Accepted]) -> DirectBatch:
    lines = DirectBatch()
    for socket in sockets:
        lines.add(DirectOutbound(socket.protocol))
    return lines


def received(socket: Accepted) -> bytes:
    socket.client.setblocking(False)
    try:
        return socket.client.recv(1000)
    except BlockingIOError:
        return b""


def test_each_connection_gets_the_frame_without_twisted(sockets: list[Accepted]) -> None:
    assert laid_out(sockets).write(FRAME, 0, 10) == []
    assert [received(socket) for socket in sockets] == [FRAME.data] * 4
    assert not any(socket.waits() for socket in sockets)


def test_only_the_given_positions_are_written(sockets: list[Accepted]) -> None:
    assert laid_out(sockets).write(FRAME, 1, 3) == []
    assert [received(socket) for socket in sockets] == [b"", FRAME.data, FRAME.data, b""]


def test_direct_frames_do_not_overtake_the_queue(sockets: list[Accepted]) -> None:
    sockets[2].protocol.sendMessage(b"first")
    assert laid_out(sockets).write(FRAME, 0, 4) == [2]
    assert received(sockets[2]) == b""
    assert received(sockets[3]) == FRAME.data


def test_only_the_part_that_the_kernel_rejects_is_queued(
    sockets: list[Accepted],
) -> None:
    lines = laid_out(sockets)
    assert lines.write(LARGE, 0, 4) == []
    assert all(socket.waits() for socket in sockets)
    assert lines.write(FRAME, 0, 4) == [0, 1, 2, 3]
    for socket in sockets:
        assert socket.read(len(LARGE.data)) == LARGE.data
    assert lines.write(FRAME, 0, 4) == []


def test_full_buffers_and_closed_connections_are_not_errors(
    sockets: list[Accepted],
) -> None:
    sockets[0].fill()
    sockets[1].transport.getHandle().close()
    assert laid_out(sockets).write(FRAME, 0, 4) == [0, 1]
    assert received(sockets[3]) == FRAME.data


def test_no_frame_follows_the_answer_to_a_close_frame(sockets: list[Accepted]) -> None:
    lines = laid_out(sockets)
    sockets[1].protocol.websocket_version = 13
    sockets[1].protocol.onCloseFrame(1000, None)
    assert lines.write(FRAME, 0, 4) == [1]
    # The reactor sends the answer and closes the socket in one step.
    transport = sockets[1].transport
    transport.connectionLost(Failure(transport.doWrite()))
    assert lines.write(FRAME, 0, 4) == [1]
    assert received(sockets[1]) == b"\x88\x02\x03\xe8"


def closes_by_timeout(socket: Accepted) -> None:
    age(socket, 100, timeout_seconds=50)


def has_no_age(socket: Accepted) -> None:
    del socket.protocol.socket_opened


def answers_faults_with_a_close_frame(socket: Accepted) -> None:
    socket.protocol.failByDrop = False


@pytest.mark.parametrize(
    "change", [closes_by_timeout, has_no_age, answers_faults_with_a_close_frame]
)
def test_no_frame_follows_a_close_frame_of_the_server(
    sockets: list[Accepted], change: Callable[[Accepted], None]
) -> None:
    change(sockets[2])
    lines = laid_out(sockets)
    sockets[2].protocol.sendClose(1000)
    sockets[2].transport.doWrite()
    assert not sockets[2].waits()
    assert lines.write(FRAME, 0, 4) == [2]
    assert received(sockets[2]) == b"\x88\x02\x03\xe8"


def test_without_a_timeout_the_state_of_connections_is_not_read(
    sockets: list[Accepted],
) -> None:
    for socket in sockets:
        age(socket, 10**9, timeout_seconds=-1)
    lines = laid_out(sockets)
    del sockets[0].protocol.state
    assert lines.write(FRAME, 0, 4) == []


async def test_no_frame_follows_a_close_frame_during_a_pass(
    sockets: list[Accepted], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fanout, "CHUNK_CONNECTIONS", 2)
    registry = Registry()
    connections = [connected(socket, registry) for socket in sockets]
    limits = Limits(max_bytes=1000, max_seconds=10, sweep_seconds=5)
    readers = SlowConsumers(registry, limits, lambda topics: FRAME, time.monotonic)

    async def refuse_the_last() -> None:
        assert [received(socket) for socket in sockets] == [FRAME.data, FRAME.data, b"", b""]
        registry.remove(connections[3])
        sockets[3].protocol.sendCloseFrame(code=4400)
        sockets[3].transport.doWrite()

    refusing = asyncio.ensure_future(refuse_the_last())
    await fanout.Fanout(registry, readers, time.monotonic).send_to_all({None: FRAME.texts})
    await refusing
    assert received(sockets[2]) == FRAME.data
    assert received(sockets[3]) == b"\x88\x02\x11\x30"
    assert len(readers) == 0


def connected(socket: Accepted, registry: Registry) -> Connection:
    async def close(code: int) -> None:
        """Do nothing. No connection here is slow."""

    line = DirectOutbound(socket.protocol)
    connection = Connection(visitor=b"visitor", user=None, outbound=line, close=close)
    registry.add(connection)
    return connection
