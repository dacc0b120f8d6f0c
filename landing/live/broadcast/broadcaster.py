"""Chooses the frames for the connections of this worker, and the time to send them.

At most one broadcast per interval, which grows with the cost of a broadcast. The last value
always goes out; nothing is sent when nothing changed; everything that is due goes out in
the same pass.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Container, Iterable
from math import inf

from ...measures import latency
from ..connection import Audience, Connection
from ..current_snapshot import CurrentSnapshot, VisibleCounts
from ..feed import Feed, FeedChange, History, Item, Removed
from ..frames import Topic, dump_count, dump_feed_change, dump_retry
from ..places.display import PlaceDisplay
from ..reconnect_spread import spread_ms
from ..registry import Registry
from ..transport.outbound import EncodedFrames, encode
from .fanout import Fanout, Receivers
from .fanout_budget import FanoutBudget
from .welcome import Welcome

#: How long an activity waits for the next change of the counts, to share its broadcast.
ACTIVITY_WAIT_SECONDS = 0.5


class Broadcaster:
    """``clock`` is monotonic, in seconds; :attr:`changed` is set when :meth:`due_at` may move."""

    def __init__(
        self,
        registry: Registry,
        current: CurrentSnapshot,
        fanout: Fanout,
        budget: FanoutBudget,
        places: PlaceDisplay,
        clock: Callable[[], float],
    ) -> None:
        self.changed = asyncio.Event()
        self._feed, self._places = Feed(), places
        #: the reconnect spread that connections were last sent
        self.sent_spread_ms = spread_ms(0)
        self.durations = latency("fanout", "Fan-outs, from the first to the last connection.")
        self._registry = registry
        self._current = current
        self._fanout = fanout
        self._budget = budget
        self._clock = clock
        self._sent_counts: VisibleCounts | None = None
        self._sent_at = -inf
        self._activity_due_at = inf
        self._welcome = Welcome(current, self._feed, places, lambda: self.sent_spread_ms)

    # -- one connection ------------------------------------------------------------------

    def welcome(self, connection: Connection) -> None:
        """Send a new connection the current state; skip counts that a due broadcast brings now."""
        is_due = self._has_new_counts() and self.due_at() <= self._clock()
        audience = connection.audience
        if is_due:
            audience = audience._replace(topics=audience.topics - {Topic.ONLINE})
        frames = self.welcome_frames(audience)
        # If the handshake response still waits, both leave in one packet.
        if not (connection.outbound.write(frames) or connection.outbound.queue(frames)):
            self._fanout.mark_missed(connection)

    def welcome_frames(self, audience: Audience) -> EncodedFrames:
        """Return everything that a connection without state needs."""
        return self._welcome.frames(audience)

    def send_topic(self, connection: Connection, topic: Topic) -> None:
        """Send a connection the current state of one topic."""
        self._fanout.send(connection, self._welcome.topic_frames(connection.audience, topic))

    def send_here_soon(self, connection: Connection) -> None:
        """Send a connection that shows another page the number of its place, in the next pass."""
        if connection.audience.here is not None:
            self._places.owe(connection)
            self.changed.set()

    # -- the feed ------------------------------------------------------------------------

    @property
    def feed_items(self) -> tuple[Item, ...]:
        """The feed as connections know it, newest first."""
        return self._feed.sent

    @property
    def feed_version(self) -> int:
        """Rises with each change of the feed."""
        return self._feed.version

    def receive_activity(self, change: FeedChange) -> None:
        """Apply a published change of the feed. Idempotent."""
        self._schedule_activity(self._feed.receive(change))

    def reconcile_feed(self, newest: Iterable[Item]) -> None:
        """Apply the newest activities of the table; send what no message brought."""
        self._schedule_activity(self._feed.reconcile(newest))

    def _schedule_activity(self, has_changed: bool) -> None:
        if not len(self._registry):
            self._feed.take_pending()
        elif has_changed and self._activity_due_at == inf:
            self._activity_due_at = self._clock() + ACTIVITY_WAIT_SECONDS
            self.changed.set()

    # -- the broadcast -------------------------------------------------------------------

    @property
    def is_idle(self) -> bool:
        """Whether connections know everything."""
        has_new = self._has_new_counts() or self._places.has_changes
        return not (has_new or self._feed.has_pending)

    def due_at(self) -> float:
        """Return when the next broadcast is due."""
        earliest = self._sent_at + self._budget.interval_seconds
        return min(self._counts_due_at(earliest), max(earliest, self._activity_due_at))

    def _counts_due_at(self, earliest: float) -> float:
        if self._has_new_counts() or self._spread_ms() != self.sent_spread_ms:
            return earliest
        if self._places.has_changes:
            return earliest
        # Time alone makes counts stale. Once they are, the next change wakes the loop.
        stale_at = self._current.stale_at
        return max(earliest, stale_at) if stale_at >= self._clock() else inf

    async def broadcast(self) -> None:
        """Send every connection what changed since the last broadcast."""
        self._sent_at = self._clock()
        sent_counts, sent_spread_ms = self._sent_counts, self.sent_spread_ms
        changes, self._activity_due_at = self._feed.take_pending(), inf
        try:
            texts = self._take_changes(changes)
            if texts:
                self._budget.record(await self._fanout.send_to_all(texts))
                self.durations.observe(self._clock() - self._sent_at)
            self._send_owed(texts)
        except Exception:
            # Some connections missed it; the others ignore what they know.
            self._sent_counts, self.sent_spread_ms = sent_counts, sent_spread_ms
            self._places.resend_all()
            if changes:
                self._feed.resend_all()
                self._activity_due_at = self._sent_at
            raise

    def _take_changes(self, changes: list[Item | Removed | History]) -> dict[Receivers, list[str]]:
        """Return the texts to send, by their receivers, and record them as sent."""
        texts = self._places.take_changes()
        current, counts = self._current.sourced(), self._current.visible_counts()
        if current is not None and counts != self._sent_counts:
            self._sent_counts = counts
            texts[Topic.ONLINE] = [dump_count(current)]
        if changes:
            texts[Topic.ACTIVITY] = [dump_feed_change(change) for change in changes]
        if self._spread_ms() != self.sent_spread_ms:
            self.sent_spread_ms = self._spread_ms()
            texts[None] = [dump_retry(self.sent_spread_ms)]
        return texts

    def _send_owed(self, sent: Container[Receivers]) -> None:
        """Send the number of its place to each connection that did not receive it just now."""
        for connection, text in self._places.take_owed(sent):
            if connection in self._registry:
                self._fanout.send(connection, encode([text]))

    def _has_new_counts(self) -> bool:
        return self._current.visible_counts() != self._sent_counts

    def _spread_ms(self) -> int:
        return spread_ms(len(self._registry))
