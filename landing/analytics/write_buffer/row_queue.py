"""The queue of rows that wait for a batch: their order, limits, and counts."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Collection, Sequence
from math import inf
from typing import Generic

from ...conf import LandingSettings
from .held_rows import HeldRows, Row

logger = logging.getLogger(__name__)

#: Writes a batch; see :class:`landing.analytics.write_buffer.buffer.WriteBuffer`.
Store = Callable[[Sequence[Row]], int]


class RowQueue(Generic[Row]):
    """A bounded queue from which rows are taken in batches.

    It does no I/O and has no locks: :class:`landing.analytics.write_buffer.buffer.WriteBuffer`
    synchronizes the calls. At most one batch is taken at a time, and it ends in
    :meth:`confirm`, :meth:`put_back`, or :meth:`refuse`.
    """

    def __init__(
        self, read_settings: Callable[[], LandingSettings], clock: Callable[[], float]
    ) -> None:
        self.written_rows = self.dropped_rows = 0
        self._read_settings = read_settings
        self._clock = clock
        self._rows: deque[Row] = deque()
        self.held: HeldRows[Row] = HeldRows(clock)
        #: Count of the rows in the batch that is being written.
        self._taken_rows = 0
        #: When the oldest row must be written.
        self._due_at = 0.0
        #: Rows per batch; below the setting while an invalid row is being isolated.
        self._batch_limit = read_settings().LANDING_ANALYTICS_BATCH_ROWS
        self._is_full = False
        self._is_hurrying = False

    def __len__(self) -> int:
        """Count the waiting and the held rows without the batch that is being written."""
        return len(self._rows) + len(self.held)

    @property
    def waiting_rows(self) -> int:
        """Count the rows that are not written yet."""
        return len(self) + self._taken_rows

    @property
    def is_isolating(self) -> bool:
        """Whether batches are small because the database refused a row."""
        return self._batch_limit < self._read_settings().LANDING_ANALYTICS_BATCH_ROWS

    def extend(self, rows: Collection[Row]) -> bool:
        """Append the rows; return True if the due time changed and the writer must wake."""
        waiting, total = len(self._rows), len(self)
        if rows and not waiting:
            seconds = self._read_settings().LANDING_ANALYTICS_BATCH_SECONDS
            self._due_at = self._clock() + seconds
        self._rows.extend(rows)
        self._drop_excess()
        if not waiting:
            return bool(rows)
        return self._fills_batch(waiting, len(self._rows)) or self._fills_batch(total, len(self))

    def hold(self, key: bytes, row: Row) -> bool:
        """Hold the row for a while; return True if the due time changed."""
        total = len(self)
        released = self.held.add(key, row)
        if released is not None:
            return self.extend([released])
        return len(self.held) == 1 or self._fills_batch(total, len(self))

    def discard(self, is_unwanted: Callable[[Row], bool]) -> None:
        """Remove the waiting and held rows that are unwanted."""
        self._rows = deque(row for row in self._rows if not is_unwanted(row))
        self.held.discard(is_unwanted)

    def release(self, *, only_due: bool = True) -> None:
        """Let held rows wait for their batch: those whose time is over, or all."""
        now = self._clock() if only_due and not self._is_hurrying else inf
        self.extend(list(self.held.pop_due(now)))

    def hurry(self) -> None:
        """Make all rows due at once, also later ones."""
        self._is_hurrying = True

    def seconds_until_due(self) -> float | None:
        """Return the time until the next batch is due, or None while no row waits."""
        if not self:
            return None
        settings = self._read_settings()
        missing_rows = settings.LANDING_ANALYTICS_BATCH_ROWS - len(self._rows)
        if self._is_hurrying or missing_rows <= 0:
            return 0
        due_at = [self._due_at] if self._rows else []
        if (released_at := self.held.due_at()) is not None:
            # Rows that are held until about the same time are one batch.
            due_at.append(released_at + settings.LANDING_ANALYTICS_BATCH_SECONDS)
        if (full_at := self.held.due_at(missing_rows - 1)) is not None:
            due_at.append(full_at)
        return max(0, min(due_at) - self._clock())

    def take(self) -> list[Row]:
        """Remove and return the oldest rows, at most one batch."""
        self.release()
        limit = min(self._batch_limit, self._read_settings().LANDING_ANALYTICS_BATCH_ROWS)
        self._taken_rows = min(limit, len(self._rows))
        return [self._rows.popleft() for _ in range(self._taken_rows)]

    def confirm(self, written_rows: int) -> None:
        """Forget the taken rows, some of which are written, and double the batch limit."""
        settings = self._read_settings()
        self.written_rows += written_rows
        self._taken_rows = 0
        # The next warning waits until the buffer was half empty.
        self._is_full &= 2 * len(self._rows) > settings.LANDING_ANALYTICS_BUFFER_ROWS
        self._batch_limit = min(2 * self._batch_limit, settings.LANDING_ANALYTICS_BATCH_ROWS)

    def put_back(self, rows: Sequence[Row]) -> None:
        """Return the taken rows to the front of the queue, due at once."""
        self._taken_rows = 0
        self._rows.extendleft(reversed(rows))
        self._due_at = self._clock()
        self._drop_excess()

    def refuse(self, rows: Sequence[Row]) -> bool:
        """Isolate the invalid row in smaller batches; return True if a single row was dropped."""
        self._batch_limit = max(1, len(rows) // 2)
        if len(rows) > 1:
            self.put_back(rows)
            return False
        self._taken_rows = 0
        self.dropped_rows += 1
        return True

    def _fills_batch(self, before: int, after: int) -> bool:
        return before < self._read_settings().LANDING_ANALYTICS_BATCH_ROWS <= after

    def _drop_excess(self) -> None:
        excess = len(self._rows) - self._read_settings().LANDING_ANALYTICS_BUFFER_ROWS
        if excess <= 0:
            return
        for _ in range(excess):
            self._rows.popleft()
        self.dropped_rows += excess
        if not self._is_full:
            self._is_full = True
            logger.error(
                "The write buffer is full with %d rows; its oldest rows are dropped",
                len(self._rows),
            )
