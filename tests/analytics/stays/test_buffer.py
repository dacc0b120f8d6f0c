"""The stays that wait for the database."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from math import inf

import pytest
from django.db import OperationalError

from landing.analytics.stays import buffer, storage
from landing.analytics.stays.buffer import WRITE_SECONDS, StayBuffer
from landing.analytics.stays.median import bucket_of
from landing.dates import unix_minute
from landing.tables.stays import StayCount
from tests.live.worker_harness import Clock

NOON = datetime(2026, 1, 31, 12, 3, tzinfo=UTC)
SLOT = unix_minute(NOON.replace(minute=0))


class Table:
    """A table that may be unavailable, and calls ``meanwhile`` during a write."""

    def __init__(self) -> None:
        self.is_unavailable = False
        self.stored: list[dict[storage.Place, int]] = []
        self.during_write: list[int] = []
        self.buffer: StayBuffer | None = None

    async def store(self, stays: Mapping[storage.Place, int]) -> None:
        if self.buffer is not None:
            self.buffer.add(self.during_write)
        if self.is_unavailable:
            raise OperationalError("server closed the connection unexpectedly")
        self.stored.append(dict(stays))


@pytest.fixture
def table(monkeypatch: pytest.MonkeyPatch) -> Table:
    table = Table()
    monkeypatch.setattr(buffer, "_store", table.store)
    return table


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def stays(table: Table, clock: Clock) -> StayBuffer:
    return StayBuffer(lambda: NOON, clock)


async def test_stays_are_written_together_as_counts(
    stays: StayBuffer, table: Table, clock: Clock
) -> None:
    assert stays.due_at() == inf
    stays.add([60_000, 500])
    clock.seconds += 3
    stays.add([60_000])
    assert stays.changed.is_set()
    assert stays.due_at() == clock() - 3 + WRITE_SECONDS

    await stays.write()

    assert table.stored == [{(SLOT, bucket_of(60_000)): 2, (SLOT, bucket_of(500)): 1}]
    assert (stays.waiting, stays.due_at()) == (0, inf)


async def test_stays_wait_while_the_database_is_away(
    stays: StayBuffer, table: Table, clock: Clock
) -> None:
    table.is_unavailable, table.buffer, table.during_write = True, stays, [60_000]
    stays.add([60_000])
    await stays.write()
    assert stays.outage.is_active
    assert stays.due_at() == clock() + WRITE_SECONDS

    table.is_unavailable, table.during_write = False, []
    await stays.write()

    assert not stays.outage.is_active
    assert table.stored == [{(SLOT, bucket_of(60_000)): 2}]


async def test_stays_that_end_during_a_write_are_written_later(
    stays: StayBuffer, table: Table, clock: Clock
) -> None:
    table.buffer, table.during_write = stays, [500]
    stays.add([60_000])
    await stays.write()

    assert stays.waiting == 1
    assert stays.due_at() == clock() + WRITE_SECONDS


def test_a_full_buffer_drops_other_stays_and_counts_them(
    stays: StayBuffer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(buffer, "MAX_WAITING", 1)
    before = dropped("buffer_full")
    stays.add([60_000, 500, 60_000])

    assert stays.waiting == 2
    assert dropped("buffer_full") == before + 1


@pytest.mark.django_db
@pytest.mark.each_database
def test_the_rest_is_stored_at_exit(stays: StayBuffer) -> None:
    stays.add([60_000])
    stays.finish()
    stays.finish()

    assert StayCount.objects.get().stays == 1


def test_stays_that_cannot_be_stored_at_exit_are_counted(
    stays: StayBuffer, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(stays: object) -> None:
        raise OperationalError("connection refused")

    monkeypatch.setattr(storage, "add", fail)
    before = dropped("exit")
    stays.add([60_000, 500])
    stays.finish()

    assert dropped("exit") == before + 2
    assert "2 stays are lost at exit: connection refused" in caplog.text


def dropped(reason: str) -> float:
    return float(buffer.stays_dropped.labels(reason)._value.get())
