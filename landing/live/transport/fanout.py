"""What is said, to every socket of this worker, in one pass.

Encodes each frame once and knows how to get it to many; what is said and when is
:mod:`landing.live.broadcaster`'s business. A socket that is gone is no error here: its
own consumer notices and cleans up.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from ..frames import Topic
from ..registry import Connection, Registry, Topics
from .outbound import EncodedFrames, OutboundBatch, encode
from .slow_consumers import SlowConsumers

logger = logging.getLogger(__name__)

#: What is said on each topic; None: to every socket, whatever its topics.
Said = Mapping[Topic | None, Sequence[str]]

#: Sockets between two yields to the event loop: about 5 ms, which is what a handshake may wait.
CHUNK = 500


@dataclass(slots=True)
class _Lane:
    """Sockets with the same topics and the same kind of way out, by position."""

    lines: OutboundBatch
    connections: list[Connection] = field(default_factory=list)

    def add(self, connection: Connection) -> None:
        self.lines.add(connection.line)
        self.connections.append(connection)


class Fanout:
    """``clock`` is monotonic, in seconds."""

    def __init__(
        self, registry: Registry, slow_readers: SlowConsumers, clock: Callable[[], float]
    ) -> None:
        self._registry = registry
        self._slow_readers = slow_readers
        self._clock = clock
        self._lanes: list[tuple[Topics, _Lane]] = []
        self._lanes_of_change = -1

    async def send_to_all(self, said: Said) -> float:
        """Tell each socket what concerns it; the seconds of the event loop that this took.

        What others do while the pass yields to them is not counted, but where the sends
        themselves are done meanwhile, in tasks.
        """
        began = self._clock()
        chunks, ended = self._chunks(said), self._registry.ended
        busy_seconds = self._clock() - began
        for number, (frame, lane, start) in enumerate(chunks, 1):
            began = self._clock()
            for connection in self._write(frame, lane, start, self._registry.ended != ended):
                self._behind(connection, frame)
            if lane.lines.sends_in_tasks:
                await asyncio.sleep(0)
            busy_seconds += self._clock() - began
            if number < len(chunks):
                await asyncio.sleep(0)
        return busy_seconds

    def _write(
        self, frame: EncodedFrames, lane: _Lane, start: int, some_have_gone: bool
    ) -> list[Connection]:
        """To one chunk; those that did not take it. Nothing to who has gone since the layout."""
        if some_have_gone:
            return [
                connection
                for connection in lane.connections[start : start + CHUNK]
                if connection in self._registry and not connection.line.write(frame)
            ]
        positions = lane.lines.write(frame, start, start + CHUNK)
        return [lane.connections[position] for position in positions]

    def missed(self, connection: Connection) -> None:
        """It could not be told something, and gets all that is known when it can."""
        self._slow_readers.missed(connection)

    def send(self, connection: Connection, frame: EncodedFrames) -> None:
        """Tell one socket, behind what waits for it."""
        if not connection.line.write(frame):
            self._behind(connection, frame)

    def _chunks(self, said: Said) -> list[tuple[EncodedFrames, _Lane, int]]:
        """What goes to whom, from which position on."""
        if self._lanes_of_change != self._registry.changes:
            self._lanes_of_change = self._registry.changes
            self._lanes = _lay_out(self._registry)
        return [
            (frame, lane, start)
            for topics, lane in self._lanes
            if (frame := _frame_for(said, topics)) is not None
            for start in range(0, len(lane.connections), CHUNK)
        ]

    def _behind(self, connection: Connection, frame: EncodedFrames) -> None:
        has_room = self._slow_readers.has_room(connection, len(frame.data))
        if has_room and not connection.line.queue(frame):
            self._slow_readers.missed(connection)


def _lay_out(connections: Iterable[Connection]) -> list[tuple[Topics, _Lane]]:
    lanes: dict[tuple[Topics, object], _Lane] = {}
    for connection in connections:
        key = connection.topics, connection.line.many
        if key not in lanes:
            lanes[key] = _Lane(connection.line.many())
        lanes[key].add(connection)
    return [(topics, lane) for (topics, _), lane in lanes.items()]


def _frame_for(said: Said, topics: Topics) -> EncodedFrames | None:
    heard = (texts for topic, texts in said.items() if topic is None or topic in topics)
    texts = [text for each in heard for text in each]
    return encode(texts) if texts else None


async def close_all(code: int, connections: Sequence[Connection]) -> None:
    """End each of them; one that is gone already keeps none of the others."""
    endings = (connection.close(code) for connection in connections)
    for outcome in await asyncio.gather(*endings, return_exceptions=True):
        if isinstance(outcome, Exception):
            logger.debug("A socket was gone before it was closed: %r", outcome)
