"""Made-up visits for trying the dashboard, and which rows are made up.

Owns what demo rows look like and how they are told from real ones: ``data`` of a row is
``{"demo": true}``, and ``is_demo`` of a sample. Pages, heartbeats and samples follow from
the same visits, so that they agree. Writes nothing; the command ``seed_analytics`` does.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from heapq import heappop, heappush
from itertools import accumulate, groupby, islice
from random import Random
from statistics import fmean
from typing import NamedTuple

from django.contrib.auth import get_user_model
from django.db.models import IntegerField
from django.utils import timezone

from .. import conf
from ..dates import day_start, site_day, unix_minute
from ..models import DEMO_MARK, Analytics, CountSample
from ..querysets import AnalyticsQuerySet, CountSampleQuerySet
from ..visitors.visitor_cookie import VISITOR_BYTES

#: Samples older than this are of hours, as if they had been rolled up.
MINUTES_FOR_DAYS = 30
#: Heartbeats older than this are as if they had been pruned.
HEARTBEATS_FOR = timedelta(days=1)

#: How busy the hours of a day are, from midnight on, and the days of a week from Monday on.
HOURS = (12, 8, 6, 5, 5, 7, 13, 26, 46, 64, 76, 80, 74, 76, 82, 84, 78, 70, 66, 70, 74, 64, 42, 24)
WEEKDAYS = (1.0, 1.06, 1.08, 1.04, 0.92, 0.62, 0.68)
#: The first day is as much less busy than the last one.
GROWTH = 0.7
SLOT_SECONDS = 600

#: How the number of one visitor's visits is spread: half of them come once.
PARETO_SHAPE = 1.2
#: Of the logarithm of a stay's seconds: half of the stays are shorter than six minutes.
STAY_MU, STAY_SIGMA, MAX_STAY_SECONDS = 5.9, 1.1, 3 * 60 * 60
SIGNED_IN_SHARE, SECOND_TAB_SHARE = 0.06, 0.12
#: That somebody looks at one more page, and the mean of the time until then.
NEXT_PAGE_SHARE, NEXT_PAGE_SECONDS = 0.64, 70


class Weighted(NamedTuple):
    """Things to choose from, and their weights, each with those before it."""

    things: tuple[str, ...]
    cumulated: list[float]


def _weighted(weights: dict[str, float]) -> Weighted:
    return Weighted(tuple(weights), list(accumulate(weights.values())))


PAGES = _weighted(
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
REFERRERS = _weighted(
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


class Visit(NamedTuple):
    """One stay of one visitor; moments are Unix seconds."""

    begins: int
    ends: int
    visitor: bytes
    user: int | None
    tabs: int


def rows() -> AnalyticsQuerySet:
    """The demo rows of the analytics table."""
    found: AnalyticsQuerySet = Analytics.objects.filter(data=DEMO_MARK)
    return found


def samples() -> CountSampleQuerySet:
    """The demo rows among the samples."""
    found: CountSampleQuerySet = CountSample.objects.filter(is_demo=True)
    return found


def first_moment(days: int, now: datetime) -> datetime:
    """Where ``days`` whole days of the site's time zone, and today, begin."""
    return day_start(site_day(now) - timedelta(days=days))


# -- who came when -----------------------------------------------------------------------


def visits(visitors: int, since: datetime, now: datetime, rng: Random) -> list[Visit]:
    """What so many visitors did, each at least once, in the order of their coming."""
    starts, weights = _slots(since, now, rng)
    cumulated = list(accumulate(weights))
    window_seconds = 60 * conf.read().LANDING_ACTIVE_WINDOW_MINUTES
    until = int(now.timestamp())
    made: list[Visit] = []
    for number in range(1, visitors + 1):
        visitor, user = rng.randbytes(VISITOR_BYTES), _user(number, rng)
        times = int(min(rng.paretovariate(PARETO_SHAPE), (now - since).days + 1))
        chosen = sorted(rng.choices(starts, cum_weights=cumulated, k=times))
        again_at = 0
        for slot in chosen:
            begins = slot + rng.randrange(min(SLOT_SECONDS, until - slot))
            stay = int(min(rng.lognormvariate(STAY_MU, STAY_SIGMA), MAX_STAY_SECONDS)) + 1
            tabs = 2 if rng.random() < SECOND_TAB_SHARE else 1
            # One person is never here twice at once, nor twice among the active.
            if begins >= again_at:
                made.append(Visit(begins, begins + stay, visitor, user, tabs))
                again_at = begins + stay + window_seconds
    return sorted(made)


