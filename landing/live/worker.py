"""The live runtime of one server process: heartbeat, sync, publish, fan-out, drain.

Owns the worker's tasks and what its screens show. Between a socket and the
presence backend everything passes here; it never touches the ORM and knows no
wire protocol beyond :mod:`landing.live.messages`. It is started at the first
ASGI call of the process (Daphne and Channels send no lifespan) by
:mod:`landing.live.routing`.
"""

from __future__ import annotations

import asyncio
import logging
import random
import secrets
import time
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from contextlib import suppress
from dataclasses import asdict, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, Protocol

from landing import identity
from landing.conf import Defaults
from landing.live.announcements import Announcements
from landing.live.fanout import send_to, send_to_all
from landing.live.messages import (
    CloseCode,
    Shown,
    Source,
    Topic,
    dump_activity_history,
    dump_count,
    dump_retry,
)
from landing.live.presence.base import Answer, Presence, PresenceError, Snapshot
from landing.live.reconnect import Backoff, drain_linger_ms, spread_ms
from landing.live.registry import Connection, Registry
from landing.live.share import Share

logger = logging.getLogger(__name__)

#: The one group; each worker is one member of it, its sockets are not.
GROUP = "landing.live"
#: Memberships of some layers end after a day and are never renewed.
REJOIN_SECONDS = 3600.0
#: The numbers are stale after this many heartbeats without an answer.
STALE_HEARTBEATS = 1.5
#: An orderly stop waits no longer for the backend than this.
DRAIN_SECONDS = 5.0
#: After a step that raised something unforeseen.
FAULT_PAUSE_SECONDS = 1.0


def _utc_today() -> date:
    return datetime.now(UTC).date()


class ChannelLayer(Protocol):
    """What the worker uses of a Channels layer."""

    async def new_channel(self) -> str: ...
    async def receive(self, channel: str) -> dict[str, Any]: ...
    async def group_add(self, group: str, channel: str) -> None: ...
    async def group_send(self, group: str, message: dict[str, Any]) -> None: ...


