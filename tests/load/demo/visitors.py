"""The visitors of the demo's past, who are on the page at its start or return later."""

from __future__ import annotations

from datetime import datetime
from random import Random
from typing import NamedTuple

from landing import conf
from landing.analytics import demo
from landing.analytics.demo.visits import MAX_STAY_SECONDS
from landing.dates import unix_minute
from landing.tables.querysets import AnalyticsQuerySet
from landing.visitors import visitor_cookie

Cookies = dict[str, str]
#: No visit is longer.
MAX_STAY_MINUTES = MAX_STAY_SECONDS // 60 + 1
#: Return at most this many of the visitors who may come back.
MAX_KNOWN = 5_000


class PresentVisitor(NamedTuple):
    """A visitor who is on the site, and the page that this visitor viewed last."""

    cookies: Cookies
    path: str


class Visitors(NamedTuple):
    """The count of the people who were present last, and visitors in random order."""

    people: int
    #: They were on the site in the last minutes.
    present: list[PresentVisitor]
    #: They were not active lately.
    known: list[Cookies]


def read_past(now: datetime, rng: Random) -> Visitors:
    """Return the visitors of the past, from the database of the demo."""
    rows, given = demo.stored_rows(), conf.read()
    active = _visitors(rows.in_window(given.LANDING_ACTIVE_WINDOW_MINUTES, now))
    present = _visitors(rows.in_window(given.LANDING_ANALYTICS_HEARTBEAT_MINUTES + 1, now))
    known = _visitors(rows) - active
    paths = _last_paths(rows.in_window(MAX_STAY_MINUTES, now))
    samples = demo.stored_samples().filter(minute__lte=unix_minute(now)).order_by("-minute")
    return Visitors(
        samples.values_list("people", flat=True)[0],
        [PresentVisitor(_cookies(each), paths.get(each, "/")) for each in _shuffled(present, rng)],
        [_cookies(each) for each in _shuffled(known, rng)[:MAX_KNOWN]],
    )


def _visitors(rows: AnalyticsQuerySet) -> set[bytes]:
    return {bytes(each) for each in rows.values_list("visitor_id", flat=True)}


def _last_paths(rows: AnalyticsQuerySet) -> dict[bytes, str]:
    views = rows.page_views().order_by("created_at")
    return {bytes(visitor): path for visitor, path in views.values_list("visitor_id", "path")}


def _shuffled(visitors: set[bytes], rng: Random) -> list[bytes]:
    return rng.sample(sorted(visitors), len(visitors))


def _cookies(visitor: bytes) -> Cookies:
    return {conf.read().LANDING_VISITOR_COOKIE_NAME: visitor_cookie.dump_cookie(visitor)}
