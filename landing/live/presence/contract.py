"""The presence contract: the reports of workers and the answers of a backend.

An answer has three parts. The **counts** (:class:`Snapshot`) are the people and connections
of all workers. The **lease** (:class:`Lease`) lists the duties that keep this worker's
people counting. The **grant** (:class:`Grant`) lists its duties for the whole deployment.

A backend keeps one set of keys per worker and counts, per key, how many workers hold it.
Time is the backend's own; every duration in an answer is relative to it. The rules are in
``docs/architecture.md``, under "The presence contract".
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import ClassVar, NamedTuple, Protocol

from ...conf import LandingSettings
from .aggregates import Aggregates
from .snapshot import PlaceCount as PlaceCount
from .snapshot import Places as Places
from .snapshot import Snapshot as Snapshot
from .snapshot import Step as Step

#: Keys in one report; a larger change is sent in several reports, without delay.
MAX_CHANGES = 1000
#: Keys of dead workers, and expired ones, that one step removes.
MAX_REMOVALS = 1000


class KeyType(StrEnum):
    """The type of thing that a key stands for."""

    VISITOR = "v"  #: a browser, by its visitor id
    SIGNED = "s"  #: a browser with a signed-in connection; same ids as VISITOR
    USER = "u"  #: a signed-in user, on any device


class Key(NamedTuple):
    """One visitor, signed-in mark, or user."""

    kind: KeyType
    id: bytes


class Change(NamedTuple):
    """The *state* of a key on one worker, never a difference.

    ``network`` is that of a visitor, as :func:`~landing.limits.network.network_key` returns it;
    empty if it has no limit. An absent visitor may still count for its grace period.

    ``place`` is that of a present visitor or user; empty if the person is elsewhere. The place
    that the backend received last counts, from whichever worker. An absent key keeps its place.
    """

    key: Key
    present: bool
    network: bytes = b""
    place: str = ""


@dataclass(frozen=True, slots=True)
class Timing:
    """Durations in ms, the same for every worker of a deployment."""

    heartbeat_ms: int = 5_000
    lease_ms: int = 15_000
    linger_ms: int = 5_000
    interval_ms: int = 250  #: shortest time between two publishes of the deployment
    refresh_ms: int = 5_000  #: shortest time between two grants to read the aggregates


@dataclass(frozen=True, slots=True)
class Report:
    """The report of a worker in one sync.

    ``seq`` rises, and ``acked`` is the last one that was answered. ``changes`` holds the state
    of every key that changed since then, at most :data:`MAX_CHANGES`. Absent keys in ``ended``
    get no grace period. A resync is sent in chunks: ``begin`` marks the first and ``complete``
    the last. ``epoch`` is the last epoch and ``seen`` the highest version seen.
    """

    worker: str
    seq: int
    acked: int
    epoch: str = ""
    seen: int = 0
    changes: Sequence[Change] = ()
    ended: Collection[Key] = ()
    connections: int = 0
    aggregates: Aggregates | None = None  #: set if this worker has just read the table
    begin: bool = False
    complete: bool = True
    #: whether the answer should list who joined and left
    events: bool = False


@dataclass(frozen=True, slots=True)
class Lease:
    """The duties of this worker that keep its people counting."""

    #: the backend's epoch; another one than last time means that its data is new
    epoch: str = ""
    #: the backend does not know this worker: report every key, ``begin`` first
    resync: bool = False
    #: this worker has drained; the report was ignored
    drained: bool = False
    #: more expired keys wait for removal: sync again without delay
    more: bool = False
    #: ms until something expires or may be published: sync again then
    due_in_ms: int | None = None
    #: workers with a lease, this one included
    workers: int = 1
    #: the data that this report showed to be lost, so that a new epoch began
    loss: str = ""


@dataclass(frozen=True, slots=True)
class Grant:
    """The duties of this worker, and of no other now, for the whole deployment."""

    #: publish the snapshot, or the settling epoch, to all workers
    publish: bool = False
    #: read the analytics table and send the aggregates with the next report
    read_aggregates: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer of a backend to a report.

    ``snapshot`` is None while the epoch settles or nothing is known. ``joined`` and
    ``left`` are the people who began and stopped counting in this step. ``stays`` are those of
    visitors whose grace period ended since the last answer to any worker, in ms. ``folded`` people
    of this step are elsewhere because there are too many places.
    """

    snapshot: Snapshot | None
    lease: Lease = Lease()
    grant: Grant = Grant()
    joined: tuple[Key, ...] = ()
    left: tuple[Key, ...] = ()
    stays: tuple[int, ...] = ()
    folded: int = 0


@dataclass(frozen=True, slots=True)
class WorkerInspection:
    """One worker; ``lease_ms`` is the rest of its lease."""

    worker: str
    visitors: int
    signed: int
    users: int
    connections: int
    lease_ms: int


@dataclass(frozen=True, slots=True)
class Inspection:
    """The state of a backend, for operators; ``reaping`` keys of dead workers wait for removal."""

    snapshot: Snapshot | None
    epoch: str
    settling_ms: int
    workers: tuple[WorkerInspection, ...] = ()
    #: keys in their grace period, by type
    lingering: dict[KeyType, int] = field(default_factory=dict)
    reaping: int = 0


class PresenceError(Exception):
    """The backend did not answer or refused; whether it applied the call is unknown."""


class PresenceBackend(Protocol):
    """Counts people. Every awaited method is one atomic step and may raise PresenceError."""

    #: whether other processes see what this one reports
    is_shared: ClassVar[bool]

    @classmethod
    def from_settings(cls, settings: LandingSettings, timing: Timing) -> PresenceBackend:
        """Return a new backend, which connects at its first call."""

    async def sync(self, report: Report) -> Answer:
        """Renew the lease, apply the report, remove what expired, and answer."""

    async def drain(self, worker: str, seq: int, linger_ms: int) -> bool:
        """Start the grace period of a leaving worker's people; return True while some remain.

        Later reports of the worker are refused.
        """

    async def snapshot(self) -> Snapshot | None:
        """Remove what expired; return the counts of the last step, None if unknown or settling."""

    async def places(
        self, limit: int, wanted: Sequence[str] = (), *, steps: bool = False
    ) -> Places | None:
        """Remove what expired; return at most ``limit`` places, and the people at those wanted.

        With ``steps``, also return the steps of the last minute. They are recorded from the first
        such call on, and for two minutes after the last one.

        None if unknown or settling, or during a resync. A change of the people at a place makes a
        new version of the snapshot.
        """

    async def inspect(self) -> Inspection:
        """Return the state of all workers without changing it."""

    async def clear(self) -> None:
        """Begin a new, settling epoch without people; versions keep rising."""

    async def daily_salt(self, day: str) -> bytes:
        """Return the 32 random bytes that all workers share on ``day``, an ISO date in UTC."""

    async def close(self) -> None:
        """Close connections."""
