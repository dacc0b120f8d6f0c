from __future__ import annotations

from collections.abc import Sequence

import pytest

from landing.analytics.write_buffer.buffer import WriteBuffer
from landing.resilience import outage
from tests.analytics.write_buffer.numbers_table import Clock, Table


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
