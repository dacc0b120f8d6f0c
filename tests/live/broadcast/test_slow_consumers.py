"""Connections that do not read fast enough."""

from __future__ import annotations

import asyncio
from math import inf

import pytest

from landing.live.broadcast.slow_consumers import SCAN_SECONDS
from landing.live.frames import Topic
from landing.live.transport.outbound import encode
from tests.live.broadcast.fanout_harness import LIMITS, FanoutHarness

FRAME_BYTES = len(encode(["x" * 98]).data)


async def test_a_fast_consumer_is_not_watched(fanout_harness: FanoutHarness) -> None:
    connection = fanout_harness.open_connection()
    await fanout_harness.broadcast_number(1)
    assert len(fanout_harness.slow_consumers) == 0
    assert fanout_harness.slow_consumers.due_at() == LIMITS.sweep_seconds
    assert connection.fake_outbound.texts == [f"{1:098}"]


async def test_a_short_stall_loses_nothing(fanout_harness: FanoutHarness) -> None:
    connection = fanout_harness.open_stuck_connection()
    for number in range(3):
        await fanout_harness.broadcast_number(number)
    connection.fake_outbound.resume_reading()
    await fanout_harness.scan()
    assert connection.fake_outbound.texts == [f"{number:098}" for number in range(3)]
    assert len(fanout_harness.slow_consumers) == 0


async def test_a_connection_still_waiting_at_the_next_scan_is_sent_only_the_newest_frame(
    fanout_harness: FanoutHarness,
) -> None:
    connection = fanout_harness.open_stuck_connection()
    healthy = fanout_harness.open_connection()
    for number in range(2):
        await fanout_harness.broadcast_number(number)
    await fanout_harness.scan()
    for number in range(2, 50):
        await fanout_harness.broadcast_number(number)
        await fanout_harness.scan()
    assert len(connection.fake_outbound.queued) == 2
    connection.fake_outbound.resume_reading()
    await fanout_harness.scan()
    assert connection.fake_outbound.texts == [f"{0:098}", f"{1:098}", "newest"]
    assert len(healthy.fake_outbound.texts) == 50
    assert len(fanout_harness.slow_consumers) == 0


async def test_the_bytes_that_wait_for_one_connection_are_limited(
    fanout_harness: FanoutHarness,
) -> None:
    connection = fanout_harness.open_stuck_connection()
    for number in range(100):
        await fanout_harness.broadcast_number(number)
    assert (
        LIMITS.max_bytes - FRAME_BYTES
        < connection.fake_outbound.waiting_bytes()
        <= LIMITS.max_bytes
    )
    connection.fake_outbound.resume_reading()
    await fanout_harness.scan()
    assert connection.fake_outbound.texts[-1] == "newest"
    assert connection.close_codes == []


async def test_a_short_frame_that_fits_does_not_replace_a_dropped_one(
    fanout_harness: FanoutHarness,
) -> None:
    connection = fanout_harness.open_stuck_connection()
    await fanout_harness.broadcast_number(0)
    await fanout_harness.fanout.send_to_all({Topic.ONLINE: ["x" * LIMITS.max_bytes]})
    await fanout_harness.fanout.send_to_all({Topic.ACTIVITY: ["short"]})
    connection.fake_outbound.resume_reading()
    await fanout_harness.scan()
    assert connection.fake_outbound.texts == [f"{0:098}", "short", "newest"]


async def test_a_connection_past_the_time_limit_is_closed_with_4408_once(
    fanout_harness: FanoutHarness,
) -> None:
    connection = fanout_harness.open_stuck_connection()
    await fanout_harness.broadcast_number(0)
    await fanout_harness.broadcast_number(1)
    while fanout_harness.clock.seconds < LIMITS.max_seconds - SCAN_SECONDS:
        await fanout_harness.scan()
        assert connection.close_codes == []
    for _ in range(3):
        await fanout_harness.scan()
        await fanout_harness.broadcast_number(2)
    assert connection.close_codes == [4408]
    assert fanout_harness.slow_consumers.closed == 1
    fanout_harness.registry.remove(connection)
    await fanout_harness.scan()
    assert len(fanout_harness.slow_consumers) == 0 and fanout_harness.slow_consumers.due_at() < inf


async def test_bytes_beyond_the_limit_close_the_connection(fanout_harness: FanoutHarness) -> None:
    connection = fanout_harness.open_stuck_connection()
    while connection.fake_outbound.waiting_bytes() <= LIMITS.max_bytes:
        connection.fake_outbound.queue(encode(["pong" * 10]))
    fanout_harness.clock.seconds = fanout_harness.slow_consumers.due_at()
    for _ in range(2):  # the sweep, and the first scan after it
        await fanout_harness.scan()
        assert connection.close_codes == [], "the client may be about to read"
    await fanout_harness.scan()
    assert connection.close_codes == [4408]


