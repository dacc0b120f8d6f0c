"""Simulate visits with a daily and a weekly rhythm."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import accumulate
from random import Random
from typing import NamedTuple

from django.contrib.auth import get_user_model
from django.db.models import IntegerField
from django.utils import timezone

from ... import conf
from ...dates import day_start, site_day
from ...visitors.visitor_cookie import VISITOR_BYTES

#: Relative traffic of each hour from midnight, and of each weekday from Monday.
HOURS = (12, 8, 6, 5, 5, 7, 13, 26, 46, 64, 76, 80, 74, 76, 82, 84, 78, 70, 66, 70, 74, 64, 42, 24)
WEEKDAYS = (1.0, 1.06, 1.08, 1.04, 0.92, 0.62, 0.68)
#: Traffic of the first day relative to the last one.
GROWTH = 0.7
SLOT_SECONDS = 600

#: Distribution of visits per visitor: half of the visitors come once.
PARETO_SHAPE = 1.2
#: Log-normal distribution of the length of a stay: half of them are below six minutes.
STAY_MU, STAY_SIGMA, MAX_STAY_SECONDS = 5.9, 1.1, 3 * 60 * 60
SIGNED_IN_SHARE, SECOND_TAB_SHARE = 0.06, 0.12


class Visit(NamedTuple):
    """One stay of one visitor, with times in Unix seconds."""

    begins: int
    ends: int
    visitor: bytes
    user: int | None
    tabs: int


def start_of(days: int, now: datetime) -> datetime:
    """Return the start of a period of ``days`` whole days and today, in the site's time zone."""
    return day_start(site_day(now) - timedelta(days=days))


def simulate_visits(visitors: int, since: datetime, now: datetime, rng: Random) -> list[Visit]:
    """Return visits sorted by time, at least one per visitor."""
    starts, weights = _slots(since, now, rng)
    cumulative = list(accumulate(weights))
    window_seconds = 60 * conf.read().LANDING_ACTIVE_WINDOW_MINUTES
    until = int(now.timestamp())
    visits: list[Visit] = []
    for number in range(1, visitors + 1):
        visitor, user = rng.randbytes(VISITOR_BYTES), _user(number, rng)
        count = int(min(rng.paretovariate(PARETO_SHAPE), (now - since).days + 1))
        slots = sorted(rng.choices(starts, cum_weights=cumulative, k=count))
        free_from = 0
        for slot in slots:
            begins = slot + rng.randrange(min(SLOT_SECONDS, until - slot))
            stay = int(min(rng.lognormvariate(STAY_MU, STAY_SIGMA), MAX_STAY_SECONDS)) + 1
            tabs = 2 if rng.random() < SECOND_TAB_SHARE else 1
            # The windows of a visitor's visits must not overlap, or the visitor counts twice.
            if begins >= free_from:
                visits.append(Visit(begins, begins + stay, visitor, user, tabs))
                free_from = begins + stay + window_seconds
    return sorted(visits)


def _slots(since: datetime, now: datetime, rng: Random) -> tuple[list[int], list[float]]:
    """Return the starts of ten-minute slots, and the weight of each slot."""
    first, last = int(since.timestamp()), int(now.timestamp())
    zone = timezone.get_default_timezone()
    daily_noise = [rng.uniform(0.88, 1.12) for _ in range((last - first) // 86_400 + 2)]
    starts = list(range(first, last, SLOT_SECONDS))
    weights = []
    for start in starts:
        at = datetime.fromtimestamp(start, zone)
        elapsed = (start - first) / (last - first)
        share_of_slot = min(SLOT_SECONDS, last - start) / SLOT_SECONDS
        trend = daily_noise[(start - first) // 86_400] * (GROWTH + (1 - GROWTH) * elapsed)
        weights.append(_traffic(at) * WEEKDAYS[at.weekday()] * trend * share_of_slot)
    return starts, weights


def _traffic(at: datetime) -> float:
    """Interpolate between the hours."""
    before, after = HOURS[at.hour], HOURS[(at.hour + 1) % 24]
    return before + (after - before) * at.minute / 60


def _user(number: int, rng: Random) -> int | None:
    """Return a negative key, which no real user has, or None for an anonymous visitor."""
    is_signed_in = rng.random() < SIGNED_IN_SHARE
    has_integer_keys = isinstance(get_user_model()._meta.pk, IntegerField)
    return -number if is_signed_in and has_integer_keys else None
