"""Simulated workers over a real backend: the real registry and share, no sockets, no tasks."""

from __future__ import annotations

from typing import Protocol

from landing.live.presence.contract import (
    Aggregates,
    Answer,
    Key,
    KeyType,
    PresenceBackend,
    Report,
    Snapshot,
    Timing,
)
from landing.live.registry import Connection, Registry
from landing.live.sync.report import ReportBuilder
from landing.live.transport.outbound import AsgiOutbound

#: As in production, in ms, and one interval that divides them.
TIMING = Timing(heartbeat_ms=5_000, lease_ms=15_000, linger_ms=5_000, interval_ms=250)


def aggregates(
    active: int, *, page_views: int = 980, as_of_ms: int = 1_769_860_800_000
) -> Aggregates:
    """What the analytics table may say."""
    return Aggregates(active, "2026-01-31", 412, page_views, None, as_of_ms)


class Harness(Protocol):
    """A backend whose clock and data a test controls."""

    presence: PresenceBackend

    def advance(self, ms: int) -> None:
        """Move the backend's clock."""

    async def lose_data(self) -> None:
        """As after a restart without data."""

    async def save(self) -> object:
        """A backup of everything the backend knows."""

    async def restore(self, backup: object) -> None:
        """As after a restart with that backup."""


async def _nothing(_: object) -> None:
    """Discard the message."""


def new_connection(visitor: str, user: str | None = None, *, counted: bool = True) -> Connection:
    return Connection(
        visitor=visitor.encode().ljust(16, b"."),
        user=user,
        outbound=AsgiOutbound(_nothing),
        close=_nothing,
        is_counted=counted,
    )


def visitor_key(visitor: str) -> Key:
    return Key(KeyType.VISITOR, visitor.encode().ljust(16, b"."))


def user_key(user: str) -> Key:
    return Key(KeyType.USER, user.encode())


class SimulatedWorker:
    """One life of a worker. ``seen`` is kept per worker, as in production."""

    def __init__(self, name: str, presence: PresenceBackend) -> None:
        self.presence = presence
        self.registry = Registry()
        self.share = ReportBuilder(name, self.registry)
        self.seen = 0
        self.snapshot: Snapshot | None = None
        self.joined: list[Key] = []
        self.left: list[Key] = []
        #: reports that were sent, the newest last
        self.sent: list[Report] = []

    @property
    def name(self) -> str:
        return self.share.worker_id

    def open(self, visitor: str, user: str | None = None) -> Connection:
        connection = new_connection(visitor, user)
        self.share.mark_dirty(self.registry.add(connection))
        return connection

    def close(self, connection: Connection) -> None:
        self.share.mark_dirty(self.registry.remove(connection))

    async def sync_once(
        self, *, answered: bool = True, aggregates: Aggregates | None = None
    ) -> Answer:
        """One report; with ``answered=False`` it is applied and its answer lost."""
        report = self.share.next_report(seen=self.seen, aggregates=aggregates, events=True)
        self.sent.append(report)
        answer = await self.presence.sync(report)
        if not answered:
            self.share.handle_failure()
            return answer
        self.share.acknowledge(report, answer)
        self.joined += answer.joined
        self.left += answer.left
        if answer.snapshot is not None:
            assert answer.snapshot.version >= self.seen, "a version went back"
            self.seen = answer.snapshot.version
            self.snapshot = answer.snapshot
        return answer

    async def unsent(self) -> None:
        """A report that was lost on the way: the backend never saw it."""
        self.share.next_report(seen=self.seen, aggregates=None, events=True)
        self.share.handle_failure()

    async def sync(self) -> Answer:
        """Reports until nothing waits, as a worker does at once."""
        answer = await self.sync_once()
        while answer.lease.more or answer.lease.resync or self.share.is_behind:
            answer = await self.sync_once()
        return answer


async def pass_time(
    harness: Harness, ms: int, workers: list[SimulatedWorker], step_ms: int = 2_500
) -> None:
    """Let time pass while the workers send their heartbeats."""
    while ms > 0:
        harness.advance(min(ms, step_ms))
        ms -= step_ms
        for worker in workers:
            await worker.sync()
