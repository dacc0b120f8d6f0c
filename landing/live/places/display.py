"""The frames about places: the number of the own place of a connection, and the list of places.

Pure state: the broadcaster sends the frames. Everybody receives the public numbers, staff as well.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping, Sequence
from typing import NamedTuple

from ...conf import LandingSettings
from ..connection import Audience, Connection, Here
from ..current_snapshot import CurrentSnapshot, Source, SourcedSnapshot, as_stale
from ..frames import DEFAULT_TOPICS, Topic, dump_place_count, dump_places
from .privacy import ReadablePlaces
from .subscribers import Subscribers
from .worker_places import WorkerPlaces

#: Places in the list.
MAX_ROWS = 20


class _Shown(NamedTuple):
    """The numbers that the public may read, with their source."""

    sourced: SourcedSnapshot
    readable: ReadablePlaces
    #: the places of the list
    listed: ReadablePlaces

    @property
    def rows(self) -> Sequence[tuple[str, int | None]]:
        return tuple(self.listed.people_by_place.items())


class PlaceDisplay:
    """The frames about places, and what connections have been sent of them."""

    def __init__(
        self,
        places: WorkerPlaces,
        current: CurrentSnapshot,
        subscribers: Subscribers,
        settings: LandingSettings,
    ) -> None:
        self._places = places
        self._current = current
        self._subscribers = subscribers
        self._least = settings.LANDING_MIN_PLACE_PEOPLE
        self._shown: _Shown | None = None
        self._shown_state: object = None
        self._sent_state: object = None
        self._sent_here: Mapping[Here, object] = {}
        self._sent_list: object = None
        self._owed: set[Connection] = set()

    @property
    def state(self) -> object:
        """Equal while the frames are the same."""
        current = self._current.sourced()
        if current is None:
            return None
        # The number of a place elsewhere has the epoch of the snapshot.
        return self._places.revision, current.source, current.snapshot.epoch

    @property
    def has_changes(self) -> bool:
        """Whether connections may have to be sent something."""
        if self._owed:
            return True
        return self._subscribers.has_any and self.state != self._sent_state

    def prepare(self, audience: Audience) -> None:
        """Check whether the numbers of a reader must be read first."""
        if not audience.topics <= DEFAULT_TOPICS:
            self._places.wake()

    def texts_of(self, audience: Audience) -> Iterator[str]:
        """Yield the frames with the current numbers; none for unknown numbers."""
        if Topic.PLACES in audience.topics and (shown := self._find_shown()) is not None:
            yield dump_places(shown.listed.elsewhere, shown.rows, shown.sourced)
        if Topic.HERE in audience.topics and audience.here is not None:
            text = self._text_of(audience.here)
            if text is None:
                self._places.note_unknown()
            else:
                yield text

    def take_changes(self) -> dict[Topic | Here | None, list[str]]:
        """Return the changed frames, by their receivers; from now on they count as sent."""
        texts: dict[Topic | Here | None, list[str]] = {}
        self._sent_state = self.state
        if (shown := self._find_shown()) is not None and self._subscribers.of(Topic.PLACES):
            content = (_origin(shown.sourced), shown.listed.elsewhere, shown.rows)
            if content != self._sent_list:
                text = dump_places(shown.listed.elsewhere, shown.rows, shown.sourced)
                texts[Topic.PLACES] = [text]
            self._sent_list = content
        sent: dict[Here, object] = {}
        for here in self._subscribers.here:
            number = self._number_of(here)
            if number is None:
                self._keep(here, sent)
                continue
            people, sourced = number
            sent[here] = (_origin(sourced), people)
            if sent[here] != self._sent_here.get(here):
                texts[here] = [dump_place_count(here.place, people, sourced)]
        self._sent_here = sent
        return texts

    def owe(self, connection: Connection) -> None:
        """Note a connection that must be sent the number of its place, even if it is the same."""
        self._owed.add(connection)

    def take_owed(self, sent: Container[object]) -> Iterator[tuple[Connection, str]]:
        """Yield the connections that were not sent their number just now, each with its frame."""
        owed, self._owed = self._owed, set()
        for connection in owed:
            here = connection.audience.here
            if here is not None and here not in sent:
                for text in self.texts_of(Audience(frozenset({Topic.HERE}), here)):
                    yield connection, text

    def resend_all(self) -> None:
        """Send everything with the next broadcast: some connections missed a change."""
        self._sent_state = self._sent_list = None
        self._sent_here = {}

    def _keep(self, here: Here, sent: dict[Here, object]) -> None:
        """Keep the last number of a place that the last read did not contain, or ask for it."""
        if here in self._sent_here:
            sent[here] = self._sent_here[here]
        else:
            self._places.note_unknown()

    def _text_of(self, here: Here) -> str | None:
        number = self._number_of(here)
        return None if number is None else dump_place_count(here.place, *number)

    def _number_of(self, here: Here) -> tuple[int | None, SourcedSnapshot] | None:
        """Return the number of a place, None if it is hidden, with its source; None if unknown."""
        if not here.place:
            current = self._current.sourced()
            return None if current is None else (None, current)
        shown, counts = self._find_shown(), self._places.newest
        if shown is None or counts is None or counts.people_at(here.place) is None:
            return None
        people = shown.readable.people_at(here.place)
        # The report with the reader's own connection may still be due.
        return (1 if people == 0 and here.is_counted else people), shown.sourced

    def _find_shown(self) -> _Shown | None:
        """Return the numbers, computed once for each state; None before the first ones."""
        state = self.state
        if state != self._shown_state:
            self._shown_state, self._shown = state, self._compute_shown()
        return self._shown

    def _compute_shown(self) -> _Shown | None:
        counts, current = self._places.newest, self._current.sourced()
        if counts is None or current is None:
            return None
        sourced = SourcedSnapshot(counts.snapshot, Source.LIVE)
        if current.source is not Source.LIVE or current.snapshot.epoch != counts.snapshot.epoch:
            sourced = as_stale(counts.snapshot)
        readable = ReadablePlaces.for_public(counts, self._least)
        return _Shown(sourced, readable, readable.first(MAX_ROWS))


def _origin(sourced: SourcedSnapshot) -> tuple[str, Source]:
    return sourced.snapshot.epoch, sourced.source
