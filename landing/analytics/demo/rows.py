"""Derive page views and dwell rows from simulated visits."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from heapq import heappop, heappush
from itertools import accumulate
from random import Random
from typing import NamedTuple

from ... import conf
from ...models import DEMO_MARK, Analytics
from ...querysets import AnalyticsQuerySet
from .visits import Visit

#: Dwell rows older than this are left out, as if they were pruned.
DWELL_ROWS_KEPT = timedelta(days=1)
#: Probability of one more page view, and the mean time before it.
NEXT_PAGE_SHARE, NEXT_PAGE_SECONDS = 0.64, 70


class Choices(NamedTuple):
    """Values with their cumulative weights, for ``Random.choices``."""

    values: tuple[str, ...]
    cumulative: list[float]

    @classmethod
    def from_weights(cls, weights: dict[str, float]) -> Choices:
        """Create choices from a weight per value."""
        return cls(tuple(weights), list(accumulate(weights.values())))

    def choose(self, rng: Random) -> str:
        """Return a random value."""
        return rng.choices(self.values, cum_weights=self.cumulative)[0]


PAGES = Choices.from_weights(
    {
        "/": 100.0,
        "/pricing": 34.0,
        "/features": 28.0,
        "/blog": 20.0,
        "/about": 12.0,
        "/signup": 11.0,
        "/contact": 5.0,
        **{f"/blog/story-{number}": 30 / number for number in range(1, 61)},
    }
)
REFERRERS = Choices.from_weights(
    {
        "": 90.0,
        "www.google.com": 60.0,
        "www.instagram.com": 24.0,
        "t.co": 16.0,
        "www.linkedin.com": 14.0,
        "duckduckgo.com": 9.0,
        "www.youtube.com": 8.0,
        "www.reddit.com": 7.0,
        "news.ycombinator.com": 6.0,
        **{f"blog-{number}.example": 8 / number for number in range(1, 41)},
    }
)


class _DemoRow(NamedTuple):
    """A row before it becomes a model; ``at`` comes first, so that rows sort by time."""

    at: float
    visitor: bytes
    event: str
    path: str
    referrer_host: str
    user: int | None


def stored_rows() -> AnalyticsQuerySet:
    """Return the demo rows in the analytics table."""
    rows: AnalyticsQuerySet = Analytics.objects.filter(data=DEMO_MARK)
    return rows


def analytics_rows(visits: Iterable[Visit], now: datetime, rng: Random) -> Iterator[Analytics]:
    """Yield page views, and the dwell rows of the last day, sorted by time."""
    until = now.timestamp()
    for row in _sorted_rows(visits, until, rng):
        yield Analytics(
            visitor_id=row.visitor,
            user_id=row.user,
            event=row.event,
            path=row.path,
            referrer_host=row.referrer_host,
            created_at=datetime.fromtimestamp(row.at, UTC),
            data=DEMO_MARK,
        )


def _sorted_rows(visits: Iterable[Visit], until: float, rng: Random) -> Iterator[_DemoRow]:
    waiting: list[_DemoRow] = []
    for visit in visits:
        while waiting and waiting[0].at <= visit.begins:
            yield heappop(waiting)
        for row in (*_page_views(visit, rng), *_dwell_rows(visit, until)):
            if row.at <= until:
                heappush(waiting, row)
    while waiting:
        yield heappop(waiting)


def _page_views(visit: Visit, rng: Random) -> Iterator[_DemoRow]:
    at, referrer = visit.begins + rng.random(), REFERRERS.choose(rng)
    path = "/" if rng.random() < 0.4 else PAGES.choose(rng)
    while True:
        yield _DemoRow(at, visit.visitor, Analytics.Event.PAGE_VIEW, path, referrer, visit.user)
        at += rng.expovariate(1 / NEXT_PAGE_SECONDS) + 1
        if at >= visit.ends or rng.random() > NEXT_PAGE_SHARE:
            return
        path, referrer = PAGES.choose(rng), ""


def _dwell_rows(visit: Visit, until: float) -> Iterator[_DemoRow]:
    step = 60 * conf.read().LANDING_ANALYTICS_HEARTBEAT_MINUTES
    first = max(visit.begins, int(until - DWELL_ROWS_KEPT.total_seconds()))
    for at in range(first - first % step + step, visit.ends, step):
        yield _DemoRow(at, visit.visitor, Analytics.Event.HEARTBEAT, "", "", visit.user)
