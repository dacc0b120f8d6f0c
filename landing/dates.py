"""Site days, minute keys, conversions between datetimes and Unix time, and their model field.

All datetimes are aware, even if the project has ``USE_TZ = False``.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.conf import settings
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.utils import timezone

#: The start of Unix time.
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


class AwareDateTimeField(models.DateTimeField):  # type: ignore[type-arg]
    """A time that is aware in Python.

    Without ``USE_TZ``, Django's own field is naive and refuses aware times on some databases.
    Such a database stores the time in ``TIME_ZONE``, as Django does.
    """

    def get_default(self) -> Any:
        return to_aware(super().get_default())

    def get_prep_value(self, value: Any) -> Any:
        return to_aware(super().get_prep_value(value))

    def get_db_prep_value(
        self, value: Any, connection: BaseDatabaseWrapper, prepared: bool = False
    ) -> Any:
        value = value if prepared else self.get_prep_value(value)
        if value is not None and not (settings.USE_TZ or connection.features.supports_timezones):
            value = timezone.make_naive(value, timezone.get_default_timezone())
        return super().get_db_prep_value(value, connection, prepared=True)

    def get_db_converters(self, connection: BaseDatabaseWrapper) -> list[Any]:
        if settings.USE_TZ:
            return super().get_db_converters(connection)
        return [*super().get_db_converters(connection), lambda value, *_: to_aware(value)]

    def deconstruct(self) -> tuple[str, str, Any, Any]:
        """Appear as Django's field in migrations: the column is the same."""
        name, _, arguments, options = super().deconstruct()
        return name, "django.db.models.DateTimeField", arguments, options


def utc_now() -> datetime:
    """Return the current time in UTC."""
    return datetime.now(UTC)


def to_aware(moment: Any) -> Any:
    """Return the time with a time zone; a naive time is in ``TIME_ZONE``. None stays None."""
    if moment is None or timezone.is_aware(moment):
        return moment
    return timezone.make_aware(moment, timezone.get_default_timezone())


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
