from __future__ import annotations

import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import DataError, OperationalError, connection
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from landing.analytics import recording
from landing.analytics.write_buffer import WriteBuffer
from landing.conf import LandingSettings
from landing.dates import utc_now
from landing.resilience import outage
from landing.visitors.identity import Identity
from tests.services.ports import wait_until

pytestmark = pytest.mark.each_database

SMALL = LandingSettings(
    LANDING_ANALYTICS_BATCH_ROWS=3,
    LANDING_ANALYTICS_BATCH_SECONDS=1,
    LANDING_ANALYTICS_BUFFER_ROWS=10,
)
#: For threads that write without waiting for more rows.
QUICK = LandingSettings(
    LANDING_ANALYTICS_BATCH_ROWS=3,
    LANDING_ANALYTICS_BATCH_SECONDS=0.001,
    LANDING_ANALYTICS_BUFFER_ROWS=1000,
)


class Table:
    """A table of numbers that may fail, or refuse some of them."""

    def __init__(self) -> None:
        #: Called first with each batch.
        self.before: Callable[[Sequence[int]], None] = lambda rows: None
        self.rows: list[int] = []
        self.batches: list[int] = []
        self.is_failing = False
        self.refused: set[int] = set()

    def store(self, rows: Sequence[int]) -> int:
        self.before(rows)
        self.batches.append(len(rows))
        if self.is_failing:
            raise OperationalError("the server is gone")
        if self.refused.intersection(rows):
            raise DataError("that does not fit")
        self.rows += rows
        return len(rows)


class Clock:
    def __init__(self) -> None:
        self.seconds = 100.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture(autouse=True)
