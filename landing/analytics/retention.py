"""Delete old rows and roll up old samples to one per hour.

Each batch is one short transaction. A run may end between or within batches, and the next
run continues from there. :mod:`landing.background` and ``prune_analytics`` start runs.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple, TypeVar

from django.db.models import Model, QuerySet

from ..dates import day_start, site_day, unix_minute
from ..models import Analytics, CountSample
from ..tables import own_database
from ..tables.places import PlaceDay, PlaceSample
from ..tables.querysets import AnalyticsQuerySet, CountSampleQuerySet, MergedSample
from ..tables.stays import StayCount
from .history import HOUR_MINUTES, MINUTES_KEPT
from .places.history import MAX_MINUTES
from .rollups import deletion, past_days

#: Dwell rows count for the active window, for today, and to compare today with yesterday.
DWELL_ROWS_KEPT = timedelta(days=1)
BATCH_ROWS = 5000

M = TypeVar("M", bound=Model)

MERGED_FIELDS = ("people", "connections", "active", "peak_people", "minutes")


class Task(StrEnum):
    """The tasks of a run, in order."""

    DWELL_ROWS = "dwell rows"
    PAGE_VIEWS = "page views"
    SAMPLES = "samples"
    ROLLUPS = "rollups"
    STAYS = "stays"
    PLACE_SAMPLES = "samples of places"
    PLACE_DAYS = "days of places"


class Work(NamedTuple):
    """The amount of work that one task needs, or that one batch did."""

    task: Task
    #: Count of the rows deleted, or of the samples rolled up.
    rows: int
    #: Count of the hourly samples that result.
    hours: int = 0


def prune(now: datetime, days: int) -> Iterator[Work]:
    """Prune one batch per ``next()`` and yield its work; page views are kept ``days`` days."""
    yield from _delete(Task.DWELL_ROWS, _old_dwell_rows(now))
    yield from _delete(Task.PAGE_VIEWS, _old_page_views(now, days))
    yield from _roll_up(_old_samples(now))
    for rows in deletion.prune(now, days, BATCH_ROWS):
        yield Work(Task.ROLLUPS, rows)
    yield from _delete_by(Task.STAYS, "slot", _old_stays(now, days))
    yield from _delete_by(Task.PLACE_SAMPLES, "minute", _old_place_samples(now))
    yield from _delete_by(Task.PLACE_DAYS, "day", _old_place_days(now, days))
    past_days.discard()


def estimate(now: datetime, days: int) -> tuple[Work, ...]:
    """Return the work of each task in a run at ``now``, from a scan of all rows concerned."""
    hours = [hour for hour in _merge_hours(_old_samples(now)) if hour.rows > 1]
    return (
        Work(Task.DWELL_ROWS, _old_dwell_rows(now).count()),
        Work(Task.PAGE_VIEWS, _old_page_views(now, days).count()),
        Work(Task.SAMPLES, sum(hour.rows for hour in hours), len(hours)),
        Work(Task.ROLLUPS, deletion.count_old(now, days)),
        Work(Task.STAYS, _old_stays(now, days).count()),
        Work(Task.PLACE_SAMPLES, _old_place_samples(now).count()),
        Work(Task.PLACE_DAYS, _old_place_days(now, days).count()),
    )


def _old_dwell_rows(now: datetime) -> AnalyticsQuerySet:
    yesterday = day_start(site_day(now) - timedelta(days=1))
    dwell_rows: AnalyticsQuerySet = Analytics.objects.dwell_rows().before(
        min(now - DWELL_ROWS_KEPT, yesterday)
    )
    return dwell_rows


def _old_page_views(now: datetime, days: int) -> AnalyticsQuerySet:
    page_views: AnalyticsQuerySet = Analytics.objects.page_views().before(
        now - timedelta(days=days)
    )
    return page_views


def _old_samples(now: datetime) -> CountSampleQuerySet:
    """Return the old samples up to the end of a whole hour."""
    minute = unix_minute(now - MINUTES_KEPT)
    samples: CountSampleQuerySet = CountSample.objects.filter(
        minute__lt=minute - minute % HOUR_MINUTES
    )
    return samples


def _delete(task: Task, rows: AnalyticsQuerySet) -> Iterator[Work]:
    """Delete the rows in batches, oldest first.

    Deleting by key keeps a batch small even if many rows have the same time. Each batch
    starts at the last time of the previous one, so that PostgreSQL does not scan deleted rows.
    """
    oldest = rows.order_by("created_at")
    while found := list(oldest.values_list("pk", "created_at")[:BATCH_ROWS]):
        deleted, _ = Analytics.objects.filter(pk__in=[key for key, _ in found]).delete()
        yield Work(task, deleted)
        oldest = rows.since(found[-1][1]).order_by("created_at")


def _old_stays(now: datetime, days: int) -> QuerySet[StayCount]:
    return StayCount.objects.filter(slot__lt=unix_minute(now - timedelta(days=days)))


def _old_place_samples(now: datetime) -> QuerySet[PlaceSample]:
    return PlaceSample.objects.filter(minute__lt=unix_minute(now) - MAX_MINUTES)


def _old_place_days(now: datetime, days: int) -> QuerySet[PlaceDay]:
    """Return the sums of days that ended before the oldest page view."""
    return PlaceDay.objects.filter(day__lt=site_day(now - timedelta(days=days)).toordinal())


def _delete_by(task: Task, order: str, old: QuerySet[M]) -> Iterator[Work]:
    """Delete rows without a visitor in batches, in the order of an index."""
    while keys := list(old.order_by(order).values_list("pk", flat=True)[:BATCH_ROWS]):
        deleted, _ = old.model._default_manager.filter(pk__in=keys).delete()
        yield Work(task, deleted)


def _roll_up(old: CountSampleQuerySet) -> Iterator[Work]:
    """Roll up whole hours in batches, oldest first, and skip hours already rolled up."""
    remaining = old
    while minutes := remaining.oldest_hours(BATCH_ROWS):
        yield _merge(minutes)
        remaining = old.filter(minute__gt=minutes[-1])


def _merge(minutes: list[int]) -> Work:
    """Merge the samples of each hour into the first sample of that hour."""
    span = CountSample.objects.filter(minute__gte=minutes[0], minute__lte=minutes[-1])
    if all(hour.rows == 1 for hour in _merge_hours(span)):
        return Work(Task.SAMPLES, 0)
    # Select by key: samples inserted into the span meanwhile wait for the next run.
    samples = CountSample.objects.filter(minute__in=minutes)
    with own_database.atomic():
        # A concurrent run of the same hours waits here, and then finds nothing to merge.
        list(samples.select_for_update().order_by("minute").values_list("minute"))
        hours = list(_merge_hours(samples))
        merged = [hour for hour in hours if hour.rows > 1]
        CountSample.objects.bulk_update(map(_as_sample, merged), MERGED_FIELDS)
        absorbed = set(minutes) - {hour.first_minute for hour in hours}
        CountSample.objects.filter(minute__in=absorbed).delete()
    return Work(Task.SAMPLES, sum(hour.rows for hour in merged), len(merged))


def _as_sample(hour: MergedSample) -> CountSample:
    return CountSample(
        minute=hour.first_minute,
        people=hour.people,
        connections=hour.connections,
        active=hour.active,
        peak_people=hour.peak_people,
        minutes=hour.minutes,
    )


def _merge_hours(samples: CountSampleQuerySet) -> Iterator[MergedSample]:
    """Yield one merged sample per hour, never demo samples and real ones together."""
    for is_demo in (False, True):
        yield from samples.filter(is_demo=is_demo).merge(HOUR_MINUTES)
