"""Buffer rows in memory and write them to the database in batches, from a thread.

Each row is written *at least once*: if the connection fails after a commit, the batch is
written again. :mod:`landing.analytics.recording` creates the buffer of analytics rows.
"""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Callable, Collection, Sequence
from threading import Condition, Lock, Thread
from typing import Generic

from django.db import DataError, IntegrityError, close_old_connections, reset_queries

from ... import conf
from ...conf import LandingSettings
from ...resilience import errors
from ...resilience.backoff import Backoff
from ...resilience.outage import Outage
from .held_rows import Row
from .row_queue import RowQueue, Store

logger = logging.getLogger(__name__)

#: Errors about the content of a row. After any other error, a later attempt may succeed.
REFUSALS = (DataError, IntegrityError, ValueError, TypeError, OverflowError)
#: How long an exiting process waits until its rows are written.
FINISH_SECONDS = 5.0


class _BatchWriter(Generic[Row]):
    """Writes one batch of the queue at a time and handles its errors.

    ``changed`` guards the queue and notifies of its changes.
    """

    def __init__(self, store: Store[Row], queue: RowQueue[Row], changed: Condition) -> None:
        self.failed_batches = 0
        failed = errors.database.labels("write_rows")
        self.outage = Outage(logger, "Writing rows", "they wait in memory", errors=failed)
        self._refusals = Outage(logger, "Storing one row", "it is dropped")
        self._store = store
        self._queue = queue
        self._changed = changed
        #: Held during a batch, so that batches keep their order.
        self._writing = Lock()

    def write(self) -> bool:
        """Write the oldest rows; return False if the database fails and they wait."""
        with self._writing:
            with self._changed:
                rows = self._queue.take()
            try:
                stored_rows = self._store(rows)
            except REFUSALS as error:
                self._handle_refusal(rows, error)
            except Exception as error:  # noqa: BLE001  the thread must survive every error
                self._handle_failure(rows, error)
                return False
            else:
                self._handle_success(stored_rows)
            return True

    def _handle_success(self, stored_rows: int) -> None:
        with self._changed:
            was_isolating = self._queue.is_isolating
            self._queue.confirm(stored_rows)
            self._changed.notify_all()
        if not was_isolating:
            self._refusals.record_success()
        self.outage.record_success()

    def _handle_refusal(self, rows: Sequence[Row], error: Exception) -> None:
        self.outage.record_success()
        with self._changed:
            was_dropped = self._queue.refuse(rows)
            self._changed.notify_all()
        if was_dropped:
            self._refusals.record_failure(error)

    def _handle_failure(self, rows: Sequence[Row], error: Exception) -> None:
        self.failed_batches += 1
        with self._changed:
            self._queue.put_back(rows)
        self.outage.record_failure(error)
        close_old_connections()


class _Figures(Generic[Row]):
    """The figures of a write buffer."""

    _queue: RowQueue[Row]
    _batches: _BatchWriter[Row]

    @property
    def waiting_rows(self) -> int:
        return self._queue.waiting_rows

    @property
    def written_rows(self) -> int:
        return self._queue.written_rows

    @property
    def dropped_rows(self) -> int:
        """Count the rows lost: over the limit, or refused by the database."""
        return self._queue.dropped_rows

    @property
    def failed_batches(self) -> int:
        return self._batches.failed_batches

    @property
    def is_failing(self) -> bool:
        """Whether the database did not accept the last batch."""
        return self._batches.outage.is_active


