"""Connections that do not read fast enough."""

from __future__ import annotations

import asyncio
from math import inf

import pytest

from landing.live.broadcast.slow_consumers import SCAN_SECONDS
from landing.live.frames import Topic
from landing.live.transport.outbound import encode
from tests.live.broadcast.test_fanout import LIMITS, Room
from tests.live.worker_harness import FakeConnection

FRAME_BYTES = len(encode(["x" * 98]).data)


@pytest.fixture
def room() -> Room:
    return Room()


async def send(room: Room, number: int) -> None:
    await room.fanout.send_to_all({Topic.ONLINE: [f"{number:098}"]})


async def sweep(room: Room) -> None:
    room.clock.seconds += SCAN_SECONDS
    await room.readers.scan()
    await asyncio.sleep(0)  # lets the closing tasks run


def stuck(room: Room) -> FakeConnection:
    (connection,) = room.enter()
    connection.fake_outbound.is_stuck = True
    return connection


async def test_a_fast_consumer_is_not_watched(room: Room) -> None:
    (connection,) = room.enter()
    await send(room, 1)
    assert len(room.readers) == 0
    assert room.readers.due_at() == LIMITS.sweep_seconds
    assert connection.fake_outbound.texts == [f"{1:098}"]


async def test_a_short_stall_loses_nothing(room: Room) -> None:
    connection = stuck(room)
    for number in range(3):
        await send(room, number)
    connection.fake_outbound.resume_reading()
    await sweep(room)
    assert connection.fake_outbound.texts == [f"{number:098}" for number in range(3)]
    assert len(room.readers) == 0


async def test_a_connection_that_waits_until_the_next_sweep_gets_only_the_latest(
    room: Room,
) -> None:
    connection, (healthy,) = stuck(room), room.enter()
    for number in range(2):
        await send(room, number)
    await sweep(room)
    for number in range(2, 50):
        await send(room, number)
        await sweep(room)
    assert len(connection.fake_outbound.queued) == 2
    connection.fake_outbound.resume_reading()
    await sweep(room)
    assert connection.fake_outbound.texts == [f"{0:098}", f"{1:098}", "newest"]
    assert len(healthy.fake_outbound.texts) == 50
    assert len(room.readers) == 0


async def test_the_bytes_that_wait_for_one_connection_are_limited(room: Room) -> None:
    connection = stuck(room)
    for number in range(100):
        await send(room, number)
    assert (
        LIMITS.max_bytes - FRAME_BYTES
        < connection.fake_outbound.waiting_bytes()
        <= LIMITS.max_bytes
    )
    connection.fake_outbound.resume_reading()
    await sweep(room)
    assert connection.fake_outbound.texts[-1] == "newest"
    assert connection.close_codes == []


async def test_a_short_frame_that_fits_does_not_replace_a_dropped_one(
    room: Room,
) -> None:
    connection = stuck(room)
    await send(room, 0)
    await room.fanout.send_to_all({Topic.ONLINE: ["x" * LIMITS.max_bytes]})
    await room.fanout.send_to_all({Topic.ACTIVITY: ["short"]})
    connection.fake_outbound.resume_reading()
    await sweep(room)
    assert connection.fake_outbound.texts == [f"{0:098}", "short", "newest"]


async def test_a_connection_past_the_time_limit_is_closed_with_4408_once(room: Room) -> None:
    connection = stuck(room)
    await send(room, 0)
    await send(room, 1)
    while room.clock.seconds < LIMITS.max_seconds - SCAN_SECONDS:
        await sweep(room)
        assert connection.close_codes == []
    for _ in range(3):
        await sweep(room)
        await send(room, 2)
    assert connection.close_codes == [4408]
    assert room.readers.closed == 1
    room.registry.remove(connection)
    await sweep(room)
    assert len(room.readers) == 0 and room.readers.due_at() < inf


async def test_bytes_beyond_the_limit_close_the_connection(room: Room) -> None:
    connection = stuck(room)
    while connection.fake_outbound.waiting_bytes() <= LIMITS.max_bytes:
        connection.fake_outbound.queue(encode(["pong" * 10]))
    room.clock.seconds = room.readers.due_at()
    await sweep(room)
    assert connection.close_codes == [], "the client may be about to read"
    await sweep(room)
    assert connection.close_codes == [4408]


async def test_unread_replies_close_the_connection(room: Room) -> None:
    connection = stuck(room)
    while not room.readers.close_if_full(connection):
        assert connection.fake_outbound.waiting_bytes() <= LIMITS.max_bytes
        connection.fake_outbound.queue(encode(["pong" * 10]))
    assert room.readers.close_if_full(connection)
    await asyncio.sleep(0)
    assert connection.close_codes == [4408]


async def test_the_sweep_finds_bytes_that_wait_without_a_broadcast(room: Room) -> None:
    connection = stuck(room)
    connection.fake_outbound.queue(encode(["pong"]))
    assert len(room.readers) == 0
    room.clock.seconds = room.readers.due_at()
    await room.readers.scan()
    assert len(room.readers) == 1


async def test_a_connection_that_fills_up_again_catches_up_later(
    room: Room,
) -> None:
    connection = stuck(room)
    await send(room, 0)
    await send(room, 1)
    await sweep(room)
    await send(room, 2)
    connection.fake_outbound.resume_reading()
    connection.fake_outbound.is_broken = True
    await sweep(room)
    connection.fake_outbound.is_broken = False
    await sweep(room)
    assert connection.fake_outbound.texts[-1] == "newest"


async def test_a_connection_that_reads_slowly_gets_time(room: Room) -> None:
    connection = stuck(room)
    for number in range(8):
        await send(room, number)
    for _ in range(7):
        room.clock.seconds += LIMITS.max_seconds / 2
        await sweep(room)
        connection.fake_outbound.queued.pop(0)
    assert connection.close_codes == []
    for _ in range(3):
        room.clock.seconds += LIMITS.max_seconds
        await sweep(room)
    assert connection.close_codes == [4408]


async def test_a_departed_connection_is_forgotten(room: Room) -> None:
    connection = stuck(room)
    await send(room, 0)
    await send(room, 1)
    assert len(room.readers) == 1
    room.registry.remove(connection)
    await sweep(room)
    assert len(room.readers) == 0
    assert connection.close_codes == []


async def test_an_exception_while_closing_affects_no_other(
    room: Room, caplog: pytest.LogCaptureFixture
) -> None:
    connection, other = stuck(room), stuck(room)

    async def raising(code: int) -> None:
        raise ConnectionResetError("gone")

    connection.close = raising
    await send(room, 0)
    await send(room, 1)
    await sweep(room)
    room.clock.seconds += LIMITS.max_seconds
    await sweep(room)
    assert other.close_codes == [4408]
    assert "gone" not in caplog.text
