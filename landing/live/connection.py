"""One open WebSocket of this worker: its visitor, its user, and its topics."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

from .frames import DEFAULT_TOPICS, Topic, share_topics
from .presence.contract import Key, KeyType
from .transport.outbound import Outbound

#: The topics of a connection. Few different sets exist, however many connections.
Topics = frozenset[Topic]


class Here(NamedTuple):
    """The readers of one place who receive its number. ``is_counted`` if it contains them."""

    place: str
    is_counted: bool


class Audience(NamedTuple):
    """The connections that receive the same frames. ``here`` is None without that topic."""

    topics: Topics
    here: Here | None = None


#: Closes one connection with a close code.
Close = Callable[[int], Awaitable[None]]


@dataclass(slots=True, eq=False)
class Connection:
    """One open WebSocket.

    ``is_counted`` is False for a program, which enters no count, and ``is_recorded`` if the visitor
    leaves no analytics rows. Both are False while ``is_left_out``: for staff, if the site
    leaves them out. ``network`` is that of the client, empty if unknown. ``session_key`` is the
    session of the browser; None without one. ``width`` is the class of the window's width, one of
    :data:`.frames.WIDTHS`, or empty if unknown. ``place`` is the page that the browser shows, empty
    for elsewhere, and ``shown`` rises with each page that a connection of the registry shows.
    ``may_watch_map`` permits the topic of the live map.
    """

    visitor: bytes
    user: str | None
    outbound: Outbound
    close: Close
    topics: Topics = DEFAULT_TOPICS
    is_counted: bool = True
    is_recorded: bool = True
    is_left_out: bool = False
    session_key: str | None = None
    network: str = ""
    width: str = ""
    place: str = ""
    shown: int = 0
    may_watch_map: bool = False
    audience: Audience = field(init=False, repr=False)
    #: ``is_counted`` and ``is_recorded`` of somebody who is not left out
    _regular: tuple[bool, bool] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._regular = self.is_counted, self.is_recorded
        if self.topics is not DEFAULT_TOPICS:
            self.set_topics(self.topics)
        self.set_user(self.user, is_left_out=self.is_left_out)

    def set_user(self, user: str | None, *, is_left_out: bool) -> None:
        """Change who this is. A registered connection changes through its registry only."""
        self.user, self.is_left_out = user, is_left_out
        self.is_counted, self.is_recorded = (False, False) if is_left_out else self._regular
        self._find_audience()

    def set_topics(self, topics: Topics) -> None:
        """Change what this is subscribed to. A registered connection changes as above."""
        permitted = topics if self.may_watch_map else topics - {Topic.MAP}
        self.topics = share_topics(permitted)
        self._find_audience()

    def set_place(self, place: str) -> None:
        """Change the page that the browser shows. A registered connection changes as above."""
        self.place = place
        self._find_audience()

    def _find_audience(self) -> None:
        if Topic.HERE in self.topics:
            self.audience = Audience(self.topics, Here(self.place, self.is_counted))
        else:
            self.audience = _audience_of(self.topics)

    def stop_recording(self) -> None:
        """Leave no more analytics rows."""
        self._regular, self.is_recorded = (self._regular[0], False), False

    def keys(self) -> tuple[Key, ...]:
        """Return the keys that this connection makes present, the visitor's first."""
        if not self.is_counted:
            return ()
        visitor = Key(KeyType.VISITOR, self.visitor)
        if self.user is None:
            return (visitor,)
        return visitor, Key(KeyType.SIGNED, self.visitor), Key(KeyType.USER, self.user.encode())


@lru_cache
def _audience_of(topics: Topics) -> Audience:
    """Return one audience for all connections with these topics, however many there are."""
    return Audience(topics)
