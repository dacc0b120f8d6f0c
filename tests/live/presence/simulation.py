"""Simulated workers on a real backend, with the real registry and report builder.

There are no sockets and no tasks; the test decides when a worker syncs.
"""

from __future__ import annotations

from typing import Protocol

from landing.live.connection import Connection
from landing.live.presence.aggregates import Aggregates
from landing.live.presence.contract import (
    Answer,
    Change,
    Key,
    KeyType,
    PresenceBackend,
    Report,
    Snapshot,
    Timing,
)
from landing.live.registry import Registry
from landing.live.sync.report import ReportBuilder
from landing.live.transport.outbound import AsgiOutbound

#: The durations of production, with an interval that divides them.
TIMING = Timing(heartbeat_ms=5_000, lease_ms=15_000, linger_ms=5_000, interval_ms=250)


def aggregates(
    active: int, *, page_views: int = 980, as_of_ms: int = 1_769_860_800_000
) -> Aggregates:
    """Return aggregates with plausible values."""
    return Aggregates(active, "2026-01-31", 412, page_views, None, as_of_ms)


class Harness(Protocol):
    """A backend whose clock and data a test controls."""

    presence: PresenceBackend

    def limit_places(self, max_places: int) -> None:
        """Let at most this many places have people."""

    def limit_networks(self, max_people: int) -> None:
        """Let at most this many anonymous people of one network count."""

    def advance(self, ms: int) -> None:
        """Move the backend's clock."""

    async def lose_data(self) -> None:
        """Lose all data, as in a restart."""

    async def save(self) -> object:
        """Return a backup of all data."""

    async def restore(self, backup: object) -> None:
        """Restore a backup, as in a restart."""


async def _ignore(_: object) -> None:
    """Ignore a frame or a close."""


def new_connection(
    visitor: str,
    user: str | None = None,
    *,
    counted: bool = True,
    network: str = "",
    place: str = "",
) -> Connection:
    return Connection(
        visitor=visitor.encode().ljust(16, b"."),
        user=user,
        outbound=AsgiOutbound(_ignore),
        close=_ignore,
        is_counted=counted,
        network=network,
        place=place,
    )


def visitor_key(visitor: str) -> Key:
    return Key(KeyType.VISITOR, visitor.encode().ljust(16, b"."))


def user_key(user: str) -> Key:
    return Key(KeyType.USER, user.encode())


async def read_counts(harness: Harness) -> tuple[int, int, int]:
    """Return the snapshot as ``(signed_in, anonymous, connections)``."""
    snapshot = await harness.presence.snapshot()
    assert snapshot is not None
    return snapshot.signed_in, snapshot.anonymous, snapshot.connections


class PlacedReports(ReportBuilder):
    """A report builder with the places that the test chooses."""

    def __init__(self, worker_id: str, registry: Registry) -> None:
        super().__init__(worker_id, registry)
        self.places: dict[Key, str] = {}

    def _change(self, key: Key) -> Change:
        change = super()._change(key)
        return change._replace(place=self.places.get(key, "") if change.present else "")


class SimulatedWorker:
    """One life of a worker; ``seen`` is the highest version that it received."""

    def __init__(self, name: str, presence: PresenceBackend) -> None:
        self.presence = presence
        # Then every network is reported, and the limit is exact in each history.
        self.registry = Registry(min_crowd=1)
        self.reports = PlacedReports(name, self.registry)
        self.seen = 0
        self.snapshot: Snapshot | None = None
        self.joined: list[Key] = []
        self.left: list[Key] = []
        #: the reports, newest last
        self.sent: list[Report] = []
        self.wants_events = True

    @property
    def name(self) -> str:
        return self.reports.worker_id

    def open(
        self, visitor: str, user: str | None = None, *, network: str = "", place: str = ""
    ) -> Connection:
        connection = new_connection(visitor, user, network=network)
        self.reports.mark_dirty(self.registry.add(connection))
        self.move(connection, place)
        return connection

    def move(self, connection: Connection, place: str) -> None:
        """Bring the person of an open connection to a place."""
        for key in connection.keys():
            if key.kind is not KeyType.SIGNED and self.reports.places.get(key, "") != place:
                self.reports.places[key] = place
                self.reports.mark_dirty([key])

    def close(self, connection: Connection) -> None:
        self.reports.mark_dirty(self.registry.remove(connection))

    def identify(
        self, connection: Connection, user: str | None, *, is_left_out: bool = False
    ) -> None:
        """Change who an open connection is, as a worker does."""
        place = self.reports.places.get(Key(KeyType.VISITOR, connection.visitor), "")
        present, gone = self.registry.set_user(connection, user, is_left_out=is_left_out)
        self.reports.mark_dirty(present)
        self.reports.mark_dirty(gone, ended=True)
        self.move(connection, place)

    async def sync_once(
        self, *, answered: bool = True, aggregates: Aggregates | None = None
    ) -> Answer:
        """Send one report; with ``answered=False``, its answer is lost."""
        events = self.wants_events
        report = self.reports.next_report(seen=self.seen, aggregates=aggregates, events=events)
        self.sent.append(report)
        answer = await self.presence.sync(report)
        if not answered:
            self.reports.handle_failure()
            return answer
        self.reports.acknowledge(report, answer)
        self.joined += answer.joined
        self.left += answer.left
        if answer.snapshot is not None:
            assert answer.snapshot.version >= self.seen, "a version went back"
            self.seen = answer.snapshot.version
            self.snapshot = answer.snapshot
        return answer

    async def lose_report(self) -> None:
        """Build a report that never reaches the backend."""
        self.reports.next_report(seen=self.seen, aggregates=None, events=True)
        self.reports.handle_failure()

    async def sync(self) -> Answer:
        """Send reports until none is due, as a worker does without delay."""
        answer = await self.sync_once()
        while answer.lease.more or answer.lease.resync or self.reports.is_behind:
            answer = await self.sync_once()
        return answer


async def pass_time(
    harness: Harness, ms: int, workers: list[SimulatedWorker], step_ms: int = 2_500
) -> None:
    """Move the clock in steps, and let the workers sync after each."""
    while ms > 0:
        harness.advance(min(ms, step_ms))
        ms -= step_ms
        for worker in workers:
            await worker.sync()
