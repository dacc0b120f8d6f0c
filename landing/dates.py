"""Days, minutes, and timestamps: the site's day, and how a time is written."""

from __future__ import annotations

from datetime import UTC, date, datetime, time

from django.utils import timezone

#: The first moment of Unix time.
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def site_day(moment: datetime) -> date:
    """The day of the site's ``TIME_ZONE``, whatever zone is active for the request at hand."""
    return timezone.localdate(moment, timezone.get_default_timezone())


def day_start(day: date) -> datetime:
    """The first moment of a day of the site's ``TIME_ZONE``."""
    return datetime.combine(day, time.min, tzinfo=timezone.get_default_timezone())


def unix_minute(moment: datetime) -> int:
    """The key of the minute that a moment is in."""
    return int(moment.timestamp() // 60)


def isoformat(unix_ms: int) -> str:
    """``2026-01-31T12:00:00.123Z``; strings of this form sort by time."""
    moment = datetime.fromtimestamp(unix_ms / 1000, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