class Worker:
    """One life of one process. ``clock`` is monotonic, in seconds."""

    def __init__(
        self,
        presence: Presence,
        layer: ChannelLayer,
        settings: Defaults,
        *,
        refresh_active: Callable[[], Awaitable[int | None]] | None = None,
        clock: Callable[[], float] = time.monotonic,
        uniform: Callable[[float, float], float] = random.uniform,
        today: Callable[[], date] = _utc_today,
    ) -> None:
        self.id = secrets.token_hex(8)
        self.presence = presence
        self.layer = layer
        self.settings = settings
        self.registry = Registry()
        self.share = Share(self.id, self.registry)
        self._refresh_active = refresh_active
        self._clock = clock
        self._today = today
        self._backoff = Backoff(uniform)
        self._snapshot: Snapshot | None = None
        self._confirmed_at = clock()
        self._settling = False
        self._active_to_report: int | None = None
        self._synced_at = clock() - settings.heartbeat_seconds
        self._due_at: float | None = None
        self._failing_since: float | None = None
        self._fanned_out_at = clock() - settings.broadcast_interval_seconds
        self._sent: tuple[int, Source] | None = None
        self._sent_spread_ms = spread_ms(0)
        self._sync_wake = asyncio.Event()
        self._fanout_wake = asyncio.Event()
        self._first_sync = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._draining = False
        self._announcements = Announcements()
        self._salted_until: date | None = None

    # -- what the sockets call -------------------------------------------------------

    def connect(self, connection: Connection) -> None:
        """A socket was accepted."""
        self._touched(self.registry.add, connection)

    def disconnect(self, connection: Connection) -> None:
        """A socket ended, in whatever way; harmless when repeated."""
        self._touched(self.registry.remove, connection)

    def is_full_for(self, visitor: bytes) -> bool:
        return (
            self.registry.sockets_of_visitor(visitor) >= self.settings.max_connections_per_visitor
        )

    @property
    def draining(self) -> bool:
        """Whether the process is about to end and takes no more sockets."""
        return self._draining

    async def greet(self, connection: Connection) -> None:
        """What a new socket gets at once."""
        await self.send_current(connection, connection.topics)
        await send_to(dump_retry(self._sent_spread_ms), connection)

    async def send_current(self, connection: Connection, topics: set[Topic]) -> None:
        """What is known now on these topics; nothing is sent of a number not yet known."""
        shown = self.shown()
        if Topic.ONLINE in topics and shown is not None:
            await send_to(dump_count(shown), connection)
        if Topic.ACTIVITY in topics:
            await send_to(dump_activity_history([]), connection)

    def _touched(self, change: Callable[[Connection], Any], connection: Connection) -> None:
        was_dirty = self.share.dirty
        keys = change(connection)
        if self._draining:
            return
        self.share.touch(keys)
        if not was_dirty:
            self._sync_wake.set()

    # -- what the screens read -------------------------------------------------------

    def shown(self) -> Shown | None:
        """What every screen shows now; None while no real number was ever known."""
        if self._snapshot is None:
            return None
        if self._settling or self._clock() > self._stale_at():
            # One ms later than the live frame of the same version, so that a client
            # which takes an equal version only with a newer timestamp takes it.
            snapshot = replace(self._snapshot, as_of_ms=self._snapshot.as_of_ms + 1)
            return Shown(snapshot, Source.STALE)
        return Shown(self._snapshot, Source.LIVE)

    def report_active(self, active: int) -> None:
        """A fresh number of active visitors, for everybody's snapshot; from any thread."""
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._take_active, active)

    def _take_active(self, active: int) -> None:
        if self._snapshot is None or active != self._snapshot.active:
            self._active_to_report = active
            self._sync_wake.set()

    def _stale_at(self) -> float:
        return self._confirmed_at + STALE_HEARTBEATS * self.settings.heartbeat_seconds

    # -- lifetime --------------------------------------------------------------------

    async def start(self, patience_seconds: float = 1.0) -> None:
        """Start the tasks; waits for the first numbers, but never long."""
        self._loop = asyncio.get_running_loop()
        self._spawn(self._repeat(self.sync, self.sync_due_at, self._sync_wake))
        self._spawn(self._repeat(self.fan_out, self.fan_out_due_at, self._fanout_wake))
        self._spawn(self._receive_forever())
        self._spawn(self._announcements.send_forever())
        with suppress(TimeoutError):
            async with asyncio.timeout(patience_seconds):
                await self._first_sync.wait()

    async def stop(self) -> None:
        """Leave in order: the people linger elsewhere, the sockets hear 1001. Idempotent."""
        if self._draining:
            return
        # Before the first await: sockets that end from here on are not departures.
        self._draining = True
        connections = list(self.registry)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(
            self._drain(self.presence),
            *(connection.close(CloseCode.GOING_AWAY) for connection in connections),
        )

    async def drain_at_exit(self, presence: Presence) -> None:
        """The last resort at interpreter exit, over a backend of a loop that still runs."""
        if not self._draining:
            self._draining = True
            await self._drain(presence)

    async def _drain(self, presence: Presence) -> None:
        linger_ms = drain_linger_ms(self._sent_spread_ms, self.settings.linger_seconds)
        try:
            async with asyncio.timeout(DRAIN_SECONDS):
                while await presence.drain(self.id, self.share.seq + 1, linger_ms):
                    pass
        except (PresenceError, TimeoutError) as error:
            logger.warning("The worker left without a drain; its lease will run out: %s", error)
        await presence.close()

    # -- sync ------------------------------------------------------------------------

    def sync_due_at(self) -> float:
        """When the backend is to be asked next."""
        if self._failing_since is not None:
            return self._due_at or self._synced_at
        due_at = self._synced_at + self.settings.heartbeat_seconds
        if self._due_at is not None:
            due_at = min(due_at, self._due_at)
        if self.share.dirty or self._active_to_report is not None:
            due_at = min(due_at, self._synced_at + self.settings.broadcast_interval_seconds)
        return due_at

    async def sync(self) -> None:
        """One report and what follows from its answer."""
        await self._sync()
        self._first_sync.set()

    async def _sync(self) -> None:
        report = self.share.next_report(
            seen=self._snapshot.version if self._snapshot else 0,
            active=self._active_to_report,
            events=self._announcements.wanted,
        )
        try:
            answer = await self.presence.sync(report)
        except PresenceError as error:
            self.share.lost()
            self._failed(error)
            return
        self._answered()
        if report.active == self._active_to_report:
            self._active_to_report = None
        if answer.epoch != self.share.epoch and self._snapshot is not None:
            # The new epoch does not know it; a number once known is not unknown again.
            self._active_to_report = self._snapshot.active
        self.share.acknowledge(report, answer)
        self._schedule(answer)
        self._adopt(answer.snapshot)
        self._announcements.put(answer.joined, answer.left)
        if answer.publish:
            await self._publish(answer)
        if answer.refresh_active and self._refresh_active is not None:
            self._spawn(self._refresh(self._refresh_active))
        await self._share_salts()

    def _schedule(self, answer: Answer) -> None:
        self._synced_at = self._clock()
        at_once = answer.more or answer.resync or self.share.behind
        if at_once:
            self._due_at = self._synced_at
        elif answer.due_in_ms is not None:
            self._due_at = self._synced_at + answer.due_in_ms / 1000
        else:
            self._due_at = None

    async def _refresh(self, refresh: Callable[[], Awaitable[int | None]]) -> None:
        try:
            active = await refresh()
        except Exception:
            logger.exception("The active visitors were not computed")
            return
        if active is not None:
            self._take_active(active)

    async def _share_salts(self) -> None:
        """Have today's and tomorrow's salt in common with the other workers (twice a day at most)."""
        today = self._today()
        tomorrow = today + timedelta(days=1)
        if self._salted_until == tomorrow:
            return
        try:
            for day in (today.isoformat(), tomorrow.isoformat()):
                identity.daily_salt.install(day, await self.presence.daily_salt(day))
        except PresenceError as error:
            logger.info("The salt of the day was not shared: %s", error)
        else:
            self._salted_until = tomorrow

    def _failed(self, error: PresenceError) -> None:
        now = self._clock()
        if self._failing_since is None:
            self._failing_since = now
            logger.warning("Presence does not answer; the last numbers go stale: %s", error)
        self._synced_at = now
        self._due_at = now + self._backoff.next_seconds()

    def _answered(self) -> None:
        if self._failing_since is not None:
            seconds = self._clock() - self._failing_since
            logger.warning("Presence answers again after %.1f s", seconds)
            self._failing_since = None
            self._backoff.reset()

    # -- the group -------------------------------------------------------------------

    async def _publish(self, answer: Answer) -> None:
        """Tell every worker; a lost message costs them at most one heartbeat."""
        snapshot = asdict(answer.snapshot) if answer.snapshot else None
        message = {"type": "snapshot", "epoch": answer.epoch, "snapshot": snapshot}
        try:
            async with asyncio.timeout(self.settings.redis_timeout_seconds):
                await self.layer.group_send(GROUP, message)
        except Exception as error:  # noqa: BLE001  layers raise what their transport raises
            logger.info("A snapshot was not published: %r", error)

    async def _receive_forever(self) -> None:
        while True:
            membership = asyncio.timeout(REJOIN_SECONDS)
            try:
                async with membership:
                    channel = await self.layer.new_channel()
                    await self.layer.group_add(GROUP, channel)
                    while True:
                        self.receive(await self.layer.receive(channel))
            except Exception as error:  # noqa: BLE001  layers raise what their transport raises
                if not membership.expired():
                    logger.info("The channel layer failed; joining again: %r", error)
                    await asyncio.sleep(self.settings.heartbeat_seconds)

    def receive(self, message: Mapping[str, Any]) -> None:
        """Another worker (or this one) published."""
        if message["epoch"] != self.share.epoch:
            self._due_at = self._clock()
            self._sync_wake.set()
        elif message["snapshot"] is not None:
            self._adopt(Snapshot(**message["snapshot"]))

    def _adopt(self, snapshot: Snapshot | None) -> None:
        """Take what a backend answered or a worker published; None: it is settling."""
        was = self._mark()
        if snapshot is None:
            self._settling = True
        elif self._snapshot is None or _is_newer(snapshot, self._snapshot):
            self._snapshot = snapshot
            self._settling = False
            self._confirmed_at = self._clock()
        if self._mark() != was:
            self._fanout_wake.set()

    def _mark(self) -> tuple[int, Source] | None:
        shown = self.shown()
        return (shown.snapshot.version, shown.source) if shown else None

    # -- fan-out ---------------------------------------------------------------------

    def fan_out_due_at(self) -> float:
        """When the local sockets are to hear something; never twice within the interval."""
        earliest = self._fanned_out_at + self.settings.broadcast_interval_seconds
        if self._mark() != self._sent or self._spread_ms() != self._sent_spread_ms:
            return earliest
        # Going stale is a change that nothing but time brings about. Once stale, the
        # next change wakes us.
        stale_at = self._stale_at()
        return max(earliest, stale_at if stale_at >= self._clock() else float("inf"))

    async def fan_out(self) -> None:
        """Send what changed since the last time to the sockets of this worker."""
        self._fanned_out_at = self._clock()
        shown, mark = self.shown(), self._mark()
        if shown is not None and mark != self._sent:
            self._sent = mark
            await send_to_all(dump_count(shown), self.registry.subscribers(Topic.ONLINE))
        if self._spread_ms() != self._sent_spread_ms:
            self._sent_spread_ms = self._spread_ms()
            await send_to_all(dump_retry(self._sent_spread_ms), list(self.registry))

    def _spread_ms(self) -> int:
        return spread_ms(len(self.registry))

    # -- tasks -----------------------------------------------------------------------

    def _spawn(self, coroutine: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _repeat(
        self, step: Callable[[], Awaitable[None]], due_at: Callable[[], float], wake: asyncio.Event
    ) -> None:
        """Take the step whenever it is due; a fault of ours costs one step, not the counter."""
        while True:
            await self._wait_until(due_at, wake)
            try:
                await step()
            except Exception:
                logger.exception("A step of the live worker failed")
                await asyncio.sleep(FAULT_PAUSE_SECONDS)

    async def _wait_until(self, due_at: Callable[[], float], wake: asyncio.Event) -> None:
        while (seconds := due_at() - self._clock()) > 0:
            wake.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(None if seconds == float("inf") else seconds):
                    await wake.wait()


def _is_newer(snapshot: Snapshot, than: Snapshot) -> bool:
    return (snapshot.version, snapshot.as_of_ms) > (than.version, than.as_of_ms)


_current: Worker | None = None


def current() -> Worker | None:
    """The worker of this process, from any thread; None before the first ASGI call."""
    return _current


def set_current(worker: Worker | None) -> None:
    """Wiring only: :mod:`landing.live.routing` starts and stops the worker."""
    global _current
    _current = worker
