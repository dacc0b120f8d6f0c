"""Share the dashboard's data between requests, so that the tables are read rarely."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from hashlib import sha256

from django.core.cache import cache
from django.db import Error as DatabaseError

from ...analytics.rollups import counting
from ...dates import site_day, utc_now
from ...names import LABEL
from ...resilience import errors
from ...resilience.outage import Outage
from . import background, queries
from .filters import Filter
from .queries import WHOLE_SITE, DashboardData
from .ranges import CUSTOM, Range

MAX_AGE = timedelta(minutes=1)
#: For several days, which change less in a minute and cost more to read.
MAX_LONG_AGE = timedelta(minutes=5)
#: Change the number whenever the fields of :class:`DashboardData` change.
CACHE_KEY = f"{LABEL}.dashboard.11"
CACHE_SECONDS = 24 * 60 * 60
#: Other ranges and filters are as many as people invent, so they leave the cache soon.
OTHER_CACHE_SECONDS = 60 * 60
#: After this time, another request may read too.
LOCK_SECONDS = 30
#: Batches of analytics rows that a request counts before it reads.
MAX_BATCHES = 2
#: How often, and at which interval, a request without data checks for the data of the reader.
MAX_CHECKS, CHECK_SECONDS = 20, 0.1
#: How long a page waits for its read with a filter. The first one of a process may take seconds.
MAX_FILTERED_SECONDS = 1.0

outage = Outage(
    logging.getLogger(__name__),
    "Reading the dashboard",
    "the last data is shown",
    errors=errors.database.labels("read_dashboard"),
)


def cache_key(shown: Range, only: Filter = WHOLE_SITE) -> str:
    """Return the key of the data of this range and filter."""
    digest = f".{sha256(only.query.encode()).hexdigest()}" if only else ""
    return f"{CACHE_KEY}.{shown.first}.{shown.last}{digest}"


def lock_key(shown: Range, only: Filter = WHOLE_SITE) -> str:
    """Return the key that is in the cache while a request reads this range."""
    return f"{cache_key(shown, only)}.lock"


def max_age_of(shown: Range) -> timedelta:
    """Return the age at which the data is read again."""
    return MAX_AGE if shown.days == 1 else MAX_LONG_AGE


def is_preset(shown: Range, only: Filter) -> bool:
    """Return whether this is a preset range of the whole site."""
    return not only and shown.name != CUSTOM


def has_fresh(shown: Range, only: Filter) -> bool:
    """Return whether data below its maximum age is in the cache."""
    at = utc_now()
    last = _get_todays(shown, only, at)
    return last is not None and _is_fresh(last, at)


def is_being_read(shown: Range, only: Filter) -> bool:
    """Return whether another request reads a filter, so that this one would only wait."""
    return bool(only) and lock_key(shown, only) in cache


def get_latest(
    shown: Range,
    now: Callable[[], datetime] = utc_now,
    sleep: Callable[[float], None] = time.sleep,
    only: Filter = WHOLE_SITE,
    max_filtered_seconds: float = MAX_FILTERED_SECONDS,
) -> DashboardData | None:
    """Return data below its maximum age, or the last data of today if the database fails.

    One request reads a range at a time. The others get the last data of today; if there is none,
    they wait up to two seconds. With a filter, no request waits longer than the given time, and the
    read goes on in the background. Return None if no data is available.
    """
    for _ in range(round(max_filtered_seconds / CHECK_SECONDS) if only else MAX_CHECKS):
        at = now()
        last = _get_todays(shown, only, at)
        if last is not None and _is_fresh(last, at):
            return last
        if cache.add(lock_key(shown, only), True, LOCK_SECONDS):
            read = partial(_read_and_unlock, shown, only, at)
            return (background.call(read, max_filtered_seconds) if only else read()) or last
        if last is not None:
            return last
        sleep(CHECK_SECONDS)
    # With a filter, a second read would slow down the first one.
    return None if only else _read_and_store(shown, only, now())


def _is_fresh(last: DashboardData, at: datetime) -> bool:
    return timedelta() <= at - last.at < max_age_of(last.shown)


def _get_todays(shown: Range, only: Filter, at: datetime) -> DashboardData | None:
    last: DashboardData | None = cache.get(cache_key(shown, only))
    return last if last is not None and site_day(last.at) == site_day(at) else None


def _read_and_unlock(shown: Range, only: Filter, at: datetime) -> DashboardData | None:
    try:
        # With a filter, the read may have waited for others, and one of them had the same filter.
        last = _get_todays(shown, only, at)
        if last is not None and _is_fresh(last, at):
            return last
        return _read_and_store(shown, only, at)
    finally:
        cache.delete(lock_key(shown, only))


def _read_and_store(shown: Range, only: Filter, at: datetime) -> DashboardData | None:
    try:
        # Usually, a background task has counted all but the newest rows.
        sum(counting.count_new_rows(MAX_BATCHES))
        data = queries.read_data(shown, at, only)
    except DatabaseError as error:
        outage.record_failure(error)
        return None
    outage.record_success()
    cache.set(
        cache_key(shown, only),
        data,
        CACHE_SECONDS if is_preset(shown, only) else OTHER_CACHE_SECONDS,
    )
    return data
