"""The composition root: builds every object of a server process and lists its loops.

No other module knows all parts, and nothing is wired at import time.
"""

from __future__ import annotations

import asyncio
import random
import secrets
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, cast

from channels.routing import ProtocolTypeRouter, URLRouter
from django.urls import path, re_path

from . import conf, stats
from .analytics import recording
from .analytics.first_dwell_rows import first_dwell_rows
from .background import BackgroundTasks, claim_presence
from .checks.deployment import warn_of_short_backlog
from .conf import LandingSettings
from .live import worker
from .live.broadcast.broadcaster import Broadcaster
from .live.broadcast.fanout import Fanout
from .live.broadcast.fanout_budget import FanoutBudget
from .live.broadcast.slow_consumers import Limits, SlowConsumers
from .live.connection import Connection
from .live.consumer import LiveConsumer
from .live.current_snapshot import CurrentSnapshot, SourcedSnapshot
from .live.garbage_scheduler import GarbageScheduler
from .live.map.live_map import LiveMap, ReadPermission
from .live.middleware.guard_fallback import GuardedApplication
from .live.middleware.lifespan import LifespanApplication
from .live.middleware.origins import SameSiteOrigins, refuse
from .live.middleware.request_ids import RequestIds
from .live.middleware.root_path import ROUTES, WEBSOCKET_PATH, RootPath
from .live.places.parts import PlaceParts
from .live.presence import factory
from .live.presence.aggregates import Aggregates
from .live.presence.contract import PresenceBackend
from .live.presence.split_detector import Claim, SplitDetector, claim_nothing
from .live.registry import Registry
from .live.sync import channel_layer_check
from .live.sync.aggregates_relay import ReadAggregates
from .live.sync.channel_layer import ChannelLayer, open_layer
from .live.sync.drain import Drain, drain_at_exit
from .live.sync.group import WorkerGroup
from .live.sync.identities import Identities, ReadUsers
from .live.sync.loop import SyncLoop
from .live.sync.report import ReportBuilder
from .live.transport import daphne
from .live.transport.guard import Guard
from .live.worker import StartLoop, Worker, WorkerParts
from .metrics.listener import MetricsListener
from .privacy import forgetting
from .resilience.loops import repeat
from .visitors.sessions import permissions as session_permissions
from .visitors.sessions import users as session_users

#: A network that vanishes without a close is noticed after Daphne's next ping, at most 20 s
#: later, and this time. Shorter intervals would keep the radios of phones awake.
PING_TIMEOUT_SECONDS = 10


def application(http: Any, on_start: Callable[[], None] = lambda: None) -> Any:
    """Return the site as one ASGI application around Django's own, ``http``.

    ``on_start`` is called when the process begins to serve, and possibly again.
    """
    metrics = MetricsListener.from_settings(conf.read())

    def begin() -> None:
        on_start()
        metrics.start()

    daphne.when_listening(lambda backlogs: begin())
    daphne.when_listening(warn_of_short_backlog)
    daphne.shorten_ping_timeout(PING_TIMEOUT_SECONDS)
    guard = Guard.from_settings(conf.read())
    daphne.guard_when_listening(guard)
    websocket = SameSiteOrigins(URLRouter(_websocket_urlpatterns()))
    router = ProtocolTypeRouter({"http": http, "websocket": websocket})
    mounted = RootPath(router, ROUTES)

    def build() -> ServerProcess:
        begin()
        return ServerProcess(guard)

    guarded = GuardedApplication(mounted, guard)
    # Inside, because the first call starts the loops, whose lines belong to no request.
    return LifespanApplication(RequestIds(guarded, has_proxy=guard.has_proxy), build)


def _websocket_urlpatterns() -> list[Any]:
    # Django's stubs know views only, not ASGI applications.
    return [
        path(WEBSOCKET_PATH, cast("Any", LiveConsumer.as_asgi())),
        # Without this pattern, a socket on another path is an exception and a traceback.
        re_path("", cast("Any", refuse)),
    ]


class ServerProcess:
    """One server process: its worker, and the tasks beside the requests."""

    def __init__(self, guard: Guard) -> None:
        self._background = BackgroundTasks()
        self._worker = build_worker(
            factory.from_settings(),
            open_layer(),
            conf.read(),
            read_aggregates=self._read_aggregates,
            read_users=session_users.read,
            may_watch_map=session_permissions.may_view_analytics,
            on_arrival=first_dwell_rows.record,
            on_forget=forgetting.forget_here,
            on_page_change=self._background.content.receive_hint,
            on_stays=self._background.stays.add,
            claim=claim_nothing if factory.is_shared() else claim_presence,
            find_channel_problem=channel_layer_check.find_problem,
            is_stopping=lambda: guard.is_stopping,
        )
        guard.hand_over = self._worker.parts.drain.handover.step

    async def start(self) -> None:
        """Start the loops; wait, but never long, for the first counts and reads."""
        worker.set_current(self._worker)
        daphne.skip_unread_debug_lines()
        daphne.before_shutdown(self.stop)
        drain_at_exit(self._worker.parts.drain, factory.from_settings)
        self._background.start(self._worker)
        await asyncio.gather(self._worker.start(), self._background.wait_for_first_reads())

    async def _read_aggregates(self, current: SourcedSnapshot | None) -> Aggregates | None:
        """Read the aggregates, then sample this minute in the background."""
        aggregates = await stats.read_aggregates(current)
        self._background.sample_soon(current, aggregates)
        return aggregates

    def stop(self) -> Awaitable[None]:
        """Stop the background tasks, write rows at once, and begin the drain."""
        self._background.stop()
        recording.writer.hurry()
        return self._worker.stop()

    def finish(self) -> None:
        """Write the rows and stays that still wait."""
        recording.writer.finish()
        self._background.stays.finish()


