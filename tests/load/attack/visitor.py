"""One honest visitor, and the records of the group. Only data."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from tests.load.truth.websocket import WebSocket

#: Epoch and version of a count.
Version = tuple[str, int]


@dataclass(eq=False)
class Visitor:
    """One honest visitor with an open page."""

    address: str
    process: int
    cookie: str = ""
    socket: WebSocket | None = None
    lost: bool = False
    #: when each ping was sent that has no pong yet
    waiting: deque[float] = field(default_factory=deque)
    counts: int = 0
    versions: set[Version] = field(default_factory=set)


@dataclass
class Window:
    """The experience of the group in one period."""

    round_trips: list[float] = field(default_factory=list)
    pages: int = 0
    pages_failed: int = 0
    guests: int = 0
    guests_failed: int = 0
    #: visitors who received no count within the patience, summed over all guests
    unaware: int = 0
    people: int = 0
    active: int = 0
    visitors: int = 0