def _slots(since: datetime, now: datetime, rng: Random) -> tuple[list[int], list[float]]:
    """Spans of ten minutes and how likely a visit begins in each, in the site's rhythm."""
    first, last = int(since.timestamp()), int(now.timestamp())
    zone = timezone.get_default_timezone()
    moods = [rng.uniform(0.88, 1.12) for _ in range((last - first) // 86_400 + 2)]
    starts = list(range(first, last, SLOT_SECONDS))
    weights = []
    for start in starts:
        at = datetime.fromtimestamp(start, zone)
        elapsed = (start - first) / (last - first)
        share_of_slot = min(SLOT_SECONDS, last - start) / SLOT_SECONDS
        mood = moods[(start - first) // 86_400] * (GROWTH + (1 - GROWTH) * elapsed)
        weights.append(_hour(at) * WEEKDAYS[at.weekday()] * mood * share_of_slot)
    return starts, weights


def _hour(at: datetime) -> float:
    """Without steps from hour to hour."""
    before, after = HOURS[at.hour], HOURS[(at.hour + 1) % 24]
    return before + (after - before) * at.minute / 60


def _user(number: int, rng: Random) -> int | None:
    """A key that no user ever gets: demo visits are nobody's, and nobody is made for them."""
    signed_in = rng.random() < SIGNED_IN_SHARE
    has_numbers = isinstance(get_user_model()._meta.pk, IntegerField)
    return -number if signed_in and has_numbers else None


# -- rows ------------------------------------------------------------------------------------


class _Row(NamedTuple):
    at: float
    visitor: bytes
    event: str
    path: str
    referrer_host: str
    user: int | None


def analytics_rows(visits: Iterable[Visit], now: datetime, rng: Random) -> Iterator[Analytics]:
    """Page views, and the heartbeats of the last day, in order of time."""
    until = now.timestamp()
    for row in _in_order(visits, until, rng):
        yield Analytics(
            visitor_id=row.visitor,
            user_id=row.user,
            event=row.event,
            path=row.path,
            referrer_host=row.referrer_host,
            created_at=datetime.fromtimestamp(row.at, UTC),
            data=DEMO_MARK,
        )


def _in_order(visits: Iterable[Visit], until: float, rng: Random) -> Iterator[_Row]:
    waiting: list[_Row] = []
    for visit in visits:
        while waiting and waiting[0].at <= visit.begins:
            yield heappop(waiting)
        for row in (*_page_views(visit, rng), *_heartbeats(visit, until)):
            if row.at <= until:
                heappush(waiting, row)
    while waiting:
        yield heappop(waiting)


def _page_views(visit: Visit, rng: Random) -> Iterator[_Row]:
    at, referrer = visit.begins + rng.random(), _one_of(REFERRERS, rng)
    path = "/" if rng.random() < 0.4 else _one_of(PAGES, rng)
    while True:
        yield _Row(at, visit.visitor, Analytics.Event.PAGE_VIEW, path, referrer, visit.user)
        at += rng.expovariate(1 / NEXT_PAGE_SECONDS) + 1
        if at >= visit.ends or rng.random() > NEXT_PAGE_SHARE:
            return
        path, referrer = _one_of(PAGES, rng), ""


def _heartbeats(visit: Visit, until: float) -> Iterator[_Row]:
    step = 60 * conf.read().LANDING_ANALYTICS_HEARTBEAT_MINUTES
    first = max(visit.begins, int(until - HEARTBEATS_FOR.total_seconds()))
    for at in range(first - first % step + step, visit.ends, step):
        yield _Row(at, visit.visitor, Analytics.Event.HEARTBEAT, "", "", visit.user)


def _one_of(weighted: Weighted, rng: Random) -> str:
    return rng.choices(weighted.things, cum_weights=weighted.cumulated)[0]


# -- samples ---------------------------------------------------------------------------------


def real_minutes(since: datetime, now: datetime) -> set[int]:
    """The minutes for which there are real samples, of minutes or of hours."""
    stored = CountSample.objects.between(since - timedelta(hours=1), now).filter(is_demo=False)
    real = stored.values_list("minute", "minutes").iterator()
    return {minute for first, length in real for minute in range(first, first + length)}


def count_samples(
    visits: Sequence[Visit], since: datetime, now: datetime, taken: Collection[int] = ()
) -> Iterator[CountSample]:
    """Of each minute before that of ``now``; beyond 30 days of each hour.

    Without the minutes that are ``taken``, and the hours that have one of those.
    """
    first, last = _whole_hour(since), unix_minute(now)
    minutes_from = max(first, _whole_hour(now - timedelta(days=MINUTES_FOR_DAYS)))
    counts = zip(range(first, last), _people(visits, first, last), strict=True)
    yield from _per_hour(islice(counts, minutes_from - first), taken)
    for minute, count in counts:
        if minute not in taken:
            yield _sample(minute, [count])


def _whole_hour(moment: datetime) -> int:
    return unix_minute(moment) // 60 * 60


class Counts(NamedTuple):
    """Of the first moment of one minute."""

    people: int
    connections: int
    active: int


def _people(visits: Sequence[Visit], first: int, last: int) -> Iterator[Counts]:
    """Of every minute from ``first`` up to ``last``."""
    window_seconds = 60 * conf.read().LANDING_ACTIVE_WINDOW_MINUTES
    changes = [[0, 0, 0] for _ in range(last - first + 1)]

    def change(seconds: int, *by: int) -> None:
        # The first minute that begins at that moment or later.
        at = changes[min(-(-seconds // 60), last) - first]
        at[:] = [old + more for old, more in zip(at, by, strict=True)]

    for visit in visits:
        change(visit.begins, 1, visit.tabs, 1)
        change(visit.ends, -1, -visit.tabs, 0)
        change(visit.ends + window_seconds, 0, 0, -1)
    now = Counts(0, 0, 0)
    for by in changes[:-1]:
        now = Counts(*map(sum, zip(now, by, strict=True)))
        yield now


def _per_hour(
    counts: Iterable[tuple[int, Counts]], taken: Collection[int]
) -> Iterator[CountSample]:
    for hour, of_hour in groupby(counts, key=lambda counted: counted[0] // 60):
        minutes, found = zip(*of_hour, strict=True)
        if not any(minute in taken for minute in minutes):
            yield _sample(60 * hour, found)


def _sample(minute: int, counts: Sequence[Counts]) -> CountSample:
    people, connections, active = (round(fmean(figures)) for figures in zip(*counts, strict=True))
    return CountSample(
        minute=minute,
        people=people,
        connections=connections,
        active=active,
        peak_people=max(count.people for count in counts),
        minutes=len(counts),
        is_demo=True,
    )