def _keep_connections(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the buffer from checking a connection that an earlier test left in this thread."""
    monkeypatch.setattr("landing.analytics.write_buffer.close_old_connections", lambda: None)


@pytest.fixture
def table() -> Table:
    return Table()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def writer(table: Table, clock: Clock) -> WriteBuffer[int]:
    return WriteBuffer(table.store, in_background=False, read_settings=lambda: SMALL, clock=clock)


def at_once(low: float, high: float) -> float:
    return 0


def in_background(
    store: Callable[[Sequence[int]], None],
    settings: LandingSettings = QUICK,
    uniform: Callable[[float, float], float] = at_once,
) -> WriteBuffer[int]:
    return WriteBuffer(store, read_settings=lambda: settings, uniform=uniform)


def test_a_row_that_is_held_during_a_flush_is_written_too(
    writer: WriteBuffer[int], table: Table
) -> None:
    held = [3, 2]

    def hold_another(rows: Sequence[int]) -> None:
        if held:
            writer.hold(b"a visitor", held.pop())

    table.before = hold_another
    writer.extend([1])

    assert writer.flush()
    assert table.batches == [1, 1, 1]
    assert table.rows == [1, 2, 3]


# -- when a batch is due


def test_an_empty_buffer_is_never_due(writer: WriteBuffer[int]) -> None:
    assert writer.seconds_until_due() is None
    writer.extend([])
    assert writer.seconds_until_due() is None


def test_a_row_is_due_after_the_batch_interval(writer: WriteBuffer[int], clock: Clock) -> None:
    writer.extend([1])
    clock.seconds += 0.4
    writer.extend([2])
    assert writer.seconds_until_due() == pytest.approx(0.6)
    clock.seconds += 5
    assert writer.seconds_until_due() == 0


def test_a_full_batch_is_due_at_once(writer: WriteBuffer[int]) -> None:
    writer.extend([1, 2])
    assert writer.seconds_until_due() == 1
    writer.extend([3])
    assert writer.seconds_until_due() == 0


def test_after_hurry_a_single_row_is_due_at_once(writer: WriteBuffer[int]) -> None:
    writer.hurry()
    writer.extend([1])
    assert writer.seconds_until_due() == 0


def test_rows_of_a_failed_batch_are_due_at_once(writer: WriteBuffer[int], table: Table) -> None:
    table.is_failing = True
    writer.extend([1])
    writer.flush()
    assert writer.seconds_until_due() == 0


# -- batches and outages


def test_rows_are_written_in_order_and_in_batches(writer: WriteBuffer[int], table: Table) -> None:
    writer.extend(range(4))
    writer.extend(range(4, 8))

    assert writer.flush()
    assert table.rows == list(range(8))
    assert table.batches == [3, 3, 2]
    assert (writer.written_rows, writer.waiting_rows) == (8, 0)


def test_rows_wait_in_order_during_an_outage(
    writer: WriteBuffer[int], table: Table, caplog: pytest.LogCaptureFixture
) -> None:
    table.is_failing = True
    for number in range(5):
        writer.extend([number])
        assert not writer.flush()
    assert (writer.waiting_rows, writer.failed_batches) == (5, 5)

    table.is_failing = False
    assert writer.flush()
    assert table.rows == list(range(5))
    assert [each.partition(" after ")[0] for each in caplog.messages] == [
        "Writing rows failed; they wait in memory: OperationalError: the server is gone",
        "Writing rows works again",
    ]


def test_a_database_that_fails_again_and_again_is_three_lines(
    writer: WriteBuffer[int],
    table: Table,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(outage, "FLAPPING_SECONDS", 60)
    for number in range(10):
        table.is_failing = True
        writer.extend([number])
        assert not writer.flush()
        table.is_failing = False
        assert writer.flush()
    assert table.rows == list(range(10))
    assert [record.levelname for record in caplog.records] == ["ERROR", "WARNING", "ERROR"]


def test_over_the_limit_the_oldest_rows_are_dropped_counted_and_logged_once(
    writer: WriteBuffer[int], table: Table, caplog: pytest.LogCaptureFixture
) -> None:
    for number in range(25):
        writer.extend([number])
    assert caplog.messages == ["The write buffer is full with 10 rows; its oldest rows are dropped"]
    assert (writer.waiting_rows, writer.dropped_rows) == (10, 15)

    writer.flush()
    assert table.rows == list(range(15, 25))
    writer.extend(range(11))
    assert (writer.dropped_rows, len(caplog.messages)) == (16, 2)


def test_a_buffer_near_its_limit_is_logged_once(
    writer: WriteBuffer[int], table: Table, caplog: pytest.LogCaptureFixture
) -> None:
    def fail_after_one(rows: Sequence[int]) -> None:
        table.is_failing = len(table.batches) % 2 == 1

    table.before = fail_after_one
    for _ in range(4):
        writer.extend(range(11))
        writer.flush()

    dropped = [message for message in caplog.messages if "oldest rows are dropped" in message]
    assert (len(dropped), table.batches) == (1, [3] * 8)


def test_rows_that_arrive_during_a_failing_batch_stay_behind_it(
    writer: WriteBuffer[int], table: Table
) -> None:
    writer.extend([1, 2, 3, 4])
    table.is_failing = True
    table.before = lambda rows: writer.extend(range(10, 18))
    assert not writer.flush()
    assert (writer.waiting_rows, writer.dropped_rows) == (10, 2)

    table.is_failing = False
    table.before = lambda rows: None
    writer.flush()
    assert table.rows == [3, 4, *range(10, 18)]


@pytest.mark.parametrize("refused", [{0}, {4}, {9}, {0, 1}, {2, 7}, set(range(10))])
def test_only_the_refused_rows_are_dropped(
    refused: set[int], writer: WriteBuffer[int], table: Table
) -> None:
    table.refused = refused
    writer.extend(range(10))

    assert writer.flush()
    assert table.rows == [number for number in range(10) if number not in refused]
    assert (writer.dropped_rows, writer.written_rows) == (len(refused), 10 - len(refused))


def test_after_a_refused_row_batches_grow_to_full_size(
    writer: WriteBuffer[int], table: Table, caplog: pytest.LogCaptureFixture
) -> None:
    table.refused = {0}
    writer.extend(range(10))
    writer.flush()

    assert table.batches == [3, 1, 1, 2, 3, 3]
    assert [each.partition(" after ")[0] for each in caplog.messages] == [
        "Storing one row failed; it is dropped: DataError: that does not fit",
        "Storing one row works again",
    ]


def test_an_outage_during_the_isolation_of_a_row_drops_no_other_row(
    writer: WriteBuffer[int], table: Table
) -> None:
    table.refused = {1}
    writer.extend(range(6))

    def fail_on_the_fourth(rows: Sequence[int]) -> None:
        table.is_failing = len(table.batches) == 3

    table.before = fail_on_the_fourth
    assert not writer.flush()
    assert writer.flush()
    assert table.rows == [0, 2, 3, 4, 5]
    assert writer.dropped_rows == 1


# -- the thread


def test_the_thread_writes_all_rows(table: Table) -> None:
    writer = in_background(table.store)
    for number in range(10):
        writer.extend([number])

    wait_until(lambda: writer.waiting_rows == 0, "all rows are written")
    assert table.rows == list(range(10))


def test_the_thread_waits_for_a_full_batch(table: Table) -> None:
    patient = LandingSettings(LANDING_ANALYTICS_BATCH_ROWS=3, LANDING_ANALYTICS_BATCH_SECONDS=3600)
    writer = in_background(table.store, patient)
    for number in range(8):
        writer.extend([number])
        wait_until(lambda: writer.waiting_rows < 3, "a full batch is written")

    assert (table.batches, writer.waiting_rows) == ([3, 3], 2)
    writer.hurry()
    wait_until(lambda: writer.waiting_rows == 0, "the rest is written")
    assert table.batches == [3, 3, 2]


def test_rows_of_many_threads_are_written_once_in_the_order_of_each_thread(table: Table) -> None:
    writer = in_background(table.store)

    def extend(thread: int) -> None:
        for number in range(100):
            writer.extend([1000 * thread + number])

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(extend, range(8)))
    writer.finish()

    assert len(table.rows) == 800
    for thread in range(8):
        mine = [row for row in table.rows if row // 1000 == thread]
        assert mine == [1000 * thread + number for number in range(100)]


def test_extend_does_not_wait_for_a_running_batch() -> None:
    started, end = threading.Event(), threading.Event()

    def hang(rows: Sequence[int]) -> int:
        started.set()
        assert end.wait(30)
        return len(rows)

    writer = in_background(hang)
    writer.extend([1])
    assert started.wait(30)
    writer.extend([2, 3])
    assert writer.waiting_rows == 3
    end.set()
    writer.finish()
    assert writer.written_rows == 3


def test_repeated_failures_increase_the_backoff_up_to_its_limit(table: Table) -> None:
    pauses: list[tuple[float, float]] = []

    def record_pause(low: float, high: float) -> float:
        pauses.append((low, high))
        table.is_failing = len(pauses) not in (5, 6)
        return 0

    table.is_failing = True
    writer = in_background(table.store, uniform=record_pause)
    writer.extend([1])
    wait_until(lambda: writer.waiting_rows == 0, "the row is written")
    assert pauses == [(0.05, 0.1), (0.1, 0.2), (0.2, 0.4), (0.25, 0.5), (0.25, 0.5)]

    table.is_failing = True
    writer.extend([2])
    wait_until(lambda: writer.waiting_rows == 0, "the next row is written")
    assert pauses[5:] == [(0.05, 0.1)]


def test_the_thread_survives_any_error(table: Table) -> None:
    def break_once(rows: Sequence[int]) -> None:
        table.before = lambda rows: None
        raise AttributeError("a bug in a driver")

    table.before = break_once
    writer = in_background(table.store)
    writer.extend([1])

    wait_until(lambda: table.rows == [1], "the row is written")


@pytest.mark.django_db(transaction=True)
def test_with_debug_the_thread_does_not_accumulate_queries(settings: Any) -> None:
    query_counts: list[int] = []

    def query(rows: Sequence[int]) -> int:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        query_counts.append(len(connection.queries_log))
        connection.close()
        return len(rows)

    settings.DEBUG = True
    writer = in_background(query)
    for number in range(3):
        writer.extend([number])
        wait_until(lambda: writer.waiting_rows == 0, "the row is written")
    assert len(set(query_counts)) == 1


def test_a_forked_process_writes_only_its_own_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    reading, writing = os.pipe()
    os.set_blocking(reading, False)

    def write(rows: Sequence[Any]) -> int:
        os.write(writing, b"".join(row.visitor for row in rows))
        return len(rows)

    patient = LandingSettings(LANDING_ANALYTICS_BATCH_SECONDS=3600)
    writer = WriteBuffer(write, read_settings=lambda: patient)
    monkeypatch.setattr(recording, "writer", writer)
    recording.record_dwell([Identity(b"the parent's row")], utc_now())
    child = os.fork()
    if child == 0:
        signal.alarm(30)
        recording.record_dwell([Identity(b"the child's row.")], utc_now())
        recording.writer.finish()
        os._exit(0)
    assert os.waitpid(child, 0) == (child, 0), "the child exits without an error"

    assert os.read(reading, 100) == b"the child's row."
    assert writer.waiting_rows == 1
    writer.finish()
    assert os.read(reading, 100) == b"the parent's row"
    os.close(reading)
    os.close(writing)


# -- exit


def test_finish_writes_the_waiting_rows(table: Table, caplog: pytest.LogCaptureFixture) -> None:
    writer = in_background(table.store, LandingSettings(LANDING_ANALYTICS_BATCH_SECONDS=3600))
    writer.extend([1, 2])

    writer.finish()
    assert table.rows == [1, 2]
    assert caplog.messages == []


def test_finish_logs_the_count_of_lost_rows(table: Table, caplog: pytest.LogCaptureFixture) -> None:
    table.is_failing = True
    writer = in_background(table.store, uniform=lambda low, high: 0.01)
    writer.extend([1, 2])

    writer.finish(timeout_seconds=0.1)
    assert caplog.messages[-1] == "2 rows are lost: the process exits before they are written"
    table.is_failing = False
    wait_until(lambda: writer.waiting_rows == 0, "all rows are written")


def test_rows_that_arrive_after_finish_are_written(
    table: Table,
) -> None:
    writer = in_background(table.store, LandingSettings(LANDING_ANALYTICS_BATCH_SECONDS=3600))
    writer.extend([1])
    writer.finish()
    writer.extend([2])

    wait_until(lambda: table.rows == [1, 2], "the late row is written")


def test_if_no_thread_can_start_finish_writes_the_rows(
    table: Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(thread: threading.Thread) -> None:
        raise RuntimeError("can't create new thread at interpreter shutdown")

    monkeypatch.setattr(threading.Thread, "start", fail)
    writer = in_background(table.store)
    writer.extend([1, 2])
    assert table.rows == []

    writer.finish()
    assert table.rows == [1, 2]


def test_finish_without_rows_does_nothing(table: Table) -> None:
    in_background(table.store).finish()

    assert table.batches == []


# -- random histories


class Histories(RuleBasedStateMachine):
    """Compare the buffer with a bounded list, while the database fails and recovers.

    ``store`` checks that each batch holds the oldest rows of the model.
    """

    def __init__(self) -> None:
        super().__init__()
        self.writer: WriteBuffer[int] = WriteBuffer(
            self.store, in_background=False, read_settings=lambda: SMALL
        )
        self.is_failing = False
        self.rows_during_batch = 0
        self.next = 0
        self.model: deque[int] = deque()
        self.stored: list[int] = []
        self.lost: list[int] = []

    def store(self, rows: Sequence[int]) -> int:
        assert list(rows) == list(self.model)[: len(rows)]
        assert 0 < len(rows) <= SMALL.LANDING_ANALYTICS_BATCH_ROWS
        refuses = any(row % 7 == 6 for row in rows)
        fails = self.is_failing or refuses
        if not fails or (len(rows) == 1 and not self.is_failing):
            gone = [self.model.popleft() for _ in rows]
            (self.lost if refuses else self.stored).extend(gone)
        count, self.rows_during_batch = self.rows_during_batch, 0
        self.extend(count)
        if self.is_failing:
            raise OperationalError("the server is gone")
        if refuses:
            raise DataError("row % 7 is 6")
        return len(rows)

    @rule(count=st.integers(0, 14))
    def extend(self, count: int) -> None:
        rows = range(self.next, self.next + count)
        self.next += count
        self.model.extend(rows)
        while len(self.model) > SMALL.LANDING_ANALYTICS_BUFFER_ROWS:
            self.lost.append(self.model.popleft())
        self.writer.extend(rows)

    @rule(count=st.integers(1, 14))
    def extend_during_the_next_batch(self, count: int) -> None:
        self.rows_during_batch = count

    @rule()
    def start_outage(self) -> None:
        self.is_failing = True

    @rule()
    def end_outage(self) -> None:
        self.is_failing = False

    @rule()
    def flush(self) -> None:
        assert self.writer.flush() != (self.is_failing and bool(self.model))
        assert self.is_failing or not self.model

    @invariant()
    def check_that_every_row_is_stored_waiting_or_dropped(self) -> None:
        assert self.writer.waiting_rows == len(self.model)
        assert self.writer.written_rows == len(self.stored)
        assert self.writer.dropped_rows == len(self.lost)
        assert sorted([*self.stored, *self.model, *self.lost]) == list(range(self.next))
        assert self.stored == sorted(self.stored)


TestHistories = Histories.TestCase
TestHistories.settings = hypothesis_settings(max_examples=100, stateful_step_count=30)
