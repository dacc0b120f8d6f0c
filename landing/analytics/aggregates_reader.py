"""Read the aggregates of the active window and of today from the tables.

In a deployment with workers, the presence backend grants the read to one worker at a time,
and every screen takes the aggregates from the shared snapshot (:mod:`landing.stats`). A
process without a worker reads through the cache in this module.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime
from threading import Lock

from asgiref.sync import sync_to_async
from django.db import Error as DatabaseError

from .. import conf
from ..dates import site_day, to_unix_ms, utc_now
from ..live.presence.aggregates import Aggregates
from ..models import Analytics, CountSample
from ..resilience import errors
from ..resilience.outage import Outage

outage = Outage(
    logging.getLogger(__name__),
    "Reading analytics",
    "pages keep showing the last aggregates",
    errors=errors.database.labels("read_aggregates"),
)


def read(now: datetime, peak_people: int | None = None) -> Aggregates | None:
    """Read the aggregates at ``now``; return None if the database fails.

    This runs one query, and a second one for today's peak if ``peak_people`` is None.
    """
    try:
        window_minutes = conf.read().LANDING_ACTIVE_WINDOW_MINUTES
        counts: dict[str, int] = Analytics.objects.count_aggregates(now, window_minutes)
        peak = CountSample.objects.read_peak(now) if peak_people is None else peak_people
    except DatabaseError as error:
        outage.record_failure(error)
        return None
    outage.record_success()
    return Aggregates(
        **counts, day=site_day(now).isoformat(), peak_people=peak, as_of_ms=to_unix_ms(now)
    )


class AggregatesCache:
    """The last aggregates; the first caller after the refresh interval reads them again.

    During a read, other callers get the last aggregates; only before the first read they
    wait. After a failed read, today's last aggregates stay for one more interval.
    """

    def __init__(self, now: Callable[[], datetime] = utc_now) -> None:
        self._now = now
        self._reading = Lock()
        self.clear()

    def clear(self) -> None:
        """Forget the last read."""
        self._last: Aggregates | None = None
        self._read_at: datetime | None = None

    def get(self) -> Aggregates | None:
        """Return the aggregates, read if due; None if today's are unknown."""
        if self._is_due() and self._reading.acquire(blocking=self._last is None):
            try:
                self._refresh()
            finally:
                self._reading.release()
        return self._last

    def last(self) -> Aggregates | None:
        """Return the last aggregates without a query, or None if they are not of today."""
        return self._last if self._is_of_today(self._now()) else None

    async def aget(self) -> Aggregates | None:
        """Do the same as :meth:`get`, in a thread if a read is due."""
        is_being_read = self._reading.locked() and self._last is not None
        if is_being_read or not self._is_due():
            return self._last
        return await sync_to_async(self.get)()

    def _refresh(self) -> None:
        # Another thread may have read while this one waited for the lock.
        if not self._is_due():
            return
        now = self._now()
        self._last = read(now) or self.last()
        self._read_at = now

    def _is_due(self) -> bool:
        now = self._now()
        if self._read_at is None or not self._is_of_today(now):
            return True
        # A negative age means that the clock was set back.
        age_seconds = (now - self._read_at).total_seconds()
        return not 0 <= age_seconds < conf.read().LANDING_STATS_REFRESH_SECONDS

    def _is_of_today(self, now: datetime) -> bool:
        return self._read_at is not None and site_day(now) == site_day(self._read_at)


cache = AggregatesCache()
