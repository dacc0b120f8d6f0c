"""Times of the dashboard, in the site's ``TIME_ZONE``."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.formats import date_format

CLOCK, CLOCK_SECONDS = "H:i", "H:i:s"
DAY_AND_CLOCK, DATE_AND_CLOCK, DATE = "D H:i", "j M, H:i", "j M"


def local(at: datetime) -> datetime:
    """Return the time in the site's time zone, whatever zone the request activated."""
    return timezone.localtime(at, timezone.get_default_timezone())


def format_time(at: datetime, format: str) -> str:
    """Return the local time in one of the formats of this module."""
    return date_format(local(at), format)


def same_time_yesterday(at: datetime) -> datetime:
    """Return the time one day earlier by the local clock, even if the clock changed."""
    return local(at) - timedelta(days=1)
