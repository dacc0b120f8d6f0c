"""A worker with a fake clock, backend, channel layer, and connections."""

from __future__ import annotations

import asyncio
import json
from typing import Any, ClassVar

from landing.asgi.worker_parts import build_worker
from landing.conf import LandingSettings
from landing.live.connection import Connection
from landing.live.current_snapshot import SourcedSnapshot
from landing.live.presence.aggregates import Aggregates
from landing.live.presence.contract import Answer, PresenceError, Report
from landing.live.presence.memory.backend import MemoryPresence
from landing.live.transport.outbound import EncodedFrames, OutboundBatch, SequentialBatch
from tests.live.presence.simulation import TIMING, aggregates

UNIX_MS = 1_769_860_800_000


class Clock:
    """A manual clock for the worker and the backend, in seconds since the test began."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds

    def unix_ms(self) -> int:
        return UNIX_MS + round(self.seconds * 1000)


class FlakyPresence(MemoryPresence):
    """The memory backend with an outage that a test can switch on."""

    def __init__(self, clock: Clock) -> None:
        super().__init__(TIMING, clock.unix_ms, max_places=LandingSettings().LANDING_MAX_PLACES)
        self.is_unavailable = False
        self.reports: list[Report] = []
        self.drained: list[int] = []

    async def sync(self, report: Report) -> Answer:
        self.reports.append(report)
        if self.is_unavailable:
            raise PresenceError("connection refused")
        return await super().sync(report)

    async def drain(self, worker: str, seq: int, linger_ms: int) -> bool:
        if self.is_unavailable:
            raise PresenceError("connection refused")
        self.drained.append(linger_ms)
        return await super().drain(worker, seq, linger_ms)


class FakeChannelLayer:
    """A channel layer that records sent messages and delivers none of them."""

    def __init__(self) -> None:
        self.sent: list[dict[str, Any]] = []
        self.members: list[str] = []
        self.left: list[str] = []
        self.queue: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.is_broken = False

    async def new_channel(self) -> str:
        return f"channel-{len(self.members)}"

    async def receive(self, channel: str) -> dict[str, Any]:
        return await self.queue.get()

    async def group_add(self, group: str, channel: str) -> None:
        self.members.append(channel)

    async def group_discard(self, group: str, channel: str) -> None:
        self.left.append(channel)

    async def group_send(self, group: str, message: dict[str, Any]) -> None:
        if self.is_broken:
            raise ConnectionError("connection lost")
        self.sent.append(message)


class FakeOutboundBatch(SequentialBatch):
    """Write to each connection directly, as a batch on Daphne does."""

    sends_in_tasks = False


class FakeOutbound:
    """An outbound that records its frames.

    While ``is_broken``, it refuses all frames. While ``is_stuck``, it only queues them.
    """

    batch_type: ClassVar[type[OutboundBatch]] = FakeOutboundBatch

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.data = b""
        self.queued: list[EncodedFrames] = []
        self.is_broken = self.is_stuck = False

    def write(self, frame: EncodedFrames) -> bool:
        if self.is_broken or self.is_stuck or self.queued:
            return False
        self._deliver(frame)
        return True

    def queue(self, frame: EncodedFrames) -> bool:
        if self.is_broken:
            return False
        self.queued.append(frame)
        if not self.is_stuck:
            self.resume_reading()
        return True

    def waiting_bytes(self) -> int:
        return sum(len(frame.data) for frame in self.queued)

    def resume_reading(self) -> None:
        """Deliver all queued frames, as if the client read again."""
        self.is_stuck = False
        while self.queued:
            self._deliver(self.queued.pop(0))

    def _deliver(self, frame: EncodedFrames) -> None:
        self.texts += frame.texts
        self.data += frame.data


class FakeConnection(Connection):
    """A connection that records the frames sent to it and the close codes."""

    def __init__(
        self, visitor: str, user: str | None = None, *, is_broken: bool = False, place: str = ""
    ) -> None:
        self.fake_outbound = FakeOutbound()
        self.fake_outbound.is_broken = is_broken
        super().__init__(
            visitor=visitor.encode().ljust(16, b"."),
            user=user,
            outbound=self.fake_outbound,
            close=self._close,
            place=place,
        )
        self.close_codes: list[int] = []

    @property
    def frames(self) -> list[dict[str, Any]]:
        return [json.loads(text) for text in self.fake_outbound.texts]

    def count_frames(self) -> list[dict[str, Any]]:
        return [frame for frame in self.frames if frame["type"] == "connection-count"]

    async def _close(self, code: int) -> None:
        self.close_codes.append(code)


class WorkerHarness:
    """A worker whose periodic steps run only when a test advances the clock."""

    def __init__(
        self, *, presence: FlakyPresence | None = None, clock: Clock | None = None
    ) -> None:
        self.clock = clock or Clock()
        self.presence = presence or FlakyPresence(self.clock)
        self.channel_layer = FakeChannelLayer()
        self.active: int | None = 0
        self.page_views = 980
        self.refreshes = 0
        self.is_stopping = False
        self.stays: list[int] = []
        self.worker = build_worker(
            self.presence,
            self.channel_layer,
            LandingSettings(),
            read_aggregates=self._read_aggregates,
            on_stays=self.stays.extend,
            is_stopping=lambda: self.is_stopping,
            clock=self.clock,
            uniform=lambda low, high: high,
        )

    async def _read_aggregates(self, newest: SourcedSnapshot | None) -> Aggregates | None:
        self.refreshes += 1
        if self.active is None:
            return None
        as_of_ms = round(1000 * self.clock())
        return aggregates(self.active, page_views=self.page_views, as_of_ms=as_of_ms)

    async def connect(
        self, visitor: str, user: str | None = None, **options: Any
    ) -> FakeConnection:
        connection = FakeConnection(visitor, user, **options)
        connecting = asyncio.ensure_future(self.worker.connect(connection))
        await asyncio.sleep(0)
        if not connecting.done() and self.worker.parts.sync.due_at() <= self.clock():
            await self.worker.parts.sync.sync()  # the sync loop would start it immediately
        await connecting
        return connection

    async def run_due_steps(self) -> None:
        """Sync and broadcast if they are due."""
        while self.worker.parts.sync.due_at() <= self.clock():
            await self.worker.parts.sync.sync()
            await asyncio.sleep(0)  # a granted refresh runs in its own task
        if self.worker.places.due_at() <= self.clock():
            await self.worker.places.refresh()
        if self.worker.parts.broadcaster.due_at() <= self.clock():
            await self.worker.parts.broadcaster.broadcast()

    async def advance(self, seconds: float, step: float = 0.05) -> None:
        """Advance the clock in small steps, and run the due work after each step."""
        for _ in range(round(seconds / step)):
            self.clock.seconds += step
            await self.run_due_steps()