def build_worker(
    backend: PresenceBackend,
    layer: ChannelLayer,
    settings: LandingSettings,
    *,
    read_aggregates: ReadAggregates | None = None,
    read_users: ReadUsers | None = None,
    may_watch_map: ReadPermission | None = None,
    on_arrival: Callable[[Connection], None] = lambda connection: None,
    on_forget: Callable[[bytes], None] = lambda visitor: None,
    on_page_change: Callable[[], None] = lambda: None,
    on_stays: Callable[[Sequence[int]], None] = lambda stays_ms: None,
    claim: Claim = claim_nothing,
    find_channel_problem: Callable[[], Awaitable[Exception | None]] | None = None,
    is_stopping: Callable[[], bool] = lambda: False,
    clock: Callable[[], float] = time.monotonic,
    uniform: Callable[[float, float], float] = random.uniform,
) -> Worker:
    """Build a worker from its parts. ``clock`` is monotonic, in seconds."""
    registry = Registry()
    current = CurrentSnapshot(settings.LANDING_HEARTBEAT_SECONDS, clock)
    interval, share = settings.LANDING_BROADCAST_INTERVAL_SECONDS, settings.LANDING_FANOUT_SHARE
    budget = FanoutBudget(interval, share)
    limits = Limits.from_settings(settings)
    slow_consumers = SlowConsumers(
        registry, limits, lambda audience: broadcaster.welcome_frames(audience), clock
    )
    fanout = Fanout(registry, slow_consumers, clock)
    places = PlaceParts(backend, current, registry.subscribers, settings, budget, clock)
    broadcaster = Broadcaster(registry, current, fanout, budget, places.display, clock)
    group = WorkerGroup(
        layer,
        settings.LANDING_REDIS_TIMEOUT_SECONDS,
        lambda epoch, snapshot: sync.receive_snapshot(epoch, snapshot),
        broadcaster.receive_activity,
        lambda change: identities.receive(change),
        find_channel_problem,
        on_page_change,
    )
    sync = SyncLoop(
        backend,
        ReportBuilder(secrets.token_hex(8), registry),
        current,
        group,
        settings,
        on_change=places.wake_loops,
        read_aggregates=read_aggregates,
        on_stays=on_stays,
        clock=clock,
        uniform=uniform,
    )
    identities = Identities(registry, sync.mark_dirty, settings, read_users, clock, on_forget)
    places.connect(sync.receive_snapshot, broadcaster.changed.set)
    heartbeat, linger = settings.LANDING_HEARTBEAT_SECONDS, settings.LANDING_LINGER_SECONDS
    live_map = LiveMap(backend, registry, fanout, sync.receive_snapshot, may_watch_map, clock)
    drain = Drain(backend, sync, registry, linger, lambda: broadcaster.sent_spread_ms, clock)
    split = SplitDetector(claim, heartbeat, settings.LANDING_LEASE_SECONDS, clock)
    parts = WorkerParts(
        registry=registry,
        current=current,
        broadcaster=broadcaster,
        fanout=fanout,
        budget=budget,
        slow_consumers=slow_consumers,
        group=group,
        sync=sync,
        drain=drain,
        identities=identities,
        places=places,
        live_map=live_map,
        split=split,
        on_arrival=on_arrival,
        is_stopping=is_stopping,
        clock=clock,
    )
    return Worker(settings, parts, worker_loops(parts))


def worker_loops(parts: WorkerParts) -> Sequence[StartLoop]:
    """Return every loop of a worker; :class:`BackgroundTasks` has those of the ORM."""
    sync, broadcaster, slow = parts.sync, parts.broadcaster, parts.slow_consumers
    identities, places = parts.identities, parts.places.reader
    split, clock = parts.split, parts.clock
    garbage = GarbageScheduler(parts.registry, lambda: broadcaster.is_idle, clock)
    return (
        lambda: repeat(sync.sync, sync.due_at, sync.changed, clock),
        lambda: repeat(broadcaster.broadcast, broadcaster.due_at, broadcaster.changed, clock),
        lambda: repeat(slow.scan, slow.due_at, slow.changed, clock),
        lambda: repeat(places.refresh, places.due_at, places.changed, clock),
        parts.live_map.publish_forever,
        lambda: repeat(identities.read, identities.due_at, identities.changed, clock),
        lambda: repeat(garbage.check, garbage.due_at, asyncio.Event(), clock),
        lambda: repeat(split.check, split.due_at, asyncio.Event(), clock),
        parts.group.receive_forever,
        sync.signals.send_forever,
    )
