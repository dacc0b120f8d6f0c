"""Read the people by place over time."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import NamedTuple

from django.db.models import F, Max, Q, Sum

from ...dates import unix_minute, utc_now
from ...places.names import ELSEWHERE
from ...tables.places import PlaceDay, PlaceSample

#: Samples are kept at least this long.
MAX_MINUTES = 24 * 60

#: The first and the last day.
Days = tuple[date, date]


def last_minutes(
    places: Iterable[str], minutes: int = 30, now: datetime | None = None
) -> dict[str, tuple[int | None, ...]]:
    """Return the people at each place in each of the last ``minutes``, oldest first.

    A minute without a sample is None. A place that was not among those with the most people has 0.
    The last minute is the current one, or the one before if the current one has no sample yet. The
    empty place has the people elsewhere. Runs one query. Raise ValueError for a wrong ``minutes``.
    """
    if not 1 <= minutes <= MAX_MINUTES:
        raise ValueError(f"minutes must be from 1 to {MAX_MINUTES} (got {minutes})")
    current = unix_minute(now or utc_now())
    wanted = list(dict.fromkeys(places))
    found = PlaceSample.objects.filter(
        minute__gte=current - minutes, minute__lte=current, place__in={*wanted, ELSEWHERE}
    )
    people = {
        (minute, place): count
        for minute, place, count in found.values_list("minute", "place", "people")
    }
    last = current if (current, ELSEWHERE) in people else current - 1
    shown = range(last - minutes + 1, last + 1)
    is_sampled = {minute for minute in shown if (minute, ELSEWHERE) in people}
    return {
        place: tuple(
            people.get((minute, place), 0) if minute in is_sampled else None for minute in shown
        )
        for place in wanted
    }


class PlaceFigures(NamedTuple):
    """The people at one place in a range: their average over all samples, and the most at once."""

    place: str
    people: float
    peak_people: int
    #: The average in the range before; None without a sample.
    people_before: float | None


class RangeFigures(NamedTuple):
    """The places with the most people in a range, and averages of the whole site."""

    #: Count of the sampled minutes.
    samples: int
    people: float
    #: Those at none of the stored places.
    elsewhere: float
    top: tuple[PlaceFigures, ...]


#: A range without a sample.
NO_FIGURES = RangeFigures(0, 0.0, 0.0, ())


def read_ranges(shown: Days, before: Days, limit: int) -> RangeFigures:
    """Return the figures of whole days, compared with ``before``; with two queries.

    Each sum of a day is one row, so the cost depends on the days and their places only.
    """
    is_now, is_before = (
        Q(day__range=(first.toordinal(), last.toordinal())) for first, last in (shown, before)
    )
    days = PlaceDay.objects.filter(is_now | is_before)
    is_elsewhere = Q(place=ELSEWHERE)
    sums = days.aggregate(
        count=Sum("samples", filter=is_now & is_elsewhere, default=0),
        count_before=Sum("samples", filter=is_before & is_elsewhere, default=0),
        people=Sum("people_minutes", filter=is_now, default=0),
        elsewhere=Sum("people_minutes", filter=is_now & is_elsewhere, default=0),
    )
    samples, samples_before, people, elsewhere = (
        int(sums[name]) for name in ("count", "count_before", "people", "elsewhere")
    )
    if not samples:
        return NO_FIGURES
    rows = (
        days.exclude(is_elsewhere)
        .order_by()
        .values("place")
        .annotate(
            now=Sum("people_minutes", filter=is_now),
            before=Sum("people_minutes", filter=is_before, default=0),
            peak=Max("peak_people", filter=is_now),
        )
        .filter(now__isnull=False)
        .order_by(F("now").desc(), "place")[:limit]
    )
    top = tuple(
        PlaceFigures(
            row["place"],
            int(row["now"]) / samples,
            row["peak"],
            int(row["before"]) / samples_before if samples_before else None,
        )
        for row in rows
    )
    return RangeFigures(samples, people / samples, elsewhere / samples, top)
