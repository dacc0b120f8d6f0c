"""A worker under a test's control: its clock, its backend, its group and its sockets."""

from __future__ import annotations

import asyncio
import json
from typing import Any, ClassVar

from landing.asgi import build_worker
from landing.conf import LandingSettings
from landing.live.current_snapshot import SourcedSnapshot
from landing.live.presence.contract import Aggregates, Answer, PresenceError, Report
from landing.live.presence.memory.backend import MemoryPresence
from landing.live.registry import Connection
from landing.live.transport.outbound import EncodedFrames, OutboundBatch, SequentialBatch
from tests.live.presence.simulation import TIMING, aggregates

UNIX_MS = 1_769_860_800_000


class Clock:
    """One time for worker and backend, moved by hand; in seconds since the test began."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds

    def unix_ms(self) -> int:
        return UNIX_MS + round(self.seconds * 1000)


class FlakyPresence(MemoryPresence):
    """The in-process backend behind a connection that a test can cut."""

    def __init__(self, clock: Clock) -> None:
        super().__init__(TIMING, clock.unix_ms)
        self.away = False
        self.reports: list[Report] = []
        self.drained: list[int] = []

    async def sync(self, report: Report) -> Answer:
        self.reports.append(report)
        if self.away:
            raise PresenceError("connection refused")
        return await super().sync(report)

    async def drain(self, worker: str, seq: int, linger_ms: int) -> bool:
        if self.away:
            raise PresenceError("connection refused")
        self.drained.append(linger_ms)
        return await super().drain(worker, seq, linger_ms)


class Group:
    """A channel layer that keeps what is sent and delivers it only when asked to."""

    def __init__(self) -> None:
        self.sent: list[dict[str, Any]] = []
        self.members: list[str] = []
        self.queue: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.broken = False

    async def new_channel(self) -> str:
        return f"channel-{len(self.members)}"

    async def receive(self, channel: str) -> dict[str, Any]:
        return await self.queue.get()

    async def group_add(self, group: str, channel: str) -> None:
        self.members.append(channel)

    async def group_send(self, group: str, message: dict[str, Any]) -> None:
        if self.broken:
            raise ConnectionError("gone")
        self.sent.append(message)


class Wires(SequentialBatch):
    """Each is sent to at once, as a socket of Daphne is."""

    sends_in_tasks = False


class Wire:
    """A way out that keeps what it is given; ``stuck`` takes nothing more from it."""

    batch_type: ClassVar[type[OutboundBatch]] = Wires

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.data = b""
        self.queued: list[EncodedFrames] = []
        self.broken = self.stuck = False

    def write(self, frame: EncodedFrames) -> bool:
        if self.broken or self.stuck or self.queued:
            return False
        self._take(frame)
        return True

    def queue(self, frame: EncodedFrames) -> bool:
        if self.broken:
            return False
        self.queued.append(frame)
        if not self.stuck:
            self.drain()
        return True

    def waiting_bytes(self) -> int:
        return sum(len(frame.data) for frame in self.queued)

    def drain(self) -> None:
        """The other side reads again."""
        self.stuck = False
        while self.queued:
            self._take(self.queued.pop(0))

    def _take(self, frame: EncodedFrames) -> None:
        self.texts += frame.texts
        self.data += frame.data


class Tab(Connection):
    """A socket that remembers what it was sent."""

    def __init__(self, visitor: str, user: str | None = None, *, broken: bool = False) -> None:
        self.wire = Wire()
        self.wire.broken = broken
        super().__init__(
            visitor=visitor.encode().ljust(16, b"."), user=user, outbound=self.wire, close=self._end
        )
        self.closed_with: list[int] = []

    @property
    def frames(self) -> list[dict[str, Any]]:
        return [json.loads(text) for text in self.wire.texts]

    def counts(self) -> list[dict[str, Any]]:
        return [frame for frame in self.frames if frame["type"] == "connection-count"]

    async def _end(self, code: int) -> None:
        self.closed_with.append(code)


class Bench:
    """A worker that takes its steps when told."""

    def __init__(
        self, *, presence: FlakyPresence | None = None, clock: Clock | None = None
    ) -> None:
        self.clock = clock or Clock()
        self.presence = presence or FlakyPresence(self.clock)
        self.group = Group()
        self.active: int | None = 0
        self.page_views = 980
        self.refreshes = 0
        self.worker = build_worker(
            self.presence,
            self.group,
            LandingSettings(),
            read_aggregates=self._read_table,
            clock=self.clock,
            uniform=lambda low, high: high,
        )

    async def _read_table(self, shown: SourcedSnapshot | None) -> Aggregates | None:
        self.refreshes += 1
        if self.active is None:
            return None
        as_of_ms = round(1000 * self.clock())
        return aggregates(self.active, page_views=self.page_views, as_of_ms=as_of_ms)

    async def connect(self, visitor: str, user: str | None = None, **options: Any) -> Tab:
        tab = Tab(visitor, user, **options)
        connecting = asyncio.ensure_future(self.worker.connect(tab))
        await asyncio.sleep(0)
        if not connecting.done() and self.worker.parts.sync.due_at() <= self.clock():
            await self.worker.parts.sync.sync()  # as the loop would at once
        await connecting
        return tab

    async def step(self) -> None:
        """Whatever is due now, in the order of the loops."""
        while self.worker.parts.sync.due_at() <= self.clock():
            await self.worker.parts.sync.sync()
            await asyncio.sleep(0)  # a refresh that was granted runs beside the loops
        if self.worker.parts.broadcaster.due_at() <= self.clock():
            await self.worker.parts.broadcaster.broadcast()

    async def run(self, seconds: float, step: float = 0.05) -> None:
        """Let time pass, taking each step when it is due."""
        for _ in range(round(seconds / step)):
            self.clock.seconds += step
            await self.step()