class WriteBuffer(_Figures[Row]):
    """A bounded queue of rows, and the thread that writes them. All methods are thread-safe.

    ``store`` writes a batch and returns how many rows are new in the database, or raises and
    writes nothing. After one of :data:`REFUSALS`, the buffer isolates and drops the invalid row.
    After any other error, all rows wait. The thread starts with the first row.
    """

    def __init__(
        self,
        store: Store[Row],
        *,
        in_background: bool = True,
        read_settings: Callable[[], LandingSettings] = conf.read,
        clock: Callable[[], float] = time.monotonic,
        uniform: Callable[[float, float], float] = random.uniform,
    ) -> None:
        """Create an empty buffer; with ``in_background=False``, only :meth:`flush` writes."""
        self._store = store
        self._in_background = in_background
        self._read_settings = read_settings
        self._clock = clock
        self._backoff = Backoff(uniform)
        self.reset()

    def reset(self) -> None:
        """Discard all rows and counts without a thread, for a forked child process."""
        self._changed = Condition()
        self._queue = RowQueue(self._read_settings, self._clock)
        self._batches = _BatchWriter(self._store, self._queue, self._changed)
        self._thread: Thread | None = None

    def extend(self, rows: Collection[Row]) -> None:
        """Append rows to be written soon, without waiting for the database."""
        self._add(lambda: self._queue.extend(rows))

    def hold(self, key: bytes, row: Row) -> None:
        """Hold a row that may still change, for :data:`~.held_rows.HOLD_SECONDS` at most."""
        self._add(lambda: self._queue.hold(key, row))

    def _add(self, add: Callable[[], bool]) -> None:
        with self._changed:
            if add():
                self._changed.notify_all()
            self._ensure_running()

    @property
    def held_keys(self) -> Collection[bytes]:
        return self._queue.held.keys()

    def change_held(self, key: bytes, change: Callable[[Row], Row]) -> None:
        """Change a held row, which stays held."""
        with self._changed:
            self._queue.held.change(key, change)

    def confirm(self, key: bytes, change: Callable[[Row], Row]) -> bool:
        """Append a held row, changed; return False if none is held."""
        with self._changed:
            row = self._queue.held.pop(key)
        if row is not None:
            self.extend([change(row)])
        return row is not None

    def discard(self, is_unwanted: Callable[[Row], bool]) -> None:
        """Remove the rows that wait and are unwanted."""
        with self._changed:
            self._queue.discard(is_unwanted)

    def seconds_until_due(self) -> float | None:
        """Return the time until the next batch is due, or None while no row waits."""
        return self._queue.seconds_until_due()

    def flush(self) -> bool:
        """Write all rows in this thread; return False if the database fails and rows wait."""
        while True:
            with self._changed:
                self._queue.release(only_due=False)
            if not self._queue or not self._batches.write():
                return not self._queue

    def hurry(self) -> None:
        """Write all rows at once from now on, because the process is about to exit."""
        with self._changed:
            self._queue.hurry()
            self._changed.notify_all()

    def finish(self, timeout_seconds: float = FINISH_SECONDS) -> None:
        """Write all rows before the process exits, and log the count of those that fail.

        Rows that arrive later are still written while the interpreter runs.
        """
        self.hurry()
        if self._is_running():
            with self._changed:
                self._changed.wait_for(lambda: not self.waiting_rows, timeout_seconds)
        else:
            self.flush()
        if self.waiting_rows:
            lost = "%d rows are lost: the process exits before they are written"
            logger.error(lost, self.waiting_rows)

    def _is_running(self) -> bool:
        return self._thread is not None and self._thread.is_alive()

    def _ensure_running(self) -> None:
        if not self._in_background or self._is_running():
            return
        self._thread = Thread(target=self._run, name="write-buffer", daemon=True)
        try:
            self._thread.start()
        except RuntimeError as error:  # no thread can start at interpreter exit
            self._thread = None
            self._batches.outage.record_failure(error)

    def _run(self) -> None:
        while True:
            self._wait_until_due()
            if self._batches.write():
                self._backoff.reset()
            else:
                with self._changed:  # hurry() ends the pause early
                    self._changed.wait(self._backoff.next_seconds())
            # With DEBUG on, Django stores every query of a thread until this call.
            reset_queries()

    def _wait_until_due(self) -> None:
        with self._changed:
            while (seconds := self.seconds_until_due()) != 0:
                self._changed.wait(seconds)
