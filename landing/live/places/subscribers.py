"""The connections of this worker that receive frames about places."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator

from ..connection import Audience, Connection, Here
from ..frames import DEFAULT_TOPICS, Topic


class Subscribers:
    """The connections with a topic that is not a default one, and the places that they show."""

    def __init__(self) -> None:
        self._of: dict[Topic, set[Connection]] = {}
        #: how many connections receive the number of each place
        self._here: Counter[Here] = Counter()
        self._at_places = 0

    def of(self, topic: Topic) -> Collection[Connection]:
        """Return the connections with such a topic."""
        return self._of.get(topic, ())

    @property
    def here(self) -> Collection[Here]:
        """The readers of a place who receive its number, in the order in which they came."""
        return self._here.keys()

    def places(self) -> Iterator[str]:
        """Iterate over the places whose number somebody receives, each once."""
        return iter(dict.fromkeys(each.place for each in self._here if each.place))

    @property
    def has_any(self) -> bool:
        """Whether somebody receives frames about places."""
        return bool(self._here or self.of(Topic.PLACES))

    @property
    def need_places(self) -> bool:
        """Whether somebody receives numbers of places."""
        return self._at_places > 0 or bool(self.of(Topic.PLACES))

    def add(self, connection: Connection) -> None:
        """Add a connection that has opened."""
        self._count(connection.audience, connection, 1)

    def discard(self, connection: Connection) -> None:
        """Remove a connection that has closed."""
        self._count(connection.audience, connection, -1)

    def replace(self, before: Audience, connection: Connection) -> None:
        """Note that a connection belonged to another audience before."""
        self._count(before, connection, -1)
        self.add(connection)

    def _count(self, audience: Audience, connection: Connection, by: int) -> None:
        if audience.topics is DEFAULT_TOPICS:
            return
        for topic in audience.topics - DEFAULT_TOPICS:
            connections = self._of.setdefault(topic, set())
            if by > 0:
                connections.add(connection)
            else:
                connections.discard(connection)
        if audience.here is None:
            return
        self._here[audience.here] += by
        self._at_places += by if audience.here.place else 0
        if not self._here[audience.here]:
            del self._here[audience.here]
