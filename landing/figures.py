"""What the analytics table says now, read at most once per refresh interval.

Owns how old a figure may be and what stands in while the table cannot be read.
Knows nothing of presence.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime
from threading import Lock

from asgiref.sync import sync_to_async
from django.db import Error as DatabaseError
from django.utils import timezone

from landing import conf
from landing.managers import Figures, site_day
from landing.models import Analytics
from landing.outage import Outage

outage = Outage(logging.getLogger(__name__), "Reading analytics", "the last figures are shown")


def count_active() -> int | None:
    """The active visitors now: one query, always. None if the table cannot be read."""
    minutes = conf.read().active_window_minutes
    try:
        active = Analytics.objects.in_window(minutes, timezone.now()).distinct_visitors()
    except DatabaseError as error:
        outage.began(error)
        return None
    outage.ended()
    return active


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
        self._figures: Figures | None = None
        self._read_at: datetime | None = None

    def get(self) -> Figures | None:
        """The figures; None if none of this day are known."""
        if self._is_due() and self._reading.acquire(blocking=self._figures is None):
            try:
                self._read()
            finally:
                self._reading.release()
        return self._figures

    def last(self) -> Figures | None:
        """The figures as last read, however old; None if none of this day are known."""
        return self._figures if self._is_of_day(self._now()) else None

    async def aget(self) -> Figures | None:
        """As :meth:`get`; a thread is used only where there is something to read."""
        others_read = self._reading.locked() and self._figures is not None
        if others_read or not self._is_due():
            return self._figures
        return await sync_to_async(self.get)()

    def _read(self) -> None:
        if not self._is_due():
            return
        now = self._now()
        read = self._figures if self._is_of_day(now) else None
        try:
            read = Analytics.objects.figures(now, conf.read().active_window_minutes)
        except DatabaseError as error:
            outage.began(error)
        else:
            outage.ended()
        self._figures, self._read_at = read, now

    def _is_due(self) -> bool:
        now = self._now()
        if self._read_at is None or not self._is_of_day(now):
            return True
        age_seconds = (now - self._read_at).total_seconds()
        return not 0 <= age_seconds < conf.read().stats_refresh_seconds

    def _is_of_day(self, now: datetime) -> bool:
        return self._read_at is not None and site_day(now) == site_day(self._read_at)


cache = FigureCache()
