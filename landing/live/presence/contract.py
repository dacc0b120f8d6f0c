"""The presence contract: what a worker reports, what a backend answers.

A backend keeps one set of keys per worker (its *share*) and counts, per key,
how many workers hold it. It knows no sockets, no HTTP, no ORM. Time is the
backend's own; every duration in an answer is relative to it.

The rules behind each field are in ``docs/architecture.md``, "The presence
contract".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple, Protocol

#: Keys in one sync; a larger change goes out in several, following at once.
MAX_CHANGES = 1000
#: Keys of dead workers, and lingering ones, taken away in one step.
MAX_REMOVALS = 1000


class KeyType(StrEnum):
    """What a key says is here."""

    VISITOR = "v"  #: a browser, by its visitor id
    SIGNED = "s"  #: a browser with at least one signed-in socket; same ids as VISITOR
    USER = "u"  #: a signed-in user, on whatever device


class Key(NamedTuple):
    """One thing that is here or not."""

    kind: KeyType
    id: bytes


class Change(NamedTuple):
    """The *state* of a key on one worker, never a difference."""

    key: Key
    present: bool


@dataclass(frozen=True, slots=True)
class Timing:
    """Durations in ms, the same for every worker of a deployment."""

    heartbeat_ms: int = 5_000
    lease_ms: int = 15_000
    linger_ms: int = 5_000
    #: at most one publish of a changed snapshot per deployment in this time
    interval_ms: int = 250
    #: at most one grant to read the analytics table per deployment in this time
    refresh_ms: int = 5_000


class Aggregates(NamedTuple):
    """What the analytics table said at ``as_of_ms`` (Unix time), computed by one worker.

    A backend passes it on and looks at nothing but whether it changed.
    """

    #: distinct visitors of the window
    active: int
    #: ISO date, in the site's time zone, of the figures that follow
    day: str
    visitors: int
    page_views: int
    #: None: nobody has counted yet
    peak_people: int | None
    as_of_ms: int

    @property
    def figures(self) -> tuple[int | str | None, ...]:
        """Return the values without their age: a change in them makes a new version."""
        return self[:-1]

    def including(self, people: int) -> Aggregates:
        """Return these aggregates with at least ``people`` active and at the peak.

        The rows of connected people may not be written yet, or they opted out of recording.
        A peak that is None stays None.
        """
        counted = self if self.peak_people is None else self.raise_peak(people)
        return counted._replace(active=max(self.active, people))

    def raise_peak(self, people: int) -> Aggregates:
        """Return these aggregates with a peak of at least ``people``, the live count."""
        return self._replace(peak_people=max(self.peak_people or 0, people))


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Whole numbers that were true together at ``as_of_ms`` (Unix time).

    ``version`` rises with every change and never goes back. ``table`` is None until a
    worker has read the analytics table; it has an age of its own.
    """

    signed_in: int
    anonymous: int
    connections: int
    version: int
    as_of_ms: int
    aggregates: Aggregates | None = None

    @property
    def people(self) -> int:
        return self.signed_in + self.anonymous

    @property
    def figures(self) -> tuple[int | str | None, ...] | None:
        """What the table said, without its age."""
        return self.aggregates.figures if self.aggregates else None


@dataclass(frozen=True, slots=True)
class Report:
    """One sync of one worker.

    ``seq`` rises with every report, ``acked`` is the last one whose answer
    arrived, and ``changes`` holds the state of every key touched since then
    (at most :data:`MAX_CHANGES`; what does not fit stays touched). A resync
    goes out in chunks: ``begin`` on the first, ``complete`` on the last.
    ``epoch`` is the one last seen, ``seen`` the highest version.
    """

    worker: str
    seq: int
    acked: int
    epoch: str = ""
    seen: int = 0
    changes: Sequence[Change] = ()
    connections: int = 0
    #: what the analytics table says, if this worker has just read it
    aggregates: Aggregates | None = None
    begin: bool = False
    complete: bool = True
    #: whether ``joined`` and ``left`` are wanted
    events: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """What a backend says to a report.

    ``snapshot`` is None while the epoch settles or nothing is known.
    """

    snapshot: Snapshot | None
    epoch: str = ""
    #: the share is unknown here: report all of it, ``begin`` first
    resync: bool = False
    #: a tombstone lies on this worker: it has drained, nothing was applied
    drained: bool = False
    #: more is waiting to be taken away: sync again at once
    more: bool = False
    #: ms until something runs out or may be published: sync again then
    due_in_ms: int | None = None
    #: this worker is to publish to the group: the snapshot, or the settling epoch
    publish: bool = False
    #: this worker, and no other meanwhile, is to read the analytics table and to report
    read_aggregates: bool = False
    #: people who began or ceased to count in this step, by key
    joined: tuple[Key, ...] = ()
    left: tuple[Key, ...] = ()


@dataclass(frozen=True, slots=True)
class WorkerInspection:
    """One worker as :meth:`PresenceBackend.inspect` sees it; durations in ms."""

    worker: str
    visitors: int
    signed: int
    users: int
    connections: int
    lease_ms: int


@dataclass(frozen=True, slots=True)
class Inspection:
    """Everything an operator may want to see at once."""

    snapshot: Snapshot | None
    epoch: str
    settling_ms: int
    workers: tuple[WorkerInspection, ...] = ()
    #: lingering keys by kind
    lingering: dict[KeyType, int] = field(default_factory=dict)
    #: keys of dead workers still to be taken away
    reaping: int = 0


class PresenceError(Exception):
    """The backend could not be asked or refused; nothing is known of the outcome."""


class PresenceBackend(Protocol):
    """A backend. Every method is one atomic step and may raise :class:`PresenceError`."""

    async def sync(self, report: Report) -> Answer:
        """Renew the lease, apply, take away what ran out, and answer."""

    async def drain(self, worker: str, seq: int, linger_ms: int) -> bool:
        """Let the worker's people linger and leave a tombstone; True while more remain."""

    async def snapshot(self) -> Snapshot | None:
        """The numbers, after taking away what ran out; None while settling or unknown."""

    async def inspect(self) -> Inspection:
        """Shares, leases and lingering people, without changing anything."""

    async def clear(self) -> None:
        """Begin a new, settling epoch with nobody in it; versions go on rising."""

    async def daily_salt(self, day: str) -> bytes:
        """32 random bytes that all workers share on ``day`` (ISO date)."""

    async def close(self) -> None:
        """Give back connections."""
