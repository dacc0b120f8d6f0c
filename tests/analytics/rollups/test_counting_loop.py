"""The background count of new rows."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator

import pytest
from django.db import OperationalError

from landing.analytics.rollups import counting, counting_loop
from landing.analytics.rollups.counting_loop import CountingLoop


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Replace the count by two full batches and a smaller one, and return their rows."""
    done: list[int] = []

    def count_new_rows() -> Iterator[int]:
        for rows in (counting.BATCH_ROWS, counting.BATCH_ROWS, 3):
            done.append(rows)
            yield rows

    monkeypatch.setattr(counting, "count_new_rows", count_new_rows)
    return done


async def test_a_backlog_is_counted_with_a_pause_after_each_batch(calls: list[int]) -> None:
    pauses: list[float] = []
    times = iter(range(0, 100, 2))

    async def pause(seconds: float) -> None:
        pauses.append(seconds)

    await CountingLoop(pause, lambda: float(next(times))).run()

    assert len(calls) == 3
    assert pauses == [2, 2]


async def test_a_call_during_another_one_does_nothing(calls: list[int]) -> None:
    counter = CountingLoop()

    async def pause(seconds: float) -> None:
        await counter.run()

    counter = CountingLoop(pause)
    await counter.run()
    assert len(calls) == 3

    await asyncio.gather(counter.run(), counter.run())
    assert len(calls) == 6


async def test_after_an_error_the_next_call_counts_again(
    monkeypatch: pytest.MonkeyPatch, calls: list[int], caplog: pytest.LogCaptureFixture
) -> None:
    def fail() -> Iterator[int]:
        raise OperationalError("the server is gone")
        yield 0

    counter = CountingLoop()
    with monkeypatch.context() as patch:
        patch.setattr(counting, "count_new_rows", fail)
        await counter.run()
    await counter.run()

    assert len(calls) == 3
    levels = [each.levelno for each in caplog.records if each.name == counting_loop.__name__]
    assert levels == [logging.ERROR, logging.WARNING]
