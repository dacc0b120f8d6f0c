"""The thread of the write buffer, and the rows that wait when the process exits."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection

from landing.analytics import recording
from landing.analytics.write_buffer.buffer import WriteBuffer
from landing.conf import LandingSettings
from landing.dates import utc_now
from landing.visitors.identity import Identity
from tests.analytics.write_buffer.numbers_table import Table, in_background
from tests.services.ports import wait_until

pytestmark = pytest.mark.each_database


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


def test_held_rows_fill_a_batch_when_their_time_is_over(
    table: Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("landing.analytics.write_buffer.held_rows.HOLD_SECONDS", 0.1)
    patient = LandingSettings(LANDING_ANALYTICS_BATCH_ROWS=3, LANDING_ANALYTICS_BATCH_SECONDS=3600)
    writer = in_background(table.store, patient)
    for number in range(8):
        writer.hold(bytes([number]), number)

    wait_until(lambda: writer.waiting_rows == 2, "two full batches are written")
    assert table.batches == [3, 3]
    writer.hurry()
    wait_until(lambda: writer.waiting_rows == 0, "the rest is written")


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
