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
from landing.live.connection import Connection
from landing.live.registry import Registry
from landing.live.transport.direct_outbound import DirectBatch, DirectOutbound
from landing.live.transport.outbound import encode
from tests.live.transport.tcp_connection import TcpConnection, open_tcp_connection

FRAME = encode(["hello", "again"])
LARGE = encode(["y" * 60_000])


@pytest.fixture
def connections() -> Iterator[list[TcpConnection]]:
    """Open four new connections of one reactor."""
    reactor = MemoryReactor()
    with ExitStack() as stack:
        opened = [stack.enter_context(open_tcp_connection(reactor)) for _ in range(4)]
        for connection in opened:
            set_age(connection, 0)
        yield opened


def set_age(connection: TcpConnection, seconds: float, timeout_seconds: float = 86_400) -> None:
    """Make the connection this old for Daphne."""
    connection.protocol.server = SimpleNamespace(websocket_timeout=timeout_seconds)
    connection.protocol.socket_opened = time.time() - seconds


def direct_batch(connections: list[TcpConnection]) -> DirectBatch:
    batch = DirectBatch()
    for connection in connections:
        batch.add(DirectOutbound(connection.protocol))
    return batch


def read_available(connection: TcpConnection) -> bytes:
    connection.client.setblocking(False)
    try:
        return connection.client.recv(1000)
    except BlockingIOError:
        return b""


def test_each_connection_is_sent_the_frame_without_twisted(
    connections: list[TcpConnection],
) -> None:
    assert direct_batch(connections).write(FRAME, 0, 10) == []
    assert [read_available(connection) for connection in connections] == [FRAME.data] * 4
    assert not any(connection.is_waiting_to_write() for connection in connections)


def test_only_the_given_positions_are_written(connections: list[TcpConnection]) -> None:
    assert direct_batch(connections).write(FRAME, 1, 3) == []
    assert [read_available(connection) for connection in connections] == [
        b"",
        FRAME.data,
        FRAME.data,
        b"",
    ]


def test_direct_frames_do_not_overtake_the_queue(connections: list[TcpConnection]) -> None:
    connections[2].protocol.sendMessage(b"first")
    assert direct_batch(connections).write(FRAME, 0, 4) == [2]
    assert read_available(connections[2]) == b""
    assert read_available(connections[3]) == FRAME.data


def test_only_the_part_that_the_kernel_rejects_is_queued(
    connections: list[TcpConnection],
) -> None:
    batch = direct_batch(connections)
    assert batch.write(LARGE, 0, 4) == []
    assert all(connection.is_waiting_to_write() for connection in connections)
    assert batch.write(FRAME, 0, 4) == [0, 1, 2, 3]
    for connection in connections:
        assert connection.read(len(LARGE.data)) == LARGE.data
    assert batch.write(FRAME, 0, 4) == []


def test_full_buffers_and_closed_connections_are_returned_as_refused(
    connections: list[TcpConnection],
) -> None:
    connections[0].fill()
    connections[1].transport.getHandle().close()
    assert direct_batch(connections).write(FRAME, 0, 4) == [0, 1]
    assert read_available(connections[3]) == FRAME.data


def test_no_frame_follows_the_answer_to_a_close_frame(connections: list[TcpConnection]) -> None:
    batch = direct_batch(connections)
    connections[1].protocol.websocket_version = 13
    connections[1].protocol.onCloseFrame(1000, None)
    assert batch.write(FRAME, 0, 4) == [1]
    # The reactor sends the answer and closes the connection in one step.
    transport = connections[1].transport
    transport.connectionLost(Failure(transport.doWrite()))
    assert batch.write(FRAME, 0, 4) == [1]
    assert read_available(connections[1]) == b"\x88\x02\x03\xe8"


def make_it_time_out(connection: TcpConnection) -> None:
    set_age(connection, 100, timeout_seconds=50)


def remove_the_age(connection: TcpConnection) -> None:
    del connection.protocol.socket_opened


def answer_errors_with_a_close_frame(connection: TcpConnection) -> None:
    connection.protocol.failByDrop = False


@pytest.mark.parametrize(
    "change", [make_it_time_out, remove_the_age, answer_errors_with_a_close_frame]
)
def test_no_frame_follows_a_close_frame_of_the_server(
    connections: list[TcpConnection], change: Callable[[TcpConnection], None]
) -> None:
    change(connections[2])
    batch = direct_batch(connections)
    connections[2].protocol.sendClose(1000)
    connections[2].transport.doWrite()
    assert not connections[2].is_waiting_to_write()
    assert batch.write(FRAME, 0, 4) == [2]
    assert read_available(connections[2]) == b"\x88\x02\x03\xe8"


def test_without_a_timeout_the_state_of_connections_is_not_read(
    connections: list[TcpConnection],
) -> None:
    for connection in connections:
        set_age(connection, 10**9, timeout_seconds=-1)
    batch = direct_batch(connections)
    del connections[0].protocol.state
    assert batch.write(FRAME, 0, 4) == []


async def test_no_frame_follows_a_close_frame_during_a_pass(
    connections: list[TcpConnection], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fanout, "CHUNK_CONNECTIONS", 2)
    registry = Registry()
    registered = [register(connection, registry) for connection in connections]
    limits = Limits(max_bytes=1000, max_seconds=10, sweep_seconds=5)
    slow_consumers = SlowConsumers(registry, limits, lambda topics: FRAME, time.monotonic)

    async def close_the_last() -> None:
        assert [read_available(connection) for connection in connections] == [
            FRAME.data,
            FRAME.data,
            b"",
            b"",
        ]
        registry.remove(registered[3])
        connections[3].protocol.sendCloseFrame(code=4400)
        connections[3].transport.doWrite()

    closing = asyncio.ensure_future(close_the_last())
    await fanout.Fanout(registry, slow_consumers, time.monotonic).send_to_all({None: FRAME.texts})
    await closing
    assert read_available(connections[2]) == FRAME.data
    assert read_available(connections[3]) == b"\x88\x02\x11\x30"
    assert len(slow_consumers) == 0


def register(connection: TcpConnection, registry: Registry) -> Connection:
    async def close(code: int) -> None:
        """Do nothing. No connection here is slow."""

    outbound = DirectOutbound(connection.protocol)
    registered = Connection(visitor=b"visitor", user=None, outbound=outbound, close=close)
    registry.add(registered)
    return registered
