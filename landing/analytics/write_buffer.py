"""Rows on their way into a table: gathered, written in batches, kept while it is away.

Owns when rows are written, in what order, and which are lost when. What a row is and how
it is stored is told by whoever makes a :class:`WriteBuffer`.

Each row is written *at least once*: a batch that was committed, and whose answer was lost
with the connection, is written again.
"""

from __future__ import annotations

import logging
import random
import time
from collections import deque
from collections.abc import Callable, Collection, Sequence
from threading import Condition, Lock, Thread
from typing import Generic, TypeVar

from django.db import DataError, IntegrityError, close_old_connections, reset_queries

from .. import conf
from ..conf import LandingSettings
from ..resilience.backoff import Backoff
from ..resilience.outage import Outage

logger = logging.getLogger(__name__)

#: What is raised over what a row contains; all else may be over at the next try.
REFUSALS = (DataError, IntegrityError, ValueError, TypeError, OverflowError)
#: How long a process that ends waits for its rows to be written.
FINISH_SECONDS = 5.0

Row = TypeVar("Row")


class WriteBuffer(Generic[Row]):
    """A bounded buffer, and the thread that empties it, started at the first row.

    ``store`` writes rows or raises, and then has written none of them. Whatever
    it raises over their content (:data:`REFUSALS`) costs the row at fault; anything else
    is taken for a database that is away, and the rows wait. Every method may be
    called in any thread.
    """

    def __init__(
        self,
        store: Callable[[Sequence[Row]], None],
        *,
        in_background: bool = True,
        tunables: Callable[[], LandingSettings] = conf.read,
        clock: Callable[[], float] = time.monotonic,
        uniform: Callable[[float, float], float] = random.uniform,
    ) -> None:
        """``in_background``: without it nothing is written but by :meth:`flush`."""
        self._store = store
        self._in_background = in_background
        self._tunables = tunables
        self._clock = clock
        self._backoff = Backoff(uniform)
        self._away = Outage(logger, "Writing rows", "they wait")
        self._refusing = Outage(logger, "Storing one row", "it is dropped")
        self.forget()

    def forget(self) -> None:
        """As if no row had come yet, and no thread had started: what a forked child does."""
        self.written_rows = self.dropped_rows = self.failed_batches = 0
        self._rows: deque[Row] = deque()
        #: those that are being written now
        self._taken_rows = 0
        #: when the oldest row has waited long enough
        self._due_at = 0.0
        #: fewer than a batch while the row that was refused is looked for
        self._most_rows = self._tunables().LANDING_ANALYTICS_BATCH_ROWS
        self._is_full = self._is_hurrying = False
        self._thread: Thread | None = None
        self._changed = Condition()
        self._writing = Lock()

    @property
    def waiting_rows(self) -> int:
        """Those that are not written yet."""
        return len(self._rows) + self._taken_rows

    @property
    def is_away(self) -> bool:
        """Whether the last batch could not be written."""
        return self._away.is_active

    def extend(self, rows: Collection[Row]) -> None:
        """Have these rows written soon. Never waits for the database."""
        tunables = self._tunables()
        with self._changed:
            before = len(self._rows)
            if not before:
                self._due_at = self._clock() + tunables.LANDING_ANALYTICS_BATCH_SECONDS
            self._rows.extend(rows)
            self._drop_oldest(tunables.LANDING_ANALYTICS_BUFFER_ROWS)
            if not before or before < tunables.LANDING_ANALYTICS_BATCH_ROWS <= len(self._rows):
                self._changed.notify_all()
            self._ensure_running()

    def seconds_until_due(self) -> float | None:
        """When the next batch is to be written; 0 is now, None is never: nothing waits."""
        if not self._rows:
            return None
        if self._is_hurrying or len(self._rows) >= self._tunables().LANDING_ANALYTICS_BATCH_ROWS:
            return 0
        return max(0, self._due_at - self._clock())

    def flush(self) -> bool:
        """Write all rows in the caller's thread; False if the database is away and some wait."""
        while self._rows:
            if not self._write_batch():
                return False
        return True

    def hurry(self) -> None:
        """From now on write at once: the process is about to end. Returns at once, too."""
        with self._changed:
            self._is_hurrying = True
            self._changed.notify_all()

    def finish(self, within_seconds: float = FINISH_SECONDS) -> None:
        """Write all rows before the process ends; logs how many could not be written.

        Rows that come later are still written, as long as the interpreter lives.
        """
        self.hurry()
        if self._is_running():
            with self._changed:
                self._changed.wait_for(lambda: not self.waiting_rows, within_seconds)
        else:
            self.flush()
        if self.waiting_rows:
            logger.error(
                "%d rows are lost: this process ends and cannot write them", self.waiting_rows
            )

    # -- the buffer

    def _drop_oldest(self, bound: int) -> None:
        excess = len(self._rows) - bound
        if excess <= 0:
            return
        for _ in range(excess):
            self._rows.popleft()
        self.dropped_rows += excess
        if not self._is_full:
            self._is_full = True
            logger.error("%d rows wait to be written: the oldest are dropped", len(self._rows))

    def _take(self) -> list[Row]:
        with self._changed:
            wanted = min(
                self._most_rows, self._tunables().LANDING_ANALYTICS_BATCH_ROWS, len(self._rows)
            )
            self._taken_rows = wanted
            return [self._rows.popleft() for _ in range(wanted)]

    def _put_back(self, rows: Sequence[Row]) -> None:
        with self._changed:
            self._taken_rows = 0
            self._rows.extendleft(reversed(rows))
            self._due_at = self._clock()
            self._drop_oldest(self._tunables().LANDING_ANALYTICS_BUFFER_ROWS)

    # -- writing

    def _write_batch(self) -> bool:
        """False if the database is away: the rows wait, in their order."""
        with self._writing:
            rows = self._take()
            try:
                self._store(rows)
            except REFUSALS as error:
                self._refused(rows, error)
            except Exception as error:  # noqa: BLE001  a thread that ended would lose rows
                self._failed(rows, error)
                return False
            else:
                self._wrote(rows)
            return True

    def _wrote(self, rows: Sequence[Row]) -> None:
        with self._changed:
            self.written_rows += len(rows)
            self._taken_rows = 0
            self._is_full &= 2 * len(self._rows) > self._tunables().LANDING_ANALYTICS_BUFFER_ROWS
            self._changed.notify_all()
        if self._most_rows >= self._tunables().LANDING_ANALYTICS_BATCH_ROWS:
            self._refusing.record_success()
        self._most_rows = min(2 * self._most_rows, self._tunables().LANDING_ANALYTICS_BATCH_ROWS)
        self._recovered()

    def _refused(self, rows: Sequence[Row], error: Exception) -> None:
        """Look for the row at fault in ever smaller batches; alone, it is dropped."""
        self._recovered()
        self._most_rows = max(1, len(rows) // 2)
        if len(rows) > 1:
            self._put_back(rows)
            return
        self._refusing.record_failure(error)
        with self._changed:
            self.dropped_rows += 1
            self._taken_rows = 0
            self._changed.notify_all()

    def _failed(self, rows: Sequence[Row], error: Exception) -> None:
        self.failed_batches += 1
        self._put_back(rows)
        self._away.record_failure(error)
        close_old_connections()

    def _recovered(self) -> None:
        self._away.record_success()
        self._backoff.reset()

    # -- the thread

    def _is_running(self) -> bool:
        return self._thread is not None and self._thread.is_alive()

    def _ensure_running(self) -> None:
        if not self._in_background or self._is_running():
            return
        self._thread = Thread(target=self._run, name="row-writer", daemon=True)
        try:
            self._thread.start()
        except RuntimeError as error:  # no more threads, as when the interpreter ends
            self._thread = None
            self._away.record_failure(error)

    def _run(self) -> None:
        while True:
            self._wait_until_due()
            if not self._write_batch():
                self._pause()
            # With DEBUG a thread remembers its queries until it is told not to.
            reset_queries()

    def _wait_until_due(self) -> None:
        with self._changed:
            while (seconds := self.seconds_until_due()) != 0:
                self._changed.wait(seconds)

    def _pause(self) -> None:
        """Until it is worth another try; :meth:`hurry` ends it early."""
        with self._changed:
            self._changed.wait(self._backoff.next_seconds())
