"""The range of days that the dashboard shows, and the range of the same length before it.

A range consists of whole days in the site's ``TIME_ZONE``. If it includes today, the range before
ends at the same time of day, so that both have the same length.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from urllib.parse import urlencode

from ...analytics.rollups.changes import MAX_GAP
from ...dates import day_start, site_day
from ..site_time import CLOCK, format_days, format_time, local

#: A quarter of a year. The rollups find distinct visitors in no longer range.
MAX_DAYS = MAX_GAP
CUSTOM = "custom"
#: The days of each preset, from the first to the last, relative to today.
PRESETS = {
    "today": (0, 0),
    "yesterday": (-1, -1),
    "7-days": (-6, 0),
    "30-days": (-29, 0),
}
TITLES = {
    "today": "Today",
    "yesterday": "Yesterday",
    "7-days": "7 days",
    "30-days": "30 days",
}
DEFAULT = "today"


class InvalidRangeError(ValueError):
    """The parameters name no range. The text explains the problem to the user."""


@dataclass(frozen=True, slots=True)
class Range:
    """Whole days from ``first`` to ``last``, both included."""

    name: str
    first: date
    last: date

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1

    @property
    def start(self) -> datetime:
        return day_start(self.first)

    @property
    def end(self) -> datetime:
        """Return midnight after the last day."""
        return day_start(self.last + timedelta(days=1))

    @property
    def title(self) -> str:
        return TITLES.get(self.name) or format_days(self.first, self.last)

    @property
    def query(self) -> str:
        """Return the query string that selects this range."""
        if self.name != CUSTOM:
            return urlencode({"range": self.name})
        return urlencode({"range": CUSTOM, "from": self.first, "to": self.last})

    @property
    def before(self) -> Range:
        """Return the range of as many days just before this one."""
        shift = timedelta(days=self.days)
        return Range(CUSTOM, self.first - shift, self.last - shift)

    def includes_today(self, at: datetime) -> bool:
        return self.first <= site_day(at) <= self.last

    def is_of_today(self, at: datetime) -> bool:
        """Return whether today is its only day."""
        return self.first == self.last == site_day(at)

    def end_before(self, at: datetime) -> datetime:
        """Return the end of the time to compare with: the same time of day if today is included."""
        if not self.includes_today(at):
            return self.before.end
        # By the local clock, even if the clock changed in between.
        return local(at) - timedelta(days=self.days)

    def describe(self, at: datetime) -> str:
        """Return the days, those before, and the time up to which they are compared."""
        until = f" until {format_time(at, CLOCK)}" if self.includes_today(at) else ""
        before = format_days(self.before.first, self.before.last)
        return f"{format_days(self.first, self.last)}, compared with {before}{until}"

    def describe_before(self, at: datetime) -> str:
        """Return when the earlier figure was counted, as the end of a sentence."""
        if self.is_of_today(at):
            return f"by {format_time(self.end_before(at), CLOCK)} yesterday"
        if self.days == 1:
            return "the day before"
        return f"in the {self.days} days before"


def choose(parameters: Mapping[str, str], today: date) -> Range:
    """Return the range of the query parameters; raise InvalidRangeError."""
    name = parameters.get("range", "").strip()
    is_custom = name == CUSTOM or (not name and ("from" in parameters or "to" in parameters))
    if is_custom:
        return _choose_custom(parameters, today)
    return preset(name or DEFAULT, today)


def preset(name: str, today: date) -> Range:
    """Return the range with this name; raise InvalidRangeError."""
    if name not in PRESETS:
        raise InvalidRangeError(
            f"The range must be {', '.join(PRESETS)}, or {CUSTOM} (got “{name[:40]}”)."
        )
    first, last = (today + timedelta(days=shift) for shift in PRESETS[name])
    return Range(name, first, last)


def _choose_custom(parameters: Mapping[str, str], today: date) -> Range:
    first, last = (_parse_day(parameters, name) for name in ("from", "to"))
    if first > last:
        raise InvalidRangeError(f"The first day ({first}) must not be after the last day ({last}).")
    if last > today:
        raise InvalidRangeError(f"The last day must not be after today, {today} (got {last}).")
    chosen = Range(CUSTOM, first, last)
    if chosen.days > MAX_DAYS:
        raise InvalidRangeError(
            f"A range must have at most {MAX_DAYS} days (got {chosen.days:,} days)."
        )
    return chosen


def _parse_day(parameters: Mapping[str, str], name: str) -> date:
    text = parameters.get(name, "").strip()
    try:
        day = date.fromisoformat(text)
        # Days before are subtracted, and a time zone may shift the first one.
        if day.year < 1971:
            raise ValueError(text)
    except ValueError:
        label = {"from": "first", "to": "last"}[name]
        raise InvalidRangeError(
            f"The {label} day must be a date such as 2026-01-31 (got “{text[:40]}”)."
        ) from None
    return day
