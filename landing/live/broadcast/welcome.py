"""The current state, as a connection without any is sent it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ..connection import Audience
from ..current_snapshot import CurrentSnapshot
from ..feed import Feed
from ..frames import Topic, dump_activity_history, dump_count, dump_retry
from ..places.display import PlaceDisplay
from ..transport.outbound import EncodedFrames, encode


class Welcome:
    """The frames for new connections, and for those that have missed some."""

    def __init__(
        self,
        current: CurrentSnapshot,
        feed: Feed,
        places: PlaceDisplay,
        sent_spread_ms: Callable[[], int],
    ) -> None:
        self._current = current
        self._feed = feed
        self._places = places
        self._sent_spread_ms = sent_spread_ms
        self._frames: dict[Audience, EncodedFrames] = {}
        self._state: object = None

    def frames(self, audience: Audience) -> EncodedFrames:
        """Return everything that a connection without state needs.

        Encoded once for all connections that open, or catch up, before the state changes.
        """
        self._places.prepare(audience)
        spread_ms = self._sent_spread_ms()
        state = (self._current.sourced(), spread_ms, self._feed.sent, self._places.state)
        if state != self._state:
            self._state = state
            self._frames.clear()
        if audience not in self._frames:
            texts = [*self._known_texts(audience), dump_retry(spread_ms)]
            self._frames[audience] = encode(texts)
        return self._frames[audience]

    def topic_frames(self, audience: Audience, topic: Topic) -> EncodedFrames:
        """Return the current state of one topic."""
        only = audience._replace(topics=frozenset({topic}))
        self._places.prepare(only)
        return encode(self._known_texts(only))

    def _known_texts(self, audience: Audience) -> Iterator[str]:
        current = self._current.sourced()
        if Topic.ONLINE in audience.topics and current is not None:
            yield dump_count(current)
        if Topic.ACTIVITY in audience.topics:
            yield dump_activity_history(self._feed.sent)
        yield from self._places.texts_of(audience)
