"""The presence backend inside one process: the contract without any service.

It is the reference for the rules of the contract (``docs/architecture.md``), and it takes
the same steps as the Lua scripts of the Redis backend. :class:`State` has all data, and the
modules beside this one change it.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Sequence
from typing import ClassVar, Self

from ....conf import LandingSettings
from ..contract import (
    Answer,
    Grant,
    Inspection,
    Key,
    KeyType,
    Lease,
    Places,
    Report,
    Snapshot,
    Timing,
    WorkerInspection,
)
from . import epochs, grants, leases
from .snapshots import snapshot_holds, update_snapshot, visible_snapshot


def unix_ms() -> int:
    """Return the current Unix time in ms."""
    return time.time_ns() // 1_000_000


class MemoryPresence:
    """Counts the people of one process. Tests share one instance between several workers."""

    is_shared: ClassVar[bool] = False

    def __init__(
        self,
        timing: Timing,
        clock_ms: Callable[[], int] = unix_ms,
        max_people_per_network: int = 0,
        max_places: int = 0,
    ) -> None:
        self.timing = timing
        self.max_places = max_places
        self.max_people_per_network = max_people_per_network
        self.clock_ms = clock_ms
        self.state = epochs.first_epoch(clock_ms())
        self._salts: dict[str, bytes] = {}

    @classmethod
    def from_settings(cls, settings: LandingSettings, timing: Timing) -> Self:
        return cls(
            timing,
            max_people_per_network=settings.LANDING_NETWORK_MAX_PEOPLE,
            max_places=settings.LANDING_MAX_PLACES,
        )

    async def sync(self, report: Report) -> Answer:
        now = self.clock_ms()
        loss = epochs.find_data_loss(self.state, report, self.timing, now)
        if loss is not None:
            self._begin_epoch(max(self.state.version, report.seen), now)
        state = self.state
        epochs.hold_after_pause(state, self.timing, now)
        state.last_sync_ms = now
        state.version = max(state.version, report.seen)
        if state.tombstones.get(report.worker, 0) > now:
            drained = Lease(epoch=state.epoch, drained=True, loss=loss or "")
            return Answer(visible_snapshot(state, now), drained)
        is_known = leases.apply_report(state, report, self.timing, now)
        more = leases.remove_expired(state, now)
        self._end_step(now)
        joined, left = self._pop_events(report, now)
        self._update_snapshot(now)
        # The grants come before the lease, because they decide when the next sync is due.
        grant = Grant(
            publish=grants.grant_publish(state, self.timing, now),
            read_aggregates=grants.grant_read(state, report.worker, self.timing, now),
        )
        lease = Lease(
            epoch=state.epoch,
            resync=not is_known,
            more=more,
            due_in_ms=grants.ms_until_due(state, self.timing, now),
            workers=len(state.workers),
            loss=loss or "",
        )
        stays = state.counts.stays.pop_ended(self.timing.linger_ms)
        folded = state.counts.places.folded
        return Answer(visible_snapshot(state, now), lease, grant, joined, left, stays, folded)

    async def drain(self, worker: str, seq: int, linger_ms: int) -> bool:
        now = self.clock_ms()
        is_known = worker in self.state.workers
        self.state.tombstones[worker] = now + 2 * self.timing.lease_ms
        more = leases.drain(self.state, worker, seq, now + linger_ms)
        if is_known:
            self._update_without_events(now)
        return more

    async def snapshot(self) -> Snapshot | None:
        now = self.clock_ms()
        is_paused = epochs.is_paused(self.state, self.timing, now)
        if not is_paused and not snapshot_holds(self.state, now):
            leases.remove_expired(self.state, now)
            self._update_without_events(now)
        return visible_snapshot(self.state, now)

    async def places(
        self, limit: int, wanted: Sequence[str] = (), *, steps: bool = False
    ) -> Places | None:
        snapshot, found = await self.snapshot(), self.state.counts.places
        if snapshot is None or self.state.is_behind:
            return None
        people = tuple(found.people_at(place) for place in wanted)
        places = Places(snapshot, snapshot.people - found.placed, found.top(limit), people)
        if not (steps and self.max_places):
            return places
        read, since_ms = found.steps.watch(self.clock_ms())
        return places._replace(steps=read, steps_since_ms=since_ms)

    async def inspect(self) -> Inspection:
        now, state = self.clock_ms(), self.state
        workers = tuple(
            WorkerInspection(
                worker=name,
                visitors=len(worker.keys[KeyType.VISITOR]),
                signed=len(worker.keys[KeyType.SIGNED]),
                users=len(worker.keys[KeyType.USER]),
                connections=worker.connections,
                lease_ms=worker.lease_until_ms - now,
            )
            for name, worker in sorted(state.workers.items())
        )
        return Inspection(
            snapshot=visible_snapshot(state, now),
            epoch=state.epoch,
            settling_ms=max(0, state.settling_until_ms - now),
            workers=workers,
            lingering={kind: len(state.counts.lingering[kind]) for kind in KeyType},
            reaping=sum(len(ids) for keys in state.dead for ids in keys.values()),
        )

    async def clear(self) -> None:
        self._begin_epoch(self.state.version, self.clock_ms())

    async def daily_salt(self, day: str) -> bytes:
        salt = self._salts.setdefault(day, secrets.token_bytes(32))
        # Keep the salts of today and tomorrow only. With an older salt, stored hashes could
        # be linked to visitors.
        self._salts = {day: self._salts[day] for day in sorted(self._salts)[-2:]}
        return salt

    async def close(self) -> None:
        """Do nothing: there are no connections."""

    def _begin_epoch(self, version: int, now: int) -> None:
        self.state = epochs.next_epoch(self.state, version, self.timing, now)

    def _end_step(self, now: int) -> None:
        self.state.counts.end_step(self.max_people_per_network, self.max_places, now)
        # The next snapshot gets a new version.
        self.state.version += self.state.counts.places.has_changed

    def _update_without_events(self, now: int) -> None:
        """Update the snapshot; the people who left in this step are reported to nobody."""
        self._end_step(now)
        self.state.counts.pop_events()
        self._update_snapshot(now)

    def _update_snapshot(self, now: int) -> None:
        update_snapshot(self.state, self.max_people_per_network, now)

    def _pop_events(self, report: Report, now: int) -> tuple[tuple[Key, ...], tuple[Key, ...]]:
        joined, left = self.state.counts.pop_events()
        state = self.state
        is_partial = state.is_settling(now) or state.is_resyncing(now) or report.begin
        return ((), ()) if is_partial or not report.events else (joined, left)
