"""The read side: the one snapshot that page, API, socket and admin show.

Presence and the figures of the table meet here and nowhere else. In a process that
serves, both come from its worker and nothing is read; a process without one reads for
itself. Owns the shape of the snapshot, and what stands in while no number is known.
"""

from __future__ import annotations

import asyncio
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from asgiref.sync import async_to_sync
from channels.db import database_sync_to_async
from django.utils import timezone

from . import conf, simulated
from .analytics import aggregates
from .dates import EPOCH, isoformat, site_day
from .live import absent_worker, worker
from .live.frames import Source, SourcedSnapshot
from .live.presence.contract import Aggregates


@dataclass(frozen=True, slots=True)
class Online:
    """Who is connected now, or was a moment ago; None: not known."""

    people: int | None
    connections: int | None
    signed_in: int | None
    anonymous: int | None


@dataclass(frozen=True, slots=True)
class Today:
    """The day so far, in ``TIME_ZONE``; None: not known."""

    visitors: int | None
    page_views: int | None
    peak_people: int | None


@dataclass(frozen=True, slots=True)
class StatsSnapshot:
    """Every number of one moment; None stands for one that is not known, never 0."""

    active_users_now: int | None
    window_minutes: int
    online: Online
    today: Today
    source: Source
    as_of: datetime | None
    version: int
    #: when the table was read; None if never. For the admin: the API has one ``as_of``.
    table_as_of: datetime | None = None

    def as_dict(self) -> dict[str, Any]:
        """The answer of ``GET /api/landing/stats/``, ready for JSON."""
        content = asdict(self)
        del content["table_as_of"]
        content["source"] = self.source.value
        content["as_of"] = isoformat(_unix_ms(self.as_of)) if self.as_of else None
        return content


def snapshot() -> StatsSnapshot:
    """What every screen shows now. No query, but in a process without a worker.

    In a running event loop nothing may be waited for: what this process knows already.
    """
    live = worker.current()
    if live is not None:
        return _compose(live.shown(), None)
    if _in_event_loop():
        return _compose(None, aggregates.cache.last())
    shown = async_to_sync(absent_worker.shown)()
    return _compose(shown, None if _has_table(shown) else aggregates.cache.get())


async def asnapshot() -> StatsSnapshot:
    """What every screen shows now. No query, but in a process without a worker."""
    live = worker.current()
    if live is not None:
        return _compose(live.shown(), None)
    shown = await absent_worker.shown()
    return _compose(shown, None if _has_table(shown) else await aggregates.cache.aget())


async def read_aggregates(shown: SourcedSnapshot | None) -> Aggregates | None:
    """What the table says now, for everybody: one query, and another one once a day.

    The day's peak goes on from what is shown. None if the table cannot be read.
    """
    now = timezone.now()
    # A long reading holds up nobody who asks the database for something else.
    read = database_sync_to_async(aggregates.read, thread_sensitive=False)
    table = await read(now, _known_peak(shown, now))
    if table is None or shown is None or shown.source is not Source.LIVE:
        return table
    return table._replace(peak_people=max(table.peak_people or 0, shown.snapshot.people))


def _known_peak(shown: SourcedSnapshot | None, now: datetime) -> int | None:
    """The highest number of people known of this day; None: look it up."""
    table = shown.snapshot.aggregates if shown else None
    return table.peak_people if table and _is_of_day(table, now) else None


def _has_table(shown: SourcedSnapshot | None) -> bool:
    return shown is not None and shown.snapshot.aggregates is not None


def _in_event_loop() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


def _compose(shown: SourcedSnapshot | None, table: Aggregates | None) -> StatsSnapshot:
    """``table``: what the table says, where no worker has told everybody."""
    if shown is None and conf.read().LANDING_SIMULATED_FALLBACK:
        return _simulated()
    table = shown.snapshot.aggregates if shown and shown.snapshot.aggregates else table
    return StatsSnapshot(
        active_users_now=_active(shown, table),
        window_minutes=conf.read().LANDING_ACTIVE_WINDOW_MINUTES,
        online=_online(shown),
        today=_today(shown, table),
        source=shown.source if shown else Source.STALE,
        as_of=_moment(shown.snapshot.as_of_ms) if shown else None,
        version=shown.snapshot.version if shown else 0,
        table_as_of=_moment(table.as_of_ms) if table else None,
    )


def _simulated() -> StatsSnapshot:
    """Not even yesterday's real number is known: demo data, which says that it is."""
    people = simulated.people(conf.read().LANDING_SIMULATED_BASE_COUNT, timezone.now())
    return StatsSnapshot(
        active_users_now=people,
        window_minutes=conf.read().LANDING_ACTIVE_WINDOW_MINUTES,
        online=Online(people, people, 0, people),
        today=Today(None, None, None),
        source=Source.SIMULATED,
        as_of=None,
        version=0,
    )


def _active(shown: SourcedSnapshot | None, table: Aggregates | None) -> int | None:
    if table is None:
        return None
    return max(table.active, shown.snapshot.people if shown else 0)


def _online(shown: SourcedSnapshot | None) -> Online:
    if shown is None:
        return Online(None, None, None, None)
    now = shown.snapshot
    return Online(now.people, now.connections, now.signed_in, now.anonymous)


def _today(shown: SourcedSnapshot | None, table: Aggregates | None) -> Today:
    """Figures of a day that is over are not today's."""
    if table is None or not _is_of_day(table, timezone.now()):
        return Today(None, None, None)
    people = shown.snapshot.people if shown else 0
    peak = None if table.peak_people is None else max(table.peak_people, people)
    return Today(table.visitors, table.page_views, peak)


def _is_of_day(table: Aggregates, now: datetime) -> bool:
    return table.day == site_day(now).isoformat()


def _moment(unix_ms: int) -> datetime:
    return EPOCH + timedelta(milliseconds=unix_ms)


def _unix_ms(moment: datetime) -> int:
    return (moment - EPOCH) // timedelta(milliseconds=1)
