"""The read side: the one snapshot that page and API show.

Presence, as the worker of this process shows it, and the table's figures meet
here and nowhere else. Owns the shape of the snapshot; runs no query of its own
and writes no row.
"""

from __future__ import annotations

import asyncio
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from asgiref.sync import async_to_sync
from channels.db import database_sync_to_async

from landing import conf, figures
from landing.live import elsewhere, worker
from landing.live.messages import Shown, Source, isoformat
from landing.managers import Figures

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


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

    def as_dict(self) -> dict[str, Any]:
        """The answer of ``GET /api/landing/stats/``, ready for JSON."""
        content = asdict(self)
        content["source"] = self.source.value
        content["as_of"] = isoformat(_unix_ms(self.as_of)) if self.as_of else None
        return content


def snapshot() -> StatsSnapshot:
    """What every screen shows now: one query at most.

    In a running event loop nothing may be waited for: what this process knows already.
    """
    live = worker.current()
    if _in_event_loop():
        return _compose(live.shown() if live is not None else None, figures.cache.last())
    shown = live.shown() if live is not None else async_to_sync(elsewhere.shown)()
    return _compose(shown, figures.cache.get())


async def asnapshot() -> StatsSnapshot:
    """What every screen shows now: one query at most."""
    live = worker.current()
    shown = live.shown() if live is not None else await elsewhere.shown()
    return _compose(shown, await figures.cache.aget())


async def refresh_active() -> int | None:
    """Count the active visitors now: one query. None if the table cannot be read."""
    return await database_sync_to_async(figures.count_active)()


def _in_event_loop() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


def _compose(shown: Shown | None, table: Figures | None) -> StatsSnapshot:
    return StatsSnapshot(
        active_users_now=_active(shown, table),
        window_minutes=conf.read().active_window_minutes,
        online=_online(shown),
        today=_today(table),
        source=shown.source if shown else Source.STALE,
        as_of=EPOCH + timedelta(milliseconds=shown.snapshot.as_of_ms) if shown else None,
        version=shown.snapshot.version if shown else 0,
    )


def _active(shown: Shown | None, table: Figures | None) -> int | None:
    """The number that everybody shows; while there is none, the table's, for everybody."""
    if shown is not None and shown.active is not None:
        return shown.active
    if table is None:
        return None
    live = worker.current()
    if live is not None:
        live.report_active(table.active)
    return max(table.active, shown.snapshot.people if shown else 0)


def _online(shown: Shown | None) -> Online:
    if shown is None:
        return Online(None, None, None, None)
    now = shown.snapshot
    return Online(now.people, now.connections, now.signed_in, now.anonymous)


def _today(table: Figures | None) -> Today:
    if table is None:
        return Today(None, None, None)
    return Today(table.visitors, table.page_views, None)


def _unix_ms(moment: datetime) -> int:
    return (moment - EPOCH) // timedelta(milliseconds=1)
