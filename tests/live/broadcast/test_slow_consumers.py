"""Sockets that do not take what they are sent."""

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


async def say(room: Room, number: int) -> None:
    await room.fanout.send_to_all({Topic.ONLINE: [f"{number:098}"]})


async def look(room: Room) -> None:
    room.clock.seconds += SCAN_SECONDS
    await room.readers.scan()
    await asyncio.sleep(0)  # for what it closes


def stuck(room: Room) -> FakeConnection:
    (connection,) = room.enter()
    connection.fake_outbound.is_stuck = True
    return connection


async def test_who_keeps_up_is_not_watched(room: Room) -> None:
    (connection,) = room.enter()
    await say(room, 1)
    assert len(room.readers) == 0
    assert room.readers.due_at() == LIMITS.sweep_seconds
    assert connection.fake_outbound.texts == [f"{1:098}"]


async def test_a_short_stall_loses_nothing(room: Room) -> None:
    connection = stuck(room)
    for number in range(3):
        await say(room, number)
    connection.fake_outbound.resume_reading()
    await look(room)
    assert connection.fake_outbound.texts == [f"{number:098}" for number in range(3)]
    assert len(room.readers) == 0


async def test_a_socket_still_waiting_at_the_next_look_gets_only_the_newest_once_it_reads(
    room: Room,
) -> None:
    connection, (healthy,) = stuck(room), room.enter()
    for number in range(2):
        await say(room, number)
    await look(room)
    for number in range(2, 50):
        await say(room, number)
        await look(room)
    assert len(connection.fake_outbound.queued) == 2
    connection.fake_outbound.resume_reading()
    await look(room)
    assert connection.fake_outbound.texts == [f"{0:098}", f"{1:098}", "newest"]
    assert len(healthy.fake_outbound.texts) == 50
    assert len(room.readers) == 0


async def test_no_more_than_the_limit_waits_for_one_socket(room: Room) -> None:
    connection = stuck(room)
    for number in range(100):
        await say(room, number)
    assert (
        LIMITS.max_bytes - FRAME_BYTES
        < connection.fake_outbound.waiting_bytes()
        <= LIMITS.max_bytes
    )
    connection.fake_outbound.resume_reading()
    await look(room)
    assert connection.fake_outbound.texts[-1] == "newest"
    assert connection.close_codes == []


async def test_a_short_frame_that_still_fits_does_not_make_up_for_a_long_one_that_did_not(
    room: Room,
) -> None:
    connection = stuck(room)
    await say(room, 0)
    await room.fanout.send_to_all({Topic.ONLINE: ["x" * LIMITS.max_bytes]})
    await room.fanout.send_to_all({Topic.ACTIVITY: ["short"]})
    connection.fake_outbound.resume_reading()
    await look(room)
    assert connection.fake_outbound.texts == [f"{0:098}", "short", "newest"]


async def test_past_the_time_limit_it_is_closed_with_4408_once(room: Room) -> None:
    connection = stuck(room)
    await say(room, 0)
    await say(room, 1)
    while room.clock.seconds < LIMITS.max_seconds - SCAN_SECONDS:
        await look(room)
        assert connection.close_codes == []
    for _ in range(3):
        await look(room)
        await say(room, 2)
    assert connection.close_codes == [4408]
    assert room.readers.closed == 1
    room.registry.remove(connection)
    await look(room)
    assert len(room.readers) == 0 and room.readers.due_at() < inf


async def test_what_waits_beyond_the_byte_limit_closes_it(room: Room) -> None:
    connection = stuck(room)
    while connection.fake_outbound.waiting_bytes() <= LIMITS.max_bytes:
        connection.fake_outbound.queue(encode(["pong" * 10]))
    room.clock.seconds = room.readers.due_at()
    await look(room)
    assert connection.close_codes == [], "it may be about to read"
    await look(room)
    assert connection.close_codes == [4408]


async def test_replies_that_nobody_reads_close_it_instead(room: Room) -> None:
    connection = stuck(room)
    while not room.readers.close_if_full(connection):
        assert connection.fake_outbound.waiting_bytes() <= LIMITS.max_bytes
        connection.fake_outbound.queue(encode(["pong" * 10]))
    assert room.readers.close_if_full(connection)
    await asyncio.sleep(0)
    assert connection.close_codes == [4408]


async def test_bytes_that_wait_while_nothing_is_said_are_found_by_the_sweep(room: Room) -> None:
    connection = stuck(room)
    connection.fake_outbound.queue(encode(["pong"]))
    assert len(room.readers) == 0
    room.clock.seconds = room.readers.due_at()
    await room.readers.scan()
    assert len(room.readers) == 1


async def test_a_socket_that_fills_up_again_while_it_catches_up_is_caught_up_later(
    room: Room,
) -> None:
    connection = stuck(room)
    await say(room, 0)
    await say(room, 1)
    await look(room)
    await say(room, 2)
    connection.fake_outbound.resume_reading()
    connection.fake_outbound.is_broken = True
    await look(room)
    connection.fake_outbound.is_broken = False
    await look(room)
    assert connection.fake_outbound.texts[-1] == "newest"


async def test_a_socket_that_drains_bit_by_bit_is_given_time(room: Room) -> None:
    connection = stuck(room)
    for number in range(8):
        await say(room, number)
    for _ in range(7):
        room.clock.seconds += LIMITS.max_seconds / 2
        await look(room)
        connection.fake_outbound.queued.pop(0)
    assert connection.close_codes == []
    for _ in range(3):
        room.clock.seconds += LIMITS.max_seconds
        await look(room)
    assert connection.close_codes == [4408]


async def test_who_left_is_forgotten(room: Room) -> None:
    connection = stuck(room)
    await say(room, 0)
    await say(room, 1)
    assert len(room.readers) == 1
    room.registry.remove(connection)
    await look(room)
    assert len(room.readers) == 0
    assert connection.close_codes == []


async def test_one_that_is_gone_when_it_is_closed_disturbs_nobody(
    room: Room, caplog: pytest.LogCaptureFixture
) -> None:
    connection, other = stuck(room), stuck(room)

    async def raising(code: int) -> None:
        raise ConnectionResetError("gone")

    connection.close = raising
    await say(room, 0)
    await say(room, 1)
    await look(room)
    room.clock.seconds += LIMITS.max_seconds
    await look(room)
    assert other.close_codes == [4408]
    assert "gone" not in caplog.text
