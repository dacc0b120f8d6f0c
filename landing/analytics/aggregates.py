"""What the analytics table says now: its window, and its day so far.

Owns the reading and, for a process without a worker, how old a figure may be. Where
there is a worker, who reads and when is granted to one of the whole deployment, and
:mod:`landing.stats` takes the figures from the shared snapshot.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime
from threading import Lock

from asgiref.sync import sync_to_async
from django.db import Error as DatabaseError
from django.utils import timezone

from .. import conf
from ..dates import site_day
from ..live.presence.contract import Aggregates
from ..models import Analytics, CountSample
from ..resilience.outage import Outage

outage = Outage(logging.getLogger(__name__), "Reading analytics", "the last figures are shown")


def read(now: datetime, peak_people: int | None = None) -> Aggregates | None:
    """One query; without the day's ``peak_people`` so far one more, to look it up.

    None if the table cannot be read.
    """
    try:
        found = Analytics.objects.figures(now, conf.read().LANDING_ACTIVE_WINDOW_MINUTES)
        peak = CountSample.objects.peak_of_day(now) if peak_people is None else peak_people
    except DatabaseError as error:
        outage.began(error)
        return None
    outage.ended()
    return Aggregates(
        found.active,
        site_day(now).isoformat(),
        found.visitors,
        found.page_views,
        peak,
        round(now.timestamp() * 1000),
    )


class FigureCache:
    """The last figures, read again by the first caller after the refresh interval.

    While one caller reads, the others get the last figures; only the very first ones
    wait. After a failure the last figures of the day stand for another interval.
    """

    def __init__(self, now: Callable[[], datetime] = timezone.now) -> None:
        self._now = now
        self._reading = Lock()
        self.forget()

    def forget(self) -> None:
        """As if nothing had been read yet."""
        self._table: Aggregates | None = None
        self._read_at: datetime | None = None

    def get(self) -> Aggregates | None:
        """The figures; None if none of this day are known."""
        if self._is_due() and self._reading.acquire(blocking=self._table is None):
            try:
                self._read()
            finally:
                self._reading.release()
        return self._table

    def last(self) -> Aggregates | None:
        """The figures as last read, however old; None if none of this day are known."""
        return self._table if self._is_of_day(self._now()) else None

    async def aget(self) -> Aggregates | None:
        """As :meth:`get`; a thread is used only where there is something to read."""
        others_read = self._reading.locked() and self._table is not None
        if others_read or not self._is_due():
            return self._table
        return await sync_to_async(self.get)()

    def _read(self) -> None:
        if not self._is_due():
            return
        now = self._now()
        self._table = read(now) or self.last()
        self._read_at = now

    def _is_due(self) -> bool:
        now = self._now()
        if self._read_at is None or not self._is_of_day(now):
            return True
        age_seconds = (now - self._read_at).total_seconds()
        return not 0 <= age_seconds < conf.read().LANDING_STATS_REFRESH_SECONDS

    def _is_of_day(self, now: datetime) -> bool:
        return self._read_at is not None and site_day(now) == site_day(self._read_at)


cache = FigureCache()
