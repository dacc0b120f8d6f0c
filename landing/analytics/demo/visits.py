"""Simulate visits: the visitor and the account of each, its start, and the length of the stay."""

from __future__ import annotations

from datetime import datetime, timedelta
from math import exp, log, pow
from random import Random
from statistics import NormalDist
from typing import NamedTuple

from django.contrib.auth import get_user_model
from django.db.models import IntegerField

from ... import conf
from ...dates import day_start, site_day
from ...visitors.session_user import has_user_model
from ...visitors.visitor_cookie import VISITOR_BYTES
from .traffic import Arrivals, Traffic

#: Distribution of visits per visitor: half of the visitors come once.
PARETO_SHAPE = 1.2
#: Log-normal distribution of the length of a stay: half of them are below eleven minutes.
STAY_MU, STAY_SIGMA, MAX_STAY_SECONDS = 6.5, 1.2, 3 * 60 * 60
#: Nobody signs up in less time.
SIGN_UP_SECONDS = 120
SIGNED_IN_SHARE, SECOND_TAB_SHARE = 0.2, 0.12
#: Share of the users who sign up in one of their visits. The others had an account before.
NEW_USER_SHARE = 0.7


class Visit(NamedTuple):
    """One stay of one visitor, with times in Unix seconds."""

    begins: int
    ends: int
    visitor: bytes
    #: The user is signed in from the first page view on, or after signing up.
    user: int | None
    tabs: int
    signs_up: bool = False


def start_of(days: int, now: datetime) -> datetime:
    """Return the start of a period of ``days`` whole days and today, in the site's time zone."""
    return day_start(site_day(now) - timedelta(days=days))


def simulate_visits(visitors: int, since: datetime, now: datetime, rng: Random) -> list[Visit]:
    """Return visits sorted by time, at least one per visitor."""
    arrivals = Arrivals(Traffic(since, now, rng), since, now)
    window_seconds = 60 * conf.read().LANDING_ACTIVE_WINDOW_MINUTES
    visits: list[Visit] = []
    for number in range(1, visitors + 1):
        visitor, user = rng.randbytes(VISITOR_BYTES), _user(number, rng)
        is_new_user = user is not None and rng.random() < NEW_USER_SHARE
        count = int(min(rng.paretovariate(PARETO_SHAPE), _most_visits(since, now)))
        anonymous_visits = rng.randrange(count) if is_new_user else 0
        free_from = 0
        for index, begins in enumerate(arrivals.draw(count, rng)):
            # The windows of a visitor's visits must not overlap, or the visitor counts twice.
            if begins < free_from:
                continue
            is_anonymous = index < anonymous_visits
            signs_up = is_new_user and not is_anonymous
            ends = begins + draw_stay_seconds(rng, signs_up=signs_up)
            tabs = 2 if rng.random() < SECOND_TAB_SHARE else 1
            own_user = None if is_anonymous else user
            visits.append(Visit(begins, ends, visitor, own_user, tabs, signs_up))
            free_from, is_new_user = ends + window_seconds, is_new_user and is_anonymous
    return sorted(visits)


def draw_stay_seconds(rng: Random, *, signs_up: bool = False) -> int:
    """Return the length of a stay."""
    stay = int(min(rng.lognormvariate(STAY_MU, STAY_SIGMA), MAX_STAY_SECONDS)) + 1
    return max(stay, SIGN_UP_SECONDS) if signs_up else stay


def mean_stay_seconds() -> float:
    """Return the mean of the stays without a sign-up."""
    longest = (log(MAX_STAY_SECONDS) - STAY_MU) / STAY_SIGMA
    normal = NormalDist()
    below = exp(STAY_MU + STAY_SIGMA**2 / 2) * normal.cdf(longest - STAY_SIGMA)
    return below + MAX_STAY_SECONDS * (1 - normal.cdf(longest))


def count_visitors(visits: float, since: datetime, now: datetime) -> int:
    """Return how many visitors have about this many visits in the period; at least one."""
    most = _most_visits(since, now)
    mean_visits = sum(pow(times, -PARETO_SHAPE) for times in range(1, most + 1))
    return max(1, round(visits / mean_visits))


def _most_visits(since: datetime, now: datetime) -> int:
    return (now - since).days + 1


def _user(number: int, rng: Random) -> int | None:
    """Return a negative key, which no real user has, or None for an anonymous visitor."""
    is_signed_in = rng.random() < SIGNED_IN_SHARE
    return -number if is_signed_in and _has_integer_keys() else None


def _has_integer_keys() -> bool:
    """Return whether the users of the project have numbers as keys."""
    return has_user_model() and isinstance(get_user_model()._meta.pk, IntegerField)
