"""Relays aggregates from the analytics table to the presence backend."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from ...resilience.counted_log import CountedLog
from ..current_snapshot import SourcedSnapshot
from ..presence.aggregates import Aggregates
from ..presence.contract import Answer, Report, Snapshot

logger = logging.getLogger(__name__)

#: Reads the analytics table, given the current snapshot; None if the table cannot be read.
ReadAggregates = Callable[[SourcedSnapshot | None], Awaitable[Aggregates | None]]


class AggregatesRelay:
    """Reads aggregates when granted and keeps them until a report has delivered them.

    ``read`` is None in a worker that never reads. ``on_read`` is called after each read
    that returned aggregates.
    """

    def __init__(self, read: ReadAggregates | None, on_read: Callable[[], None]) -> None:
        #: for the next report
        self.pending: Aggregates | None = None
        self._read = read
        self._on_read = on_read
        self._log = CountedLog(logger)
        self._reading: asyncio.Task[None] | None = None

    def start_read(self, current: SourcedSnapshot | None) -> None:
        """Start a read in the background, unless one is in progress."""
        if self._read is None or (self._reading is not None and not self._reading.done()):
            return
        self._reading = asyncio.ensure_future(self._run(self._read, current))

    async def wait(self) -> bool:
        """Wait for the read in progress; return whether there is something to report."""
        if self._reading is not None:
            await asyncio.wait([self._reading])
        return self.pending is not None

    def cancel(self) -> None:
        """Cancel the read in progress."""
        if self._reading is not None:
            self._reading.cancel()

    def differs_from(self, snapshot: Snapshot | None) -> bool:
        """Whether new values wait; values that are only newer wait for the heartbeat."""
        if self.pending is None:
            return False
        return snapshot is None or self.pending.figures != snapshot.figures

    def acknowledge(self, report: Report, answer: Answer) -> None:
        """Forget what the answered report has delivered."""
        if report.aggregates == self.pending and not answer.lease.resync:
            self.pending = None

    def restore(self, snapshot: Snapshot) -> None:
        """Report the last known aggregates to a new epoch, which does not know them."""
        self.pending = self.pending or snapshot.aggregates

    async def _run(self, read: ReadAggregates, current: SourcedSnapshot | None) -> None:
        try:
            aggregates = await read(current)
        except Exception as error:  # noqa: BLE001  the next grant tries again
            self._log.report(error, "Could not read the analytics aggregates")
        else:
            if aggregates is not None:
                self.pending = aggregates
                self._on_read()
