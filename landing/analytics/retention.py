"""What is kept for how long: old rows are deleted, old samples rolled up to hours.

Owns the ages and the batches. Each batch is a transaction of its own and bounded, so it
is quick, and whatever ends a run between or within batches, the next run goes on from
there. Knows neither who starts a run nor who watches it.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from django.db import transaction

from ..dates import day_start, site_day, unix_minute
from ..models import Analytics, CountSample
from ..querysets import AnalyticsQuerySet, CountSampleQuerySet, Merged
from .history import HOUR_MINUTES, MINUTES_KEPT

#: A heartbeat matters while it is in the window of active visitors, today, and while today is
#: compared with yesterday.
HEARTBEATS_KEPT = timedelta(days=1)
BATCH_ROWS = 5000

MERGED_FIELDS = ("people", "connections", "active", "peak_people", "minutes")


class Task(StrEnum):
    """In the order in which a run does them."""

    HEARTBEATS = "heartbeats"
    PAGE_VIEWS = "page views"
    SAMPLES = "samples"


class Work(NamedTuple):
    """What is to do, or what one batch did."""

    task: Task
    #: that are deleted, or samples that are rolled up
    rows: int
    #: that samples are rolled up to
    hours: int = 0


def batches(now: datetime, days: int) -> Iterator[Work]:
    """Prune; each ``next()`` does one batch and says what it did. ``days``: of page views."""
    yield from _delete(Task.HEARTBEATS, _old_heartbeats(now))
    yield from _delete(Task.PAGE_VIEWS, _old_page_views(now, days))
    yield from _roll_up(_old_samples(now))


def waiting(now: datetime, days: int) -> tuple[Work, ...]:
    """What a run would do, one entry for each task; reads all that it would touch."""
    hours = [hour for hour in _hours(_old_samples(now)) if hour.rows > 1]
    return (
        Work(Task.HEARTBEATS, _old_heartbeats(now).count()),
        Work(Task.PAGE_VIEWS, _old_page_views(now, days).count()),
        Work(Task.SAMPLES, sum(hour.rows for hour in hours), len(hours)),
    )


def _old_heartbeats(now: datetime) -> AnalyticsQuerySet:
    yesterday = day_start(site_day(now) - timedelta(days=1))
    heartbeats: AnalyticsQuerySet = Analytics.objects.heartbeats().before(
        min(now - HEARTBEATS_KEPT, yesterday)
    )
    return heartbeats


def _old_page_views(now: datetime, days: int) -> AnalyticsQuerySet:
    page_views: AnalyticsQuerySet = Analytics.objects.page_views().before(
        now - timedelta(days=days)
    )
    return page_views


def _old_samples(now: datetime) -> CountSampleQuerySet:
    """Of whole hours."""
    minute = unix_minute(now - MINUTES_KEPT)
    samples: CountSampleQuerySet = CountSample.objects.filter(
        minute__lt=minute - minute % HOUR_MINUTES
    )
    return samples


def _delete(task: Task, rows: AnalyticsQuerySet) -> Iterator[Work]:
    """The oldest first.

    By key, so that rows of one moment do not make a batch longer, and from the last
    batch's moment on, so that PostgreSQL does not pass over what is deleted each time.
    """
    oldest = rows.order_by("created_at")
    while found := list(oldest.values_list("pk", "created_at")[:BATCH_ROWS]):
        deleted, _ = Analytics.objects.filter(pk__in=[key for key, _ in found]).delete()
        yield Work(task, deleted)
        oldest = rows.since(found[-1][1]).order_by("created_at")


def _roll_up(old: CountSampleQuerySet) -> Iterator[Work]:
    """The oldest hours first; those that are rolled up already are passed over."""
    left = old
    while minutes := left.oldest_hours(BATCH_ROWS):
        yield _merge(minutes)
        left = old.filter(minute__gt=minutes[-1])


def _merge(minutes: list[int]) -> Work:
    """Of each hour among these samples, the first one stands for all of its kind."""
    span = CountSample.objects.filter(minute__gte=minutes[0], minute__lte=minutes[-1])
    if all(hour.rows == 1 for hour in _hours(span)):
        return Work(Task.SAMPLES, 0)
    # By key: what is written into the span meanwhile is for the next run.
    samples = CountSample.objects.filter(minute__in=minutes)
    with transaction.atomic():
        # Another run may be at the same hours: one waits here, and finds nothing left.
        list(samples.select_for_update().order_by("minute").values_list("minute"))
        hours = list(_hours(samples))
        merged = [hour for hour in hours if hour.rows > 1]
        CountSample.objects.bulk_update(map(_as_sample, merged), MERGED_FIELDS)
        covered = set(minutes) - {hour.first_minute for hour in hours}
        CountSample.objects.filter(minute__in=covered).delete()
    return Work(Task.SAMPLES, sum(hour.rows for hour in merged), len(merged))


def _as_sample(hour: Merged) -> CountSample:
    return CountSample(
        minute=hour.first_minute,
        people=hour.people,
        connections=hour.connections,
        active=hour.active,
        peak_people=hour.peak_people,
        minutes=hour.minutes,
    )


def _hours(samples: CountSampleQuerySet) -> Iterator[Merged]:
    """Demo samples and real ones each for themselves: they never become one."""
    for is_demo in (False, True):
        yield from samples.filter(is_demo=is_demo).merged(HOUR_MINUTES)
