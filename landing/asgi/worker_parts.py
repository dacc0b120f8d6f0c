"""Builds a worker from its parts, and lists its loops."""

from __future__ import annotations

import asyncio
import random
import secrets
import time
from collections.abc import Awaitable, Callable, Sequence

from ..conf import LandingSettings
from ..live.broadcast.broadcaster import Broadcaster
from ..live.broadcast.fanout import Fanout
from ..live.broadcast.fanout_budget import FanoutBudget
from ..live.broadcast.slow_consumers import Limits, SlowConsumers
from ..live.connection import Connection
from ..live.current_snapshot import CurrentSnapshot
from ..live.garbage_scheduler import GarbageScheduler
from ..live.map.live_map import LiveMap, ReadPermission
from ..live.places.parts import PlaceParts
from ..live.presence.contract import PresenceBackend
from ..live.presence.split_detector import Claim, SplitDetector, claim_nothing
from ..live.registry import Registry
from ..live.sync.aggregates_relay import ReadAggregates
from ..live.sync.channel_layer import ChannelLayer
from ..live.sync.drain import Drain
from ..live.sync.group import WorkerGroup
from ..live.sync.identities import Identities, ReadUsers
from ..live.sync.loop import SyncLoop
from ..live.sync.report import ReportBuilder
from ..live.worker import StartLoop, Worker, WorkerParts
from ..resilience.loops import repeat


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
    loops = worker_loops(parts)
    return Worker(
        settings,
        parts,
        [*loops, collect_garbage(parts)] if settings.LANDING_PROCESS_TUNING else loops,
    )


def worker_loops(parts: WorkerParts) -> Sequence[StartLoop]:
    """Return the loops of every worker; :class:`BackgroundTasks` has those of the ORM."""
    sync, broadcaster, slow = parts.sync, parts.broadcaster, parts.slow_consumers
    identities, places = parts.identities, parts.places.reader
    split, clock = parts.split, parts.clock
    return (
        lambda: repeat(sync.sync, sync.due_at, sync.changed, clock),
        lambda: repeat(broadcaster.broadcast, broadcaster.due_at, broadcaster.changed, clock),
        lambda: repeat(slow.scan, slow.due_at, slow.changed, clock),
        lambda: repeat(places.refresh, places.due_at, places.changed, clock),
        parts.live_map.publish_forever,
        lambda: repeat(identities.read, identities.due_at, identities.changed, clock),
        lambda: repeat(split.check, split.due_at, asyncio.Event(), clock),
        parts.group.receive_forever,
        sync.signals.send_forever,
    )


def collect_garbage(parts: WorkerParts) -> StartLoop:
    """Return the loop that collects garbage in quiet moments, for the whole process."""
    broadcaster = parts.broadcaster
    garbage = GarbageScheduler(parts.registry, lambda: broadcaster.is_idle, parts.clock)
    return lambda: repeat(garbage.check, garbage.due_at, asyncio.Event(), parts.clock)
