"""Another process over the same database is found by its overlap, and logged once."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable

import pytest

from landing.live.presence.split_detector import SplitDetector
from tests.live.worker_harness import Clock

HEARTBEAT, LEASE = 5.0, 15.0


class Row:
    """The row of the database, with the id that was stored last."""

    def __init__(self) -> None:
        self.stored: str | None = None
        self.is_available = True

    async def claim(self, process: str) -> str | None:
        if not self.is_available:
            return None
        replaced, self.stored = self.stored, process
        return None if replaced == process else replaced


@pytest.fixture
def row() -> Row:
    return Row()


@pytest.fixture
def clock() -> Clock:
    return Clock()


Start = Callable[[], SplitDetector]


@pytest.fixture
def start(row: Row, clock: Clock) -> Start:
    """``start()`` begins one more process over the row."""
    return lambda: SplitDetector(row.claim, HEARTBEAT, LEASE, clock)


@pytest.fixture
def run(clock: Clock) -> Callable[..., Awaitable[None]]:
    """Let processes check for some seconds, each when it is due."""

    async def run(seconds: float, *processes: SplitDetector) -> None:
        end = clock.seconds + seconds
        while clock.seconds < end:
            for process in processes:
                if process.due_at() <= clock.seconds:
                    await process.check()
            clock.seconds += 1

    return run


Run = Callable[..., Awaitable[None]]


async def test_one_process_is_alone(
    start: Start, run: Run, caplog: pytest.LogCaptureFixture
) -> None:
    process = start()
    await run(100, process)
    assert not process.is_split
    assert not caplog.records


@pytest.mark.parametrize("seconds_later", [0, 1, 4, 60])
async def test_two_processes_are_logged_once_and_name_the_remedy(
    start: Start, run: Run, caplog: pytest.LogCaptureFixture, seconds_later: int
) -> None:
    one = start()
    await run(seconds_later, one)
    two = start()
    await run(LEASE + 4 * HEARTBEAT, one, two)
    assert one.is_split and two.is_split
    await run(1000, one, two)
    (record,) = caplog.records
    assert record.levelno == logging.WARNING
    assert "REDIS_URL" in record.message
    assert "\n" not in record.message


@pytest.mark.parametrize("count", [3, 8])
async def test_many_processes_log_at_most_one_line_each(
    start: Start, run: Run, caplog: pytest.LogCaptureFixture, count: int
) -> None:
    processes = [start() for _ in range(count)]
    await run(1000, *processes)
    assert all(process.is_split for process in processes)
    assert 1 <= len(caplog.records) < count


async def test_a_restart_is_not_a_second_process(
    start: Start, run: Run, caplog: pytest.LogCaptureFixture
) -> None:
    await run(100, start())
    await run(100, start())
    assert not caplog.records


async def test_repeated_reloads_beside_no_other_process_are_not_logged(
    start: Start, run: Run, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(30):
        await run(3, start())
    assert not caplog.records


async def test_a_rolling_deploy_is_not_a_second_process(
    start: Start, run: Run, caplog: pytest.LogCaptureFixture
) -> None:
    old = start()
    await run(60, old)
    for _ in range(5):
        new = start()
        await run(LEASE - 1, old, new)
        await run(60, new)
        old = new
    assert not caplog.records


async def test_short_lives_of_other_processes_are_not_logged(
    start: Start, run: Run, caplog: pytest.LogCaptureFixture
) -> None:
    old = start()
    for _ in range(10):
        await run(HEARTBEAT, old, start())
        await run(LEASE + 2 * HEARTBEAT, old)
    assert not caplog.records


async def test_processes_that_are_alone_again_are_not_split(start: Start, run: Run) -> None:
    one, two = start(), start()
    await run(60, one, two)
    await run(LEASE + 2 * HEARTBEAT, one)
    assert not one.is_split


async def test_an_unavailable_database_is_not_a_second_process(
    start: Start, run: Run, row: Row, caplog: pytest.LogCaptureFixture
) -> None:
    process = start()
    await run(20, process)
    row.is_available = False
    await run(100, process)
    row.is_available = True
    await run(100, process)
    assert not caplog.records
