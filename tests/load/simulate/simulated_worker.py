"""One worker of the site without sockets: its registry, its sync loop, and its messages.

The parts are those of :func:`landing.asgi.worker_parts.build_worker`, with the real Redis backend
and channel layer. Only the fan-out and the loops of the ORM do not run.
"""

from __future__ import annotations

import asyncio
import random
import secrets
import time
from typing import Any

from channels_redis.pubsub import RedisPubSubChannelLayer
from django.conf import settings as django_settings

from landing.asgi.worker_parts import build_worker
from landing.conf import LandingSettings
from landing.live.connection import Connection
from landing.live.current_snapshot import Source, SourcedSnapshot
from landing.live.presence.contract import Answer, Key, KeyType, Report
from landing.live.presence.factory import timing
from landing.live.presence.redis.backend import RedisPresence
from landing.live.reconnect_spread import spread_ms
from landing.live.transport.outbound import EncodedFrames, OutboundBatch, SequentialBatch
from landing.resilience.loops import repeat

#: One person in this many is signed in.
SIGNED_IN_EVERY = 10


class SilentOutbound:
    """The outbound of a connection that receives nothing."""

    batch_type: type[OutboundBatch] = SequentialBatch

    def write(self, frames: EncodedFrames) -> bool:
        return True

    def queue(self, frames: EncodedFrames) -> bool:
        return True

    def waiting_bytes(self) -> int:
        return 0


async def _close(code: int) -> None:
    """Close no socket, because there is none."""


_SILENT = SilentOutbound()


def new_person() -> Connection:
    """Return the only connection of a new visitor, alone in its network."""
    is_signed_in = random.randrange(SIGNED_IN_EVERY) == 0
    user = str(secrets.randbelow(10**12)) if is_signed_in else None
    return Connection(secrets.token_bytes(16), user, _SILENT, _close)


class ObservedPresence(RedisPresence):
    """The Redis backend, which notes the version of the counts that first include a join."""

    #: The times of the joins that no answered report contains.
    joins: dict[Key, float]
    #: The versions of the counts that first include a join, and its time.
    counted: list[tuple[int, float]]

    async def sync(self, report: Report) -> Answer:
        answer = await super().sync(report)
        if self.joins and not answer.lease.resync:
            for change in report.changes:
                at = self.joins.pop(change.key, None)
                if at is not None and answer.snapshot:
                    self.counted.append((answer.snapshot.version, at))
        return answer


class SimulatedWorker:
    """A worker whose people come and go by method calls."""

    def __init__(self, settings: LandingSettings, counted: list[tuple[int, float]]) -> None:
        self._backend = ObservedPresence.from_settings(settings, timing(settings))
        self._backend.joins, self._backend.counted = {}, counted
        self._layer = RedisPubSubChannelLayer(
            hosts=[django_settings.REDIS_URL], prefix=settings.LANDING_REDIS_PREFIX
        )
        self.parts = build_worker(self._backend, self._layer, settings).parts
        self.people: list[Connection] = []
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Start to report, and to receive the snapshots that other workers publish."""
        sync = self.parts.sync
        self._tasks = [
            asyncio.create_task(repeat(sync.sync, sync.due_at, sync.changed, self.parts.clock)),
            asyncio.create_task(self.parts.group.receive_forever()),
        ]

    async def end(self) -> None:
        """End at once, like a killed process: the backend keeps the people for the lease."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._layer.flush()
        await self._backend.close()

    def forget_joins(self) -> None:
        """Observe only joins from now on."""
        self._backend.joins.clear()

    def join(self, person: Connection) -> None:
        """Open the connection of a person."""
        self.people.append(person)
        self._report(self.parts.registry.add, person)
        self._backend.joins[Key(KeyType.VISITOR, person.visitor)] = time.monotonic()

    def leave_one(self) -> None:
        """Close the connection of a random person, if there is one."""
        if self.people:
            position = random.randrange(len(self.people))
            self.people[position], self.people[-1] = self.people[-1], self.people[position]
            self._report(self.parts.registry.remove, self.people.pop())

    def _report(self, update: Any, person: Connection) -> None:
        """Report the keys that a connection changes, as :class:`landing.live.worker.Worker`."""
        sync = self.parts.sync
        had_changes = sync.has_changes
        sync.mark_dirty(update(person), wake=not had_changes)

    @property
    def reconnect_seconds(self) -> float:
        """Over how many seconds the clients of this worker spread their reconnects."""
        return spread_ms(len(self.people)) / 1000

    @property
    def version(self) -> int:
        """The version of the counts that this worker shows; 0 before the first."""
        snapshot = self.parts.current.snapshot
        return snapshot.version if snapshot else 0

    @property
    def live(self) -> SourcedSnapshot | None:
        """The snapshot of this worker, if it is live."""
        current = self.parts.current.sourced()
        return current if current and current.source is Source.LIVE else None