async def test_unread_replies_close_the_connection(fanout_harness: FanoutHarness) -> None:
    connection = fanout_harness.open_stuck_connection()
    while not fanout_harness.slow_consumers.close_if_full(connection):
        assert connection.fake_outbound.waiting_bytes() <= LIMITS.max_bytes
        connection.fake_outbound.queue(encode(["pong" * 10]))
    assert fanout_harness.slow_consumers.close_if_full(connection)
    await asyncio.sleep(0)
    assert connection.close_codes == [4408]


async def test_the_sweep_finds_bytes_that_wait_without_a_broadcast(
    fanout_harness: FanoutHarness,
) -> None:
    connection = fanout_harness.open_stuck_connection()
    connection.fake_outbound.queue(encode(["pong"]))
    assert len(fanout_harness.slow_consumers) == 0
    fanout_harness.clock.seconds = fanout_harness.slow_consumers.due_at()
    await fanout_harness.slow_consumers.scan()
    assert len(fanout_harness.slow_consumers) == 1


async def test_a_reply_that_waits_during_the_sweep_delays_no_broadcast(
    fanout_harness: FanoutHarness,
) -> None:
    connection = fanout_harness.open_stuck_connection()
    connection.fake_outbound.queue(encode(["pong"]))
    fanout_harness.clock.seconds = LIMITS.sweep_seconds
    await fanout_harness.slow_consumers.scan()
    connection.fake_outbound.resume_reading()
    for number in range(2):
        await fanout_harness.broadcast_number(number)
    await fanout_harness.scan()
    assert connection.fake_outbound.texts == ["pong", f"{0:098}", f"{1:098}"]


async def test_writes_that_are_ready_come_before_the_scan(fanout_harness: FanoutHarness) -> None:
    connection = fanout_harness.open_stuck_connection()
    await fanout_harness.broadcast_number(0)
    asyncio.get_running_loop().call_soon(connection.fake_outbound.resume_reading)
    await fanout_harness.scan()
    await fanout_harness.broadcast_number(1)
    assert connection.fake_outbound.texts == [f"{0:098}", f"{1:098}"]


async def test_a_connection_that_fills_up_again_is_sent_the_newest_frame_later(
    fanout_harness: FanoutHarness,
) -> None:
    connection = fanout_harness.open_stuck_connection()
    await fanout_harness.broadcast_number(0)
    await fanout_harness.broadcast_number(1)
    await fanout_harness.scan()
    await fanout_harness.broadcast_number(2)
    connection.fake_outbound.resume_reading()
    connection.fake_outbound.is_broken = True
    await fanout_harness.scan()
    connection.fake_outbound.is_broken = False
    await fanout_harness.scan()
    assert connection.fake_outbound.texts[-1] == "newest"


async def test_a_connection_that_reads_slowly_is_not_closed(fanout_harness: FanoutHarness) -> None:
    connection = fanout_harness.open_stuck_connection()
    for number in range(8):
        await fanout_harness.broadcast_number(number)
    for _ in range(7):
        fanout_harness.clock.seconds += LIMITS.max_seconds / 2
        await fanout_harness.scan()
        connection.fake_outbound.queued.pop(0)
    assert connection.close_codes == []
    for _ in range(3):
        fanout_harness.clock.seconds += LIMITS.max_seconds
        await fanout_harness.scan()
    assert connection.close_codes == [4408]


async def test_a_closed_connection_is_no_longer_watched(fanout_harness: FanoutHarness) -> None:
    connection = fanout_harness.open_stuck_connection()
    await fanout_harness.broadcast_number(0)
    await fanout_harness.broadcast_number(1)
    assert len(fanout_harness.slow_consumers) == 1
    fanout_harness.registry.remove(connection)
    await fanout_harness.scan()
    assert len(fanout_harness.slow_consumers) == 0
    assert connection.close_codes == []


async def test_an_exception_while_closing_does_not_affect_other_connections(
    fanout_harness: FanoutHarness, caplog: pytest.LogCaptureFixture
) -> None:
    connection = fanout_harness.open_stuck_connection()
    other = fanout_harness.open_stuck_connection()

    async def raise_reset(code: int) -> None:
        raise ConnectionResetError("gone")

    connection.close = raise_reset
    await fanout_harness.broadcast_number(0)
    await fanout_harness.broadcast_number(1)
    await fanout_harness.scan()
    fanout_harness.clock.seconds += LIMITS.max_seconds
    await fanout_harness.scan()
    assert other.close_codes == [4408]
    assert "gone" not in caplog.text
