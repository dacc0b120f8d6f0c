"""Derive page views and dwell rows from simulated visits."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from heapq import heappop, heappush
from random import Random
from typing import NamedTuple

from ... import conf
from ...models import DEMO_MARK, Analytics
from ...tables.querysets import AnalyticsQuerySet
from ..write_buffer.insert import PendingRow
from . import journeys
from .devices import device_of
from .journeys import Campaign
from .visits import Visit

#: Dwell rows older than this are left out, as if they were pruned.
DWELL_ROWS_KEPT = timedelta(days=1)


class _DemoRow(NamedTuple):
    """A row before it has its time zone; ``at`` comes first, so that rows sort by time."""

    at: float
    visitor: bytes
    event: str
    path: str
    referrer_host: str
    user: int | None
    campaign: Campaign = journeys.NO_CAMPAIGN


def stored_rows() -> AnalyticsQuerySet:
    """Return the demo rows in the analytics table."""
    rows: AnalyticsQuerySet = Analytics.objects.filter(data=DEMO_MARK)
    return rows


def analytics_rows(visits: Iterable[Visit], now: datetime, rng: Random) -> Iterator[PendingRow]:
    """Yield page views, and the dwell rows of the last day, sorted by time."""
    until = now.timestamp()
    for at, visitor, event, path, referrer_host, user, campaign in _sorted_rows(visits, until, rng):
        key = None if user is None else str(user)
        created_at = datetime.fromtimestamp(at, UTC)
        # Like those of a server, dwell rows have no dimensions.
        device = device_of(visitor) if path else ("", "")
        columns = event, path, referrer_host, created_at, ""
        yield PendingRow(visitor, key, *columns, *campaign, *device)


def _sorted_rows(visits: Iterable[Visit], until: float, rng: Random) -> Iterator[_DemoRow]:
    waiting: list[_DemoRow] = []
    step = 60 * conf.read().LANDING_ANALYTICS_HEARTBEAT_MINUTES
    for visit in visits:
        while waiting and waiting[0].at <= visit.begins:
            yield heappop(waiting)
        views = list(_page_views(visit, rng))
        for row in (*views, *_dwell_rows(visit, views, until, step)):
            if row.at <= until:
                heappush(waiting, row)
    while waiting:
        yield heappop(waiting)


def _page_views(visit: Visit, rng: Random) -> Iterator[_DemoRow]:
    event = Analytics.Event.PAGE_VIEW.value
    for step in journeys.walk(visit, rng):
        user = visit.user if step.is_signed_in else None
        columns = event, step.path, step.referrer_host, user, step.campaign
        yield _DemoRow(step.at, visit.visitor, *columns)


def _dwell_rows(visit: Visit, views: list[_DemoRow], until: float, step: int) -> Iterator[_DemoRow]:
    event = Analytics.Event.HEARTBEAT.value
    first = max(visit.begins, int(until - DWELL_ROWS_KEPT.total_seconds()))
    for at in range(first - first % step + step, visit.ends, step):
        user = next((view.user for view in reversed(views) if view.at <= at), None)
        yield _DemoRow(at, visit.visitor, event, "", "", user)
