"""The sync loop: report changes to the presence backend and act on its answers."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable, Iterable, Sequence

from ...conf import LandingSettings
from ...limits import hits
from ...limits.hits import Limit
from ...resilience.counted_log import CountedLog
from ...resilience.outage import Outage
from ...resilience.shared_wait import SharedWait
from ..current_snapshot import CurrentSnapshot
from ..presence.contract import Answer, Key, PresenceBackend, PresenceError, Report, Snapshot
from ..presence.round_trips import RoundTrips
from .aggregates_relay import AggregatesRelay, ReadAggregates
from .group import WorkerGroup
from .person_signals import PersonSignals
from .report import ReportBuilder
from .salts import SharedSalts
from .schedule import SyncSchedule

logger = logging.getLogger(__name__)

#: How long a new connection waits at most for the sync that counts it, if one is due at once.
BRIEF_WAIT_SECONDS = 0.1
DATA_LOST = "Presence has lost data (%s); counts are stale until every worker has reported"


class SyncLoop:
    """The exchange between one worker and the backend.

    ``clock`` is monotonic, in seconds. :attr:`changed` is set when :meth:`due_at` moves
    forward; ``on_change`` is called for each snapshot, ``on_stays`` per answer.
    """

    def __init__(
        self,
        backend: PresenceBackend,
        reports: ReportBuilder,
        current: CurrentSnapshot,
        group: WorkerGroup,
        settings: LandingSettings,
        *,
        on_change: Callable[[], None],
        read_aggregates: ReadAggregates | None,
        on_stays: Callable[[Sequence[int]], None],
        clock: Callable[[], float],
        uniform: Callable[[float, float], float] = random.uniform,
    ) -> None:
        self.changed = asyncio.Event()
        self._reports = reports
        self.signals = PersonSignals()
        self.round_trips, self._salts = RoundTrips(backend, clock), SharedSalts(backend)
        self._current = current
        self._group = group
        self._on_change, self.on_stays = on_change, on_stays
        self._aggregates = AggregatesRelay(read_aggregates, self.changed.set)
        seconds = settings.LANDING_HEARTBEAT_SECONDS, settings.LANDING_BROADCAST_INTERVAL_SECONDS
        self._schedule = SyncSchedule(*seconds, clock, uniform)
        #: set, and replaced, when a sync ends
        self._synced = asyncio.Event()
        #: ends with each sync, for the connections that wait for it
        self.brief_wait = SharedWait(BRIEF_WAIT_SECONDS)
        self._outage = Outage(logger, "Presence", "the last counts become stale", clock)
        self._log = CountedLog(logger, clock)

    @property
    def worker_id(self) -> str:
        """The name of this worker in the backend."""
        return self._reports.worker_id

    @property
    def next_seq(self) -> int:
        """The sequence number after the last report's."""
        return self._reports.seq + 1

    @property
    def has_changes(self) -> bool:
        """Whether keys or connections changed since the last report."""
        return self._reports.has_changes

    def mark_dirty(self, keys: Iterable[Key], *, wake: bool, ended: bool = False) -> None:
        """Report these keys with the next sync; ``wake`` if nothing was dirty before."""
        self._reports.mark_dirty(keys, ended=ended)
        if wake:
            self.changed.set()

    def due_at(self) -> float:
        """Return when the next sync is due."""
        has_aggregates = self._aggregates.differs_from(self._current.snapshot)
        return self._schedule.due_at(self._reports.has_changes or has_aggregates)

    async def wait_for_sync(self) -> None:
        """Wait until a sync ends."""
        await self._synced.wait()

    async def wait_for_first_counts(self) -> None:
        """Wait until the first sync ended, and its aggregates were read and reported."""
        await self.wait_for_sync()
        if await self._aggregates.wait():
            self._sync_now()
            await self.wait_for_sync()

    def final_report(self) -> Report | None:
        """Stop reading; return a report of the changes that the backend does not know yet."""
        self._aggregates.cancel()
        return self._next_report() if self._reports.has_changes else None

    def receive_snapshot(self, epoch: str, snapshot: Snapshot | None) -> None:
        """Process a published snapshot; one of another epoch makes a sync due now."""
        if epoch != self._reports.epoch:
            self._sync_now()
        elif snapshot is not None:
            self._adopt(snapshot)

    async def sync(self) -> None:
        """Send one report and act on the answer."""
        report = self._next_report()
        try:
            answer = await self.round_trips.sync(report)
        except PresenceError as error:
            self._handle_failure(error)
        else:
            self._handle_success()
            self._accept(report, answer)
            await self._act_on(answer)
        self._synced.set()
        self._synced = asyncio.Event()
        self.brief_wait.end()

    def _next_report(self) -> Report:
        snapshot = self._current.snapshot
        return self._reports.next_report(
            seen=snapshot.version if snapshot else 0,
            aggregates=self._aggregates.pending,
            events=self.signals.has_receivers,
        )

    def _accept(self, report: Report, answer: Answer) -> None:
        """Update the state of this worker."""
        if loss := answer.lease.loss:
            self._log.warn(DATA_LOST, loss)
        self._aggregates.acknowledge(report, answer)
        if answer.lease.epoch != self._reports.epoch and self._current.snapshot is not None:
            self._aggregates.restore(self._current.snapshot)
        self._reports.acknowledge(report, answer)
        self._schedule.record_answer(answer.lease, self._reports.is_behind)

    async def _act_on(self, answer: Answer) -> None:
        """Show the counts, send the signals, and use the grants."""
        self._adopt(answer.snapshot)
        self.signals.enqueue(answer.joined, answer.left)
        self.on_stays(answer.stays)
        hits.count(Limit.PLACES, answer.folded)
        if answer.grant.publish:
            await self._group.publish_snapshot(answer.lease.epoch, answer.snapshot)
        if answer.grant.read_aggregates:
            self._aggregates.start_read(self._current.sourced())
        await self._salts.refresh()

    def _adopt(self, snapshot: Snapshot | None) -> None:
        self._current.adopt(snapshot)
        self._on_change()

    def _sync_now(self) -> None:
        self._schedule.request_sync()
        self.changed.set()

    def _handle_failure(self, error: PresenceError) -> None:
        self._reports.handle_failure()
        self._group.is_reachable.clear()
        self._schedule.record_failure()
        self._outage.record_failure(error)

    def _handle_success(self) -> None:
        self._group.is_reachable.set()
        self._schedule.end_outage()
        self._outage.record_success()
