"""Times in the admin: formats, and columns of lists, in the site's ``TIME_ZONE``."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from django.contrib import admin
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import lazy

from ..dates import to_aware

CLOCK, CLOCK_SECONDS = "H:i", "H:i:s"
DATE, DATE_AND_CLOCK, WHOLE_DATE = "j M", "j M, H:i", "j M Y"
#: In the admin's lists, which reach back over years.
DATE_AND_MINUTE, DATE_AND_SECONDS = f"{WHOLE_DATE}, {CLOCK}", f"{WHOLE_DATE}, {CLOCK_SECONDS}"


def local(at: datetime) -> datetime:
    """Return the time in the site's time zone, whatever zone the request activated."""
    return timezone.localtime(at, timezone.get_default_timezone())


def format_time(at: datetime, format: str) -> str:
    """Return the local time in one of the formats of this module."""
    return date_format(local(at), format)


def format_days(first: date, last: date) -> str:
    """Return one day or two, such as ``28 Dec 2025 – 3 Jan 2026``."""
    if first == last:
        return date_format(first, WHOLE_DATE)
    start = date_format(first, DATE if first.year == last.year else WHOLE_DATE)
    return f"{start} – {date_format(last, WHOLE_DATE)}"


def zone_name() -> str:
    """Return the name of the site's time zone."""
    return timezone.get_default_timezone_name()


def _add_zone(title: str) -> str:
    return f"{title} ({zone_name()})"


#: The title of a column of times, such as ``Time (UTC)``. The result reads the setting late.
with_zone = lazy(_add_zone, str)


def time_field(name: str, title: str, format: str, ordering: str = "") -> Callable[[Any, Any], str]:
    """Return a column of a model admin: a time in this format, with the zone in its title."""

    @admin.display(description=with_zone(title), ordering=ordering or name)
    def show(model_admin: Any, row: Any) -> str:
        at = to_aware(getattr(row, name))  # the columns of other apps follow USE_TZ
        # Django's page of one row shows None as a word.
        if at is None:
            return str(model_admin.get_empty_value_display())
        return format_time(at, format)

    return show
