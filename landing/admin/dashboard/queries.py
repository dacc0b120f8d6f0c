"""The queries of the dashboard: figures of a range and of the one before, lists, and history."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.utils import timezone

from ...activity import goals
from ...analytics import history
from ...analytics.places import history as places
from ...analytics.rollups import changes, counting, past_days, past_samples, reading
from ...analytics.rollups.past_days import PastDays
from ...analytics.stays import storage as stays
from ...dates import day_start, from_unix_minute, site_day, unix_minute
from ..site_time import local
from .filtered import figures as filtered
from .filtered.figures import FilteredFigures
from .filters import Filter
from .lists import entries
from .lists.entries import Entries
from .ranges import Range

HOURS_PER_DAY = 24
WHOLE_SITE = Filter()


@dataclass(frozen=True, slots=True)
class Figures:
    """The figures of one range."""

    page_views: int
    visitors: int
    #: Visitors who signed in.
    signed_in: int
    peak: history.Peak | None
    #: The visits that ended; None with a filter, because presence knows no page.
    stays: stays.Stays | None = None

    @property
    def signed_in_share(self) -> float | None:
        """Return a number from 0 to 1; None without visitors."""
        return self.signed_in / self.visitors if self.visitors else None


@dataclass(frozen=True, slots=True)
class DashboardData:
    """Everything that the dashboard shows besides the snapshot, read at ``at``."""

    at: datetime
    shown: Range
    #: The filter. With one, there are no samples and no peaks, which are of the whole site.
    only: Filter
    last_hour: history.Series
    samples: history.Series
    samples_before: history.Series
    figures: Figures
    #: If the range includes today, up to the same time of day.
    figures_before: Figures
    #: By hour of a single day, else by day. A time in the future is None.
    page_views: tuple[int | None, ...]
    page_views_before: tuple[int, ...]
    pages: Entries
    #: The entry "" counts page views without a referrer.
    referrers: Entries
    has_demo: bool
    #: Whether many rows are not counted yet.
    is_incomplete: bool = False
    #: Activities by kind; none with a filter, because an activity knows no page.
    goals: tuple[goals.KindCount, ...] = ()
    #: The people by place; none with a filter, because presence counts the whole site.
    places: places.RangeFigures = places.NO_FIGURES
    #: The lists of the dimensions, by column.
    dimensions: Mapping[str, Entries] = field(default_factory=dict)


def read_data(shown: Range, at: datetime, only: Filter = WHOLE_SITE) -> DashboardData:
    """Read the data of the whole site, or of a filter.

    It takes about 22 queries. For the whole site, none depends on the rows of a day. Most answers
    about past days come from the cache. With a filter, the first read of a process reads all rows
    of both ranges, and a later one only new rows.
    """
    past = past_days.load(at)
    both = (shown.before.first, shown.last)
    found = filtered.read(shown, at, only, past) if only else None
    views, views_before, compared = _read_page_views(shown, at, found, past)
    visitors, visitors_before = (
        found.count_visitors() if found else _count_visitors(shown, at, past)
    )
    peak, peak_before = _find_peaks(shown, at, only, past)
    samples, samples_before = _read_samples(shown, at, only, past)
    stayed, stayed_before = _read_stays(shown, at, only, past)
    return DashboardData(
        at=at,
        shown=shown,
        only=only,
        last_hour=history.read_series(1, until=at, now=at),
        samples=samples,
        samples_before=samples_before,
        figures=Figures(sum(views), *visitors, peak, stayed),
        figures_before=Figures(compared, *visitors_before, peak_before, stayed_before),
        page_views=_hide_future(views, shown, at),
        page_views_before=views_before,
        pages=entries.read_pages(shown, past, found),
        referrers=entries.read_referrers(shown, past, found),
        dimensions=entries.read_dimensions(shown, past, found),
        has_demo=reading.has_demo_rows(*both) or past_samples.has_demo(both, past),
        is_incomplete=counting.has_uncounted_rows(),
        places=_read_places(shown, only),
        goals=() if only else goals.count_by_kind(*_spans(shown, at)),
    )


def _spans(shown: Range, at: datetime) -> tuple[stays.Span, stays.Span]:
    """Return the range, and the time before to compare with."""
    return (shown.start, shown.end), (shown.before.start, shown.end_before(at))


def _read_stays(
    shown: Range, at: datetime, only: Filter, past: PastDays
) -> tuple[stays.Stays | None, stays.Stays | None]:
    return (None, None) if only else stays.read(*_spans(shown, at), past)


def _read_places(shown: Range, only: Filter) -> places.RangeFigures:
    if only:
        return places.NO_FIGURES
    before = shown.before
    return places.read_ranges((shown.first, shown.last), (before.first, before.last), entries.TOP)


def _read_samples(
    shown: Range, at: datetime, only: Filter, past: PastDays
) -> tuple[history.Series, history.Series]:
    """Return the samples of both ranges; none with a filter, because they are of the whole site."""
    step = history.choose_step_minutes(shown.before.start, shown.start, at)
    if only:
        nothing = history.Series(0, step, ())
        return nothing, nothing
    now, before = (
        past_samples.read_series((each.first, each.last), step, past)
        for each in (shown, shown.before)
    )
    return now, before


def _find_peaks(
    shown: Range, at: datetime, only: Filter, past: PastDays
) -> tuple[history.Peak | None, history.Peak | None]:
    if only:
        return None, None
    return (
        past_samples.find_peak(shown.first, shown.end, past),
        past_samples.find_peak(shown.before.first, shown.end_before(at), past),
    )


def _count_visitors(
    shown: Range, at: datetime, past: PastDays
) -> tuple[reading.Visitors, reading.Visitors]:
    until = shown.end_before(at) if shown.includes_today(at) else None
    return (
        reading.count_visitors(shown.first, shown.last, past=past),
        reading.count_visitors(shown.before.first, shown.before.last, until, past),
    )


def _read_page_views(
    shown: Range, at: datetime, found: FilteredFigures | None, past: PastDays
) -> tuple[tuple[int, ...], tuple[int, ...], int]:
    """Return the page views of the range, those before, and the sum before to compare with."""
    before = shown.before
    if shown.days == 1:
        slots = (
            found.count_by_slot()
            if found
            else reading.read_page_views_by_slot(before.first, shown.last)
        )
        views, views_before = _group_by_hour(slots, shown), _group_by_hour(slots, before)
    else:
        by_day = (
            _group_by_day(found.count_by_slot())
            if found
            else reading.read_page_views_by_day(before.first, shown.last, past)
        )
        views, views_before = _list_days(by_day, shown), _list_days(by_day, before)
    if found:
        return views, views_before, found.count_page_views_before()
    if not shown.includes_today(at):
        return views, views_before, sum(views_before)
    whole_days = sum(views_before[:-1]) if shown.days > 1 else 0
    return views, views_before, whole_days + _count_until(shown.end_before(at))


def _count_until(until: datetime) -> int:
    """Return the page views of a day before a time of that day."""
    day = site_day(until)
    first, end = unix_minute(day_start(day)), changes.slot_of(until)
    slots = reading.read_page_views_by_slot(day, day)
    whole_slots = sum(count for slot, count in slots.items() if first <= slot < end)
    return whole_slots + reading.count_page_views_of_slot(until)


def _group_by_day(slots: Mapping[int, int]) -> Mapping[date, int]:
    by_day: Counter[date] = Counter()
    for slot, count in slots.items():
        by_day[date.fromordinal(changes.day_of(slot))] += count
    return by_day


def _group_by_hour(slots: Mapping[int, int], shown: Range) -> tuple[int, ...]:
    """Return 24 counts for a single day. An hour that the clock repeats is one entry."""
    zone = timezone.get_default_timezone()
    by_hour: Counter[int] = Counter()
    for slot, count in slots.items():
        time = from_unix_minute(slot).astimezone(zone)
        if time.date() == shown.first:
            by_hour[time.hour] += count
    return tuple(by_hour[hour] for hour in range(HOURS_PER_DAY))


def _list_days(by_day: Mapping[date, int], shown: Range) -> tuple[int, ...]:
    days = (shown.first + timedelta(days=index) for index in range(shown.days))
    return tuple(by_day.get(day, 0) for day in days)


def _hide_future(counts: tuple[int, ...], shown: Range, at: datetime) -> tuple[int | None, ...]:
    """Return None for each hour that has not begun, unless a fast clock recorded a page view."""
    if shown.days > 1 or not shown.includes_today(at):
        return counts
    hour_now = local(at).hour
    return tuple(count if hour <= hour_now or count else None for hour, count in enumerate(counts))
