"""Fan-out: send the same frames to all local connections, in one pass.

Encodes each frame once. The broadcaster chooses the frames and the time. A closed connection
is not an error here: its own consumer notices and cleans up.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from ..connection import Audience, Connection, Here
from ..frames import Topic
from ..registry import Registry
from ..transport.outbound import EncodedFrames, OutboundBatch, encode
from .slow_consumers import SlowConsumers

#: The receivers of a text: connections with a topic, readers of one place, or (None) everybody.
Receivers = Topic | Here | None
#: The texts to send.
TextsByReceivers = Mapping[Receivers, Sequence[str]]

#: Connections between two yields to the event loop: about 5 ms, which a handshake may wait.
CHUNK_CONNECTIONS = 500


@dataclass(slots=True)
class _Cohort:
    """Connections of one audience with the same type of outbound, by position."""

    receivers: Sequence[Receivers]
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
        self._cohorts: list[_Cohort] = []
        self._cohorts_version = -1

    async def send_to_all(self, texts: TextsByReceivers) -> float:
        """Send each connection the texts of its audience; return the busy seconds.

        Yields to the event loop between chunks. That time is not counted, except while
        sends continue in tasks.
        """
        began = self._clock()
        chunks, closed = self._chunks(texts), self._registry.closed
        busy_seconds, written = self._clock() - began, 0
        for number, (frames, cohort, start) in enumerate(chunks, 1):
            began = self._clock()
            some_closed = self._registry.closed != closed
            for connection in self._write(frames, cohort, start, some_closed):
                self._send_later(connection, frames)
            if cohort.batch.sends_in_tasks:
                await asyncio.sleep(0)
            busy_seconds += self._clock() - began
            written += len(cohort.connections[start : start + CHUNK_CONNECTIONS])
            if written >= CHUNK_CONNECTIONS and number < len(chunks):
                written = 0
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

    def _chunks(self, texts: TextsByReceivers) -> list[tuple[EncodedFrames, _Cohort, int]]:
        """Return the frames, the cohort, and the first position of each chunk."""
        if self._cohorts_version != self._registry.version:
            self._cohorts_version = self._registry.version
            self._cohorts = _lay_out(self._registry)
        encoded: dict[tuple[Receivers, ...], EncodedFrames] = {}
        chunks = []
        for cohort in self._cohorts:
            # By the receivers, not by the texts: there may be a text for each of many places.
            chosen = tuple(each for each in cohort.receivers if each in texts)
            if not chosen:
                continue
            if chosen not in encoded:
                encoded[chosen] = encode(text for each in chosen for text in texts[each])
            starts = range(0, len(cohort.connections), CHUNK_CONNECTIONS)
            chunks += [(encoded[chosen], cohort, start) for start in starts]
        return chunks


def _lay_out(connections: Iterable[Connection]) -> list[_Cohort]:
    cohorts: dict[tuple[Audience, object], _Cohort] = {}
    for connection in connections:
        key = connection.audience, connection.outbound.batch_type
        if key not in cohorts:
            receivers = _receivers(connection.audience)
            cohorts[key] = _Cohort(receivers, connection.outbound.batch_type())
        cohorts[key].add(connection)
    return list(cohorts.values())


def _receivers(audience: Audience) -> Sequence[Receivers]:
    """Return whose texts an audience receives, in the order in which they are sent."""
    topics = (topic for topic in Topic if topic in audience.topics)
    here = () if audience.here is None else (audience.here,)
    return *topics, *here, None
