"""What the sockets of this worker are told, and when.

At most one fan-out per interval, which grows with what a fan-out costs; the last
value always goes out, nothing is sent when nothing changed, and everything that is
to be said goes out in the same pass.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator
from math import inf

from .current_snapshot import CurrentSnapshot, Mark
from .feed import Feed, FeedChange, History, Item, Removed
from .frames import Topic, dump_activity_history, dump_count, dump_news, dump_retry
from .reconnect import spread_ms
from .registry import Connection, Registry, Topics
from .transport.fanout import Fanout
from .transport.fanout_budget import FanoutBudget
from .transport.outbound import EncodedFrames, encode

#: How long an activity waits for the next change of a number, to go out in the same pass.
ACTIVITY_PATIENCE_SECONDS = 0.5


class Broadcaster:
    """``clock`` is monotonic, in seconds; ``changed`` is set when something new may be due."""

    def __init__(
        self,
        registry: Registry,
        display: CurrentSnapshot,
        fanout: Fanout,
        pace: FanoutBudget,
        clock: Callable[[], float],
    ) -> None:
        self.changed = asyncio.Event()
        self.feed = Feed()
        #: over how many ms the sockets were told to spread a reconnect
        self.told_spread_ms = spread_ms(0)
        self._registry = registry
        self._display = display
        self._fanout = fanout
        self._pace = pace
        self._clock = clock
        self._told: Mark | None = None
        self._told_at = -inf
        self._newest: dict[Topics, EncodedFrames] = {}
        self._newest_known: object = None
        self._activity_due_at = inf

    def greet(self, connection: Connection) -> None:
        """What a new socket gets at once; a broadcast that is due this moment reaches it too."""
        is_due = self._display.mark() != self._told and self.due_at() <= self._clock()
        topics = connection.topics - {Topic.ONLINE} if is_due else connection.topics
        frame = self.newest(topics)
        # Behind the answer to its handshake, so that both leave in one packet.
        if not (connection.line.queue(frame) or connection.line.write(frame)):
            self._fanout.missed(connection)

    def newest(self, topics: Topics) -> EncodedFrames:
        """All that a socket which knows nothing is told.

        Encoded once for all who come, or catch up, before it changes.
        """
        known = (self._display.shown(), self.told_spread_ms, self.feed.told)
        if known != self._newest_known:
            self._newest_known = known
            self._newest.clear()
        if topics not in self._newest:
            self._newest[topics] = encode([*self._known(topics), dump_retry(self.told_spread_ms)])
        return self._newest[topics]

    def current(self, topics: Topics) -> EncodedFrames:
        """What is known now on these topics."""
        return encode(self._known(topics))

    def _known(self, topics: Topics) -> Iterator[str]:
        """Nothing of a number not yet known."""
        shown = self._display.shown()
        if Topic.ONLINE in topics and shown is not None:
            yield dump_count(shown)
        if Topic.ACTIVITY in topics:
            yield dump_activity_history(self.feed.told)

    def hear(self, news: FeedChange) -> None:
        """An activity was published or taken back; harmless when repeated."""
        self._expect(self.feed.hear(news))

    def adopt(self, newest: Iterable[Item]) -> None:
        """The newest activities as the table has them: what no message told is told now."""
        self._expect(self.feed.adopt(newest))

    def _expect(self, changed: bool) -> None:
        """Tell it with the next numbers if they come soon, else by itself."""
        if not len(self._registry):
            self.feed.take()
        elif changed and self._activity_due_at == inf:
            self._activity_due_at = self._clock() + ACTIVITY_PATIENCE_SECONDS
            self.changed.set()

    def told_all(self) -> bool:
        """Whether the sockets have heard what there is to be told."""
        return self._display.mark() == self._told and not self.feed.has_news

    def due_at(self) -> float:
        """When the sockets are to hear something."""
        earliest = self._told_at + self._pace.interval_seconds
        return min(self._numbers_due_at(earliest), max(earliest, self._activity_due_at))

    def _numbers_due_at(self, earliest: float) -> float:
        if self._display.mark() != self._told or self._spread_ms() != self.told_spread_ms:
            return earliest
        # Going stale is a change that nothing but time brings about. Once stale, the
        # next change wakes us.
        stale_at = self._display.stale_at
        return max(earliest, stale_at) if stale_at >= self._clock() else inf

    async def fan_out(self) -> None:
        """Send what is new since the last time."""
        self._told_at = self._clock()
        told, spread = self._told, self.told_spread_ms
        news, self._activity_due_at = self.feed.take(), inf
        try:
            said = self._take_what_is_new(news)
            if said:
                self._pace.record(await self._fanout.send_to_all(said))
        except Exception:
            # Not everybody has heard it; who has drops what it knows.
            self._told, self.told_spread_ms = told, spread
            if news:
                self.feed.retell()
                self._activity_due_at = self._told_at
            raise

    def _take_what_is_new(
        self, news: list[Item | Removed | History]
    ) -> dict[Topic | None, list[str]]:
        said: dict[Topic | None, list[str]] = {}
        shown, mark = self._display.shown(), self._display.mark()
        if shown is not None and mark != self._told:
            self._told = mark
            said[Topic.ONLINE] = [dump_count(shown)]
        if news:
            said[Topic.ACTIVITY] = [dump_news(each) for each in news]
        if self._spread_ms() != self.told_spread_ms:
            self.told_spread_ms = self._spread_ms()
            said[None] = [dump_retry(self.told_spread_ms)]
        return said

    def _spread_ms(self) -> int:
        return spread_ms(len(self._registry))
