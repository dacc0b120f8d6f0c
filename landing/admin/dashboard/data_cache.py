"""Share the dashboard's data between requests, so that the tables are read once a minute."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from datetime import datetime, timedelta

from django.core.cache import cache
from django.db import Error as DatabaseError

from ...dates import site_day, utc_now
from ...resilience import errors
from ...resilience.outage import Outage
from . import queries
from .queries import DashboardData

MAX_AGE = timedelta(minutes=1)
#: Change the number whenever the fields of :class:`DashboardData` change.
CACHE_KEY = "landing.dashboard.4"
CACHE_SECONDS = 24 * 60 * 60
LOCK_KEY = f"{CACHE_KEY}.lock"
#: After this time, another request may read too.
LOCK_SECONDS = 30
#: How often, and at which interval, a request without data checks for the data of the reader.
MAX_CHECKS, CHECK_SECONDS = 20, 0.1

outage = Outage(
    logging.getLogger(__name__),
    "Reading the dashboard",
    "the last data is shown",
    errors=errors.database.labels("read_dashboard"),
)


def get_latest(
    now: Callable[[], datetime] = utc_now, sleep: Callable[[float], None] = time.sleep
) -> DashboardData | None:
    """Return data at most a minute old, or the last data of today if the database fails.

    One request reads at a time. The others get the last data of today; if there is none, they
    wait up to two seconds. Return None if no data is available.
    """
    for _ in range(MAX_CHECKS):
        at = now()
        last = _get_todays(at)
        if last is not None and timedelta() <= at - last.at < MAX_AGE:
            return last
        if cache.add(LOCK_KEY, True, LOCK_SECONDS):
            try:
                return _read_and_store(at) or last
            finally:
                cache.delete(LOCK_KEY)
        if last is not None:
            return last
        sleep(CHECK_SECONDS)
    return _read_and_store(now())


def _get_todays(at: datetime) -> DashboardData | None:
    last: DashboardData | None = cache.get(CACHE_KEY)
    return last if last is not None and site_day(last.at) == site_day(at) else None


def _read_and_store(at: datetime) -> DashboardData | None:
    try:
        data = queries.read_data(at)
    except DatabaseError as error:
        outage.record_failure(error)
        return None
    outage.record_success()
    cache.set(CACHE_KEY, data, CACHE_SECONDS)
    return data
