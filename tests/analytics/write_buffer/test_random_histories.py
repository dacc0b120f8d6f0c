from __future__ import annotations

from collections import deque
from collections.abc import Sequence

from django.db import DataError, OperationalError
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from landing.analytics.write_buffer.buffer import WriteBuffer
from tests.analytics.write_buffer.numbers_table import SMALL


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
