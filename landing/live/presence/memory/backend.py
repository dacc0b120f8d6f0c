"""Presence in one process: the contract without any service.

The reference for the contract's rules, marked by their numbers in
``docs/architecture.md``. All state is in :class:`State`; time comes from the
clock that is passed in (Unix ms, rule 10).
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import ClassVar

from ..contract import (
    MAX_REMOVALS,
    Aggregates,
    Answer,
    Grant,
    Inspection,
    Key,
    KeyType,
    Lease,
    Report,
    Snapshot,
    Timing,
    WorkerInspection,
)
from .counts import PersonCounts


def unix_ms() -> int:
    """The clock of production."""
    return time.time_ns() // 1_000_000


@dataclass(slots=True)
class _WorkerLease:
    """One worker: what it holds and until when it is believed."""

    until_ms: int
    seq: int = 0
    connections: int = 0
    share: dict[KeyType, set[bytes]] = field(
        default_factory=lambda: {kind: set() for kind in KeyType}
    )


@dataclass(slots=True)
class State:
    """All that the backend knows; empty, it is a backend that lost its data."""

    epoch: str = ""
    census: PersonCounts = field(default_factory=PersonCounts)
    leases: dict[str, _WorkerLease] = field(default_factory=dict)
    tombstones: dict[str, int] = field(default_factory=dict)
    #: shares of dead workers, still to be taken away
    dead: list[dict[KeyType, set[bytes]]] = field(default_factory=list)
    #: workers in the middle of a resync, until when the numbers wait for each
    resyncing: dict[str, int] = field(default_factory=dict)
    snapshot: Snapshot | None = None
    version: int = 0
    aggregates: Aggregates | None = None
    last_sync_ms: int = 0
    settling_until_ms: int = 0
    leases_held_until_ms: int = 0
    lingering_held_until_ms: int = 0
    #: whether somebody was asked to tell the others of this epoch
    announced: bool = False
    published_version: int = 0
    published_ms: int = 0
    refreshed_ms: int = 0
    #: who may read the analytics table, and until when nobody else may
    reader: str = ""
    reading_until_ms: int = 0


class MemoryPresence:
    """The contract for one process; several workers may share one instance in tests."""

    is_shared: ClassVar[bool] = False

    def __init__(self, timing: Timing, clock_ms: Callable[[], int] = unix_ms) -> None:
        self.timing = timing
        self.clock_ms = clock_ms
        # Nobody else can have reported to a process that has just begun, so there
        # is nothing to settle; data loss (an empty epoch) settles first.
        self.state = State(epoch=_new_epoch_id(), last_sync_ms=clock_ms())
        self._salts: dict[str, bytes] = {}

    async def sync(self, report: Report) -> Answer:
        now = self.clock_ms()
        self._notice_data_loss(report, now)
        self._notice_pause(now)
        self.state.last_sync_ms = now
        self.state.version = max(self.state.version, report.seen)
        if self.state.tombstones.get(report.worker, 0) > now:
            return Answer(self._visible(now), Lease(epoch=self.state.epoch, drained=True))
        known = self._apply(report, now)
        more = self._take_away(now)
        self._renew_snapshot(now)
        joined, left = self._events(report, now)
        return Answer(
            snapshot=self._visible(now),
            # The grant is part of the same step: it decides when the next sync is due.
            grant=Grant(self._grant_publish(now), self._grant_refresh(report.worker, now)),
            lease=Lease(
                epoch=self.state.epoch,
                resync=not known,
                more=more,
                due_in_ms=self._due_in_ms(now),
            ),
            joined=joined,
            left=left,
        )

    async def drain(self, worker: str, seq: int, linger_ms: int) -> bool:
        now = self.clock_ms()
        self.state.tombstones[worker] = now + 2 * self.timing.lease_ms
        self.state.resyncing.pop(worker, None)
        lease = self.state.leases.get(worker)
        if lease is None:
            return False
        lease.connections, lease.seq = 0, max(lease.seq, seq)
        for key in _pop_keys(lease.share, MAX_REMOVALS):
            self.state.census.leave(key, now + linger_ms)
        more = any(lease.share.values())
        if not more:
            del self.state.leases[worker]
        self.state.census.take_events()
        self._renew_snapshot(now)
        return more

    async def snapshot(self) -> Snapshot | None:
        now = self.clock_ms()
        if not self._paused(now):
            self._take_away(now)
            self.state.census.take_events()
            self._renew_snapshot(now)
        return self._visible(now)

    async def inspect(self) -> Inspection:
        now, state = self.clock_ms(), self.state
        workers = tuple(
            WorkerInspection(
                worker=worker,
                visitors=len(lease.share[KeyType.VISITOR]),
                signed=len(lease.share[KeyType.SIGNED]),
                users=len(lease.share[KeyType.USER]),
                connections=lease.connections,
                lease_ms=lease.until_ms - now,
            )
            for worker, lease in sorted(state.leases.items())
        )
        return Inspection(
            snapshot=self._visible(now),
            epoch=state.epoch,
            settling_ms=max(0, state.settling_until_ms - now),
            workers=workers,
            lingering={kind: len(state.census.lingering[kind]) for kind in KeyType},
            reaping=sum(len(ids) for share in state.dead for ids in share.values()),
        )

    async def clear(self) -> None:
        self._begin_epoch(self.clock_ms(), self.state.version)

    async def daily_salt(self, day: str) -> bytes:
        salt = self._salts.setdefault(day, secrets.token_bytes(32))
        # Today's and tomorrow's; by an older one nobody's hashes must be linkable.
        self._salts = {day: self._salts[day] for day in sorted(self._salts)[-2:]}
        return salt

    async def close(self) -> None:
        """Nothing to give back."""

    # -- what happened to the backend ------------------------------------------------

    def _notice_data_loss(self, report: Report, now: int) -> None:
        """Rule 5. Everything is dropped, as every live worker will report it again."""
        state = self.state
        lease = state.leases.get(report.worker)
        went_back = report.epoch == state.epoch and (
            report.seen > state.version or (lease is not None and lease.seq < report.acked)
        )
        # With the clock set back, everything that is to run out would stay for as long.
        clock_went_back = now < state.last_sync_ms - self.timing.heartbeat_ms
        if not state.epoch or went_back or clock_went_back:
            self._begin_epoch(now, max(state.version, report.seen))

    def _begin_epoch(self, now: int, version: int) -> None:
        self.state = State(
            epoch=_new_epoch_id(),
            version=version,
            last_sync_ms=now,
            settling_until_ms=now + self.timing.heartbeat_ms,
            tombstones=self.state.tombstones,
            published_version=version,
        )

    def _paused(self, now: int) -> bool:
        return now - self.state.last_sync_ms > 2 * self.timing.heartbeat_ms

    def _notice_pause(self, now: int) -> None:
        """Rule 4. People who linger may sit on another worker that could not say so."""
        if self._paused(now):
            self.state.leases_held_until_ms = now + self.timing.lease_ms
            self.state.lingering_held_until_ms = now + self.timing.heartbeat_ms

    # -- what a worker reports -------------------------------------------------------

    def _apply(self, report: Report, now: int) -> bool:
        """Rules 1 to 3; False when the worker must report its whole share."""
        state = self.state
        lease = state.leases.get(report.worker)
        if lease is not None and report.seq <= lease.seq:
            return True
        if report.begin:
            if lease is not None:
                state.dead.append(lease.share)
            lease = None
        elif report.acked and (lease is None or report.epoch != state.epoch):
            return False
        lease = lease or _WorkerLease(until_ms=0)
        state.leases[report.worker] = lease
        lease.until_ms = now + self.timing.lease_ms
        lease.seq, lease.connections = report.seq, report.connections
        self._wait_for_resync(report, now)
        for (kind, id), present in report.changes:
            if present and id not in lease.share[kind]:
                lease.share[kind].add(id)
                state.census.arrive(Key(kind, id))
            elif not present and id in lease.share[kind]:
                lease.share[kind].remove(id)
                state.census.leave(Key(kind, id), now + self.timing.linger_ms)
        self._take_aggregates(report)
        return True

    def _take_aggregates(self, report: Report) -> None:
        """From whoever has the right to read, and from anybody while nothing is known.

        What took so long that somebody else has the right by now is older than what that
        one will say.
        """
        state = self.state
        if report.aggregates is not None and (
            state.reader == report.worker or state.aggregates is None
        ):
            state.aggregates = report.aggregates
            state.reading_until_ms = 0

    def _wait_for_resync(self, report: Report, now: int) -> None:
        if report.complete:
            self.state.resyncing.pop(report.worker, None)
        else:
            self.state.resyncing[report.worker] = now + self.timing.heartbeat_ms

    # -- what ran out ----------------------------------------------------------------

    def _take_away(self, now: int) -> bool:
        """Rule 6; True while more is waiting."""
        state = self.state
        state.tombstones = {w: until for w, until in state.tombstones.items() if until > now}
        if now >= state.leases_held_until_ms:
            for worker in [w for w, lease in state.leases.items() if lease.until_ms <= now]:
                state.dead.append(state.leases.pop(worker).share)
                state.resyncing.pop(worker, None)
        more = now >= state.lingering_held_until_ms and state.census.expire(now, MAX_REMOVALS)
        self._reap()
        return more or bool(state.dead)

    def _reap(self) -> None:
        budget = MAX_REMOVALS
        dead = self.state.dead
        while dead and budget > 0:
            for key in _pop_keys(dead[0], budget):
                self.state.census.leave(key)
                budget -= 1
            if not any(dead[0].values()):
                dead.pop(0)

    # -- what is shown ---------------------------------------------------------------

    def _waiting(self, now: int) -> bool:
        """Whether the numbers stand still until a resync is whole (rule 3)."""
        return any(until > now for until in self.state.resyncing.values())

    def _visible(self, now: int) -> Snapshot | None:
        return None if now < self.state.settling_until_ms else self.state.snapshot

    def _renew_snapshot(self, now: int) -> None:
        """Rule 7: the version rises with every change and above whatever was seen."""
        state = self.state
        if now < state.settling_until_ms or self._waiting(now):
            return
        numbers = (
            state.census.signed_in,
            state.census.anonymous,
            sum(lease.connections for lease in state.leases.values()),
        )
        figures = state.aggregates.figures if state.aggregates else None
        old = state.snapshot
        if (
            old is None
            or numbers != (old.signed_in, old.anonymous, old.connections)
            or figures != old.figures
            or state.version > old.version
        ):
            state.version = max(state.version + 1, now)
        state.snapshot = Snapshot(
            *numbers, version=state.version, as_of_ms=now, aggregates=state.aggregates
        )

    def _events(self, report: Report, now: int) -> tuple[tuple[Key, ...], tuple[Key, ...]]:
        joined, left = self.state.census.take_events()
        silent = now < self.state.settling_until_ms or self._waiting(now) or report.begin
        return ((), ()) if silent or not report.events else (joined, left)

    def _grant_publish(self, now: int) -> bool:
        """Rule 8: one publish per interval, and the last value always goes out.

        The first one of a settling epoch tells the others to report (rule 5). Who is
        alone has nobody to tell: the next to come is told by its own first report.
        """
        state = self.state
        if now < state.settling_until_ms and not state.announced:
            state.announced = True
            return True
        if len(state.leases) < 2:
            snapshot = self._visible(now)
            state.published_version = snapshot.version if snapshot else state.published_version
            return False
        if not self._unpublished(now) or now < state.published_ms + self.timing.interval_ms:
            return False
        state.published_version, state.published_ms = state.version, now
        return True

    def _unpublished(self, now: int) -> bool:
        snapshot = self._visible(now)
        return snapshot is not None and snapshot.version > self.state.published_version

    def _grant_refresh(self, worker: str, now: int) -> bool:
        """One at a time: until it reports what it read, or a lease has passed."""
        state = self.state
        if now < max(state.refreshed_ms + self.timing.refresh_ms, state.reading_until_ms):
            return False
        state.refreshed_ms, state.reader = now, worker
        state.reading_until_ms = now + self.timing.lease_ms
        return True

    def _due_in_ms(self, now: int) -> int | None:
        state = self.state
        times = [max(lease.until_ms, state.leases_held_until_ms) for lease in state.leases.values()]
        lingering_ms = state.census.next_ms()
        if lingering_ms is not None:
            times.append(max(lingering_ms, state.lingering_held_until_ms))
        times += [
            until for until in (state.settling_until_ms, *state.resyncing.values()) if until > now
        ]
        if self._unpublished(now):
            times.append(state.published_ms + self.timing.interval_ms)
        return max(1, min(times) - now) if times else None


def _new_epoch_id() -> str:
    return secrets.token_hex(8)


def _pop_keys(share: dict[KeyType, set[bytes]], limit: int) -> Iterator[Key]:
    """Take up to ``limit`` keys out; a browser's signed-in mark goes with the browser.

    Otherwise a half-removed share would show a signed-in person as an anonymous one too.
    """
    for _ in range(limit):
        if share[KeyType.VISITOR]:
            id = share[KeyType.VISITOR].pop()
            yield Key(KeyType.VISITOR, id)
            if id in share[KeyType.SIGNED]:
                share[KeyType.SIGNED].remove(id)
                yield Key(KeyType.SIGNED, id)
        elif share[KeyType.USER]:
            yield Key(KeyType.USER, share[KeyType.USER].pop())
        else:
            return
