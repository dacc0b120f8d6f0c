"""Site days, minute keys, and conversions between datetimes and Unix time."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

from django.utils import timezone

#: The start of Unix time.
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


def site_day(moment: datetime) -> date:
    """Return the date in the site's ``TIME_ZONE``, whatever zone the request activated."""
    return timezone.localdate(moment, timezone.get_default_timezone())


def day_start(day: date) -> datetime:
    """Return midnight at the start of ``day`` in the site's ``TIME_ZONE``."""
    return datetime.combine(day, time.min, tzinfo=timezone.get_default_timezone())


def unix_minute(moment: datetime) -> int:
    """Return the whole minutes from 1970 to ``moment``, the key of its sample."""
    return int(moment.timestamp() // 60)


def from_unix_minute(minute: int) -> datetime:
    """Return the start of the minute, in UTC."""
    return EPOCH + timedelta(minutes=minute)


def to_unix_ms(moment: datetime) -> int:
    """Return the whole milliseconds from 1970 to ``moment``, rounded down."""
    return (moment - EPOCH) // _MILLISECOND


def from_unix_ms(unix_ms: int) -> datetime:
    """Return the time in UTC, exact to the millisecond."""
    return EPOCH + unix_ms * _MILLISECOND


def isoformat(unix_ms: int) -> str:
    """Format as ``2026-01-31T12:00:00.123Z``; strings of this form sort by time."""
    return format_utc(from_unix_ms(unix_ms), "milliseconds")


def format_utc(moment: datetime, timespec: str) -> str:
    """Format in ISO 8601 with ``Z``, to the precision that ``datetime.isoformat`` calls so."""
    return moment.astimezone(UTC).isoformat(timespec=timespec).replace("+00:00", "Z")
