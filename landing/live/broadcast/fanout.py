"""Fan-out: send the same frames to all local connections, in one pass.

Encodes each frame once. The broadcaster chooses the frames and the time. A closed connection
is not an error here: its own consumer notices and cleans up.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from ..connection import Connection, Topics
from ..frames import Topic
from ..registry import Registry
from ..transport.outbound import EncodedFrames, OutboundBatch, encode
from .slow_consumers import SlowConsumers

#: The texts to send, by topic; None: to every connection.
TextsByTopic = Mapping[Topic | None, Sequence[str]]

#: Connections between two yields to the event loop: about 5 ms, which a handshake may wait.
CHUNK_CONNECTIONS = 500


@dataclass(slots=True)
class _Cohort:
    """Connections with the same topics and the same type of outbound, by position."""

    batch: OutboundBatch
    connections: list[Connection] = field(default_factory=list)

    def add(self, connection: Connection) -> None:
        self.batch.add(connection.outbound)
        self.connections.append(connection)


class Fanout:
    """``clock`` is monotonic, in seconds."""

    def __init__(
        self, registry: Registry, slow_consumers: SlowConsumers, clock: Callable[[], float]
    ) -> None:
        self._registry = registry
        self._slow_consumers = slow_consumers
        self._clock = clock
        self._cohorts: list[tuple[Topics, _Cohort]] = []
        self._cohorts_version = -1

    async def send_to_all(self, texts: TextsByTopic) -> float:
        """Send each connection the texts of its topics; return the busy seconds.

        Yields to the event loop between chunks. That time is not counted, except while
        sends continue in tasks.
        """
        began = self._clock()
        chunks, closed = self._chunks(texts), self._registry.closed
        busy_seconds = self._clock() - began
        for number, (frames, cohort, start) in enumerate(chunks, 1):
            began = self._clock()
            some_closed = self._registry.closed != closed
            for connection in self._write(frames, cohort, start, some_closed):
                self._send_later(connection, frames)
            if cohort.batch.sends_in_tasks:
                await asyncio.sleep(0)
            busy_seconds += self._clock() - began
            if number < len(chunks):
                await asyncio.sleep(0)
        return busy_seconds

    def send(self, connection: Connection, frames: EncodedFrames) -> None:
        """Send to one connection, behind the bytes that wait for it."""
        if not connection.outbound.write(frames):
            self._send_later(connection, frames)

    def mark_missed(self, connection: Connection) -> None:
        """Note that a connection missed frames: it is sent everything once it has room."""
        self._slow_consumers.mark_missed(connection)

    def _write(
        self, frames: EncodedFrames, cohort: _Cohort, start: int, some_closed: bool
    ) -> list[Connection]:
        """Write to one chunk; return the connections that did not accept the frames.

        Skips connections that closed after the chunks were laid out.
        """
        stop = start + CHUNK_CONNECTIONS
        if some_closed:
            return [
                connection
                for connection in cohort.connections[start:stop]
                if connection in self._registry and not connection.outbound.write(frames)
            ]
        positions = cohort.batch.write(frames, start, stop)
        return [cohort.connections[position] for position in positions]

    def _send_later(self, connection: Connection, frames: EncodedFrames) -> None:
        has_room = self._slow_consumers.has_room(connection, len(frames.data))
        if has_room and not connection.outbound.queue(frames):
            self._slow_consumers.mark_missed(connection)

    def _chunks(self, texts: TextsByTopic) -> list[tuple[EncodedFrames, _Cohort, int]]:
        """Return the frames, the cohort, and the first position of each chunk."""
        if self._cohorts_version != self._registry.version:
            self._cohorts_version = self._registry.version
            self._cohorts = _lay_out(self._registry)
        return [
            (frames, cohort, start)
            for topics, cohort in self._cohorts
            if (frames := _frames_for(texts, topics)) is not None
            for start in range(0, len(cohort.connections), CHUNK_CONNECTIONS)
        ]


def _lay_out(connections: Iterable[Connection]) -> list[tuple[Topics, _Cohort]]:
    cohorts: dict[tuple[Topics, object], _Cohort] = {}
    for connection in connections:
        key = connection.topics, connection.outbound.batch_type
        if key not in cohorts:
            cohorts[key] = _Cohort(connection.outbound.batch_type())
        cohorts[key].add(connection)
    return [(topics, cohort) for (topics, _), cohort in cohorts.items()]


def _frames_for(texts: TextsByTopic, topics: Topics) -> EncodedFrames | None:
    chosen = [
        text
        for topic, topic_texts in texts.items()
        if topic is None or topic in topics
        for text in topic_texts
    ]
    return encode(chosen) if chosen else None
