"""What is said, to every socket of this worker, in one pass.

Encodes each frame once and knows how to get it to many; what is said and when is
:mod:`landing.live.broadcast`'s business. A socket that is gone is no error here: its
own consumer notices and cleans up.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence

from landing.live.lines import Frame, encode
from landing.live.messages import EVERY_TOPIC, Topic
from landing.live.registry import Connection, Registry, Topics
from landing.live.slow_readers import SlowReaders

logger = logging.getLogger(__name__)

#: What is said on each topic; None: to every socket, whatever its topics.
Said = Mapping[Topic | None, Sequence[str]]

#: Sockets between two yields to the event loop: about 3 ms (docs/performance.md), which
#: is what a handshake may wait.
CHUNK = 250

#: Every set of topics that a socket can have.
ALL_TOPICS: tuple[Topics, ...] = (
    frozenset(),
    frozenset({Topic.ONLINE}),
    frozenset({Topic.ACTIVITY}),
    EVERY_TOPIC,
)


class Fanout:
    """``clock`` is monotonic, in seconds."""

    def __init__(
        self, registry: Registry, slow_readers: SlowReaders, clock: Callable[[], float]
    ) -> None:
        self._registry = registry
        self._slow_readers = slow_readers
        self._clock = clock

    async def send_to_all(self, said: Said) -> float:
        """Tell each socket what concerns it; the seconds of the event loop that this took.

        What others do while the pass yields to them is not counted.
        """
        busy_seconds = 0.0
        frames = {topics: _frame_for(said, topics) for topics in ALL_TOPICS}
        connections = list(self._registry)
        for start in range(0, len(connections), CHUNK):
            began = self._clock()
            for connection in self._write(frames, connections[start : start + CHUNK]):
                frame = frames[connection.topics]
                if connection in self._registry and frame is not None:
                    self._behind(connection, frame)
            busy_seconds += self._clock() - began
            await asyncio.sleep(0)
        return busy_seconds

    def send(self, connection: Connection, frame: Frame) -> None:
        """Tell one socket, behind what waits for it."""
        if not connection.line.write(frame):
            self._behind(connection, frame)

    def _write(
        self, frames: Mapping[Topics, Frame | None], connections: Sequence[Connection]
    ) -> list[Connection]:
        """The inner loop: at once to each that takes it; returns those that did not."""
        return [
            connection
            for connection in connections
            if (frame := frames[connection.topics]) is not None and not connection.line.write(frame)
        ]

    def _behind(self, connection: Connection, frame: Frame) -> None:
        has_room = self._slow_readers.has_room(connection, len(frame.data))
        if has_room and not connection.line.queue(frame):
            self._slow_readers.missed(connection)


def _frame_for(said: Said, topics: Topics) -> Frame | None:
    heard = (texts for topic, texts in said.items() if topic is None or topic in topics)
    texts = [text for each in heard for text in each]
    return encode(texts) if texts else None


async def close_all(code: int, connections: Sequence[Connection]) -> None:
    """End each of them; one that is gone already keeps none of the others."""
    endings = (connection.close(code) for connection in connections)
    for outcome in await asyncio.gather(*endings, return_exceptions=True):
        if isinstance(outcome, Exception):
            logger.debug("A socket was gone before it was closed: %r", outcome)
