"""Named queries of the app's tables, as chainable query sets.

All datetimes are aware. A query set reaches the choices of its table through
``self.model``, so that this module needs no model.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple, Self

from django.db import connections, models, router
from django.db.models import Count, F, Max, Min, Q, Sum

from ..dates import day_start, site_day, unix_minute, utc_now

#: The server's clock may be set back by this much. Activities from later than that are not
#: shown: they would stay above all new ones until their time comes.
MAX_SET_BACK = timedelta(days=1)


class AnalyticsQuerySet(models.QuerySet[Any]):
    """Queries of analytics rows."""

    def since(self, moment: datetime) -> Self:
        """Keep rows created at ``moment`` or later."""
        return self.filter(created_at__gte=moment)

    def before(self, moment: datetime) -> Self:
        """Keep rows created before ``moment``."""
        return self.filter(created_at__lt=moment)

    def in_window(self, minutes: int, now: datetime) -> Self:
        """Keep rows of the last ``minutes``, and rows that a fast clock dated after ``now``."""
        return self.since(now - timedelta(minutes=minutes))

    def on_day(self, day: date) -> Self:
        """Keep rows of one day in the site's ``TIME_ZONE``."""
        return self.since(day_start(day)).before(day_start(day + timedelta(days=1)))

    def page_views(self) -> Self:
        """Keep page views."""
        return self.filter(event=self.model.Event.PAGE_VIEW)

    def dwell_rows(self) -> Self:
        """Keep dwell rows."""
        return self.filter(event=self.model.Event.HEARTBEAT)

    def count_visitors(self) -> int:
        """Count the distinct visitors of these rows in one query.

        The query counts the groups of a subquery. PostgreSQL does that a third faster than
        ``COUNT(DISTINCT …)``; see docs/decisions/0002-index-for-the-active-window.md.
        """
        visitors: int = self.order_by().values("visitor_id").annotate(rows=Count("pk")).count()
        return visitors

    def count_aggregates(self, now: datetime, window_minutes: int) -> dict[str, int]:
        """Count ``active``, and ``visitors`` and ``page_views`` of today, in one query.

        The query passes over the rows of today and of the window once.
        """
        window_start = now - timedelta(minutes=window_minutes)
        today_start = day_start(site_day(now))
        is_view_today = Q(event=self.model.Event.PAGE_VIEW, created_at__gte=today_start)
        per_visitor = (
            self.since(min(window_start, today_start))
            .order_by()
            .values("visitor_id")
            .annotate(last=Max("created_at"), views=Count("pk", filter=is_view_today))
        )
        counts: dict[str, int] = per_visitor.aggregate(
            active=Count("last", filter=Q(last__gte=window_start)),
            visitors=Count("last", filter=Q(last__gte=today_start)),
            page_views=Sum("views", default=0),
        )
        return counts


class MergedSample(NamedTuple):
    """Several samples merged to one: means weighted by ``minutes``, and the highest peak."""

    #: First minute of the step.
    start: int
    #: First minute of the step that has a sample.
    first_minute: int
    #: Count of the samples.
    rows: int
    #: Sum of the minutes that the samples cover.
    minutes: int
    people: int
    connections: int
    active: int | None
    peak_people: int


class CountSampleQuerySet(models.QuerySet[Any]):
    """Queries of samples."""

    def between(self, since: datetime, before: datetime) -> Self:
        """Keep samples from the minute of ``since`` up to the one before that of ``before``."""
        return self.filter(minute__gte=unix_minute(since), minute__lt=unix_minute(before))

    def read_peak(self, now: datetime) -> int | None:
        """Return the most people at once today, without demo samples; None without a sample."""
        first_minute = unix_minute(day_start(site_day(now)))
        samples = self.filter(minute__gte=first_minute, is_demo=False)
        peak: int | None = samples.aggregate(peak=Max("peak_people"))["peak"]
        return peak

    def insert_if_absent(self, sample: models.Model) -> bool:
        """Insert the sample unless its minute has one; return True if it was inserted.

        The ORM's ``ignore_conflicts`` does not report which of both happened.
        """
        connection = connections[router.db_for_write(self.model)]
        quote = connection.ops.quote_name
        fields = self.model._meta.concrete_fields
        columns = ", ".join(quote(field.column) for field in fields)
        placeholders = ", ".join(["%s"] * len(fields))
        with connection.cursor() as cursor:
            cursor.execute(
                f"INSERT INTO {quote(self.model._meta.db_table)} ({columns}) "  # noqa: S608
                f"VALUES ({placeholders}) ON CONFLICT DO NOTHING",
                [getattr(sample, field.attname) for field in fields],
            )
            return bool(cursor.rowcount)

    def oldest_hours(self, max_rows: int) -> list[int]:
        """Return the minutes of the oldest samples in order: whole hours, at most ``max_rows``."""
        oldest = self.order_by("minute").values_list("minute", flat=True)
        minutes = list(oldest[: max_rows + 1])
        if len(minutes) <= max_rows:
            return minutes
        next_hour = minutes[-1] - minutes[-1] % 60
        return [minute for minute in minutes if minute < next_hour]

    def merge(self, step_minutes: int, offset: int = 0) -> Iterator[MergedSample]:
        """Yield one merged sample per step that has any, unordered, from one query.

        Steps start at multiples of ``step_minutes``, or that many minutes later.
        """
        has_active = Q(active__isnull=False)
        groups = (
            self.order_by()
            .values(start=F("minute") - (F("minute") - offset) % step_minutes)
            .annotate(
                first_minute=Min("minute"),
                rows=Count("pk"),
                weight=Sum("minutes"),
                people_sum=Sum(F("people") * F("minutes")),
                connections_sum=Sum(F("connections") * F("minutes")),
                active_sum=Sum(F("active") * F("minutes")),
                active_weight=Sum("minutes", filter=has_active),
                peak=Max("peak_people"),
            )
        )
        for group in groups:
            weight = group["weight"]
            yield MergedSample(
                group["start"],
                group["first_minute"],
                group["rows"],
                weight,
                _mean(group["people_sum"], weight),
                _mean(group["connections_sum"], weight),
                _mean(group["active_sum"], group["active_weight"])
                if group["active_weight"]
                else None,
                group["peak"],
            )


def _mean(total: int, weight: int) -> int:
    """Return the quotient, rounded half up."""
    return (2 * total + weight) // (2 * weight)


class ServingProcessQuerySet(models.QuerySet[Any]):
    """Queries of the row that names the process that serves."""

    def claim(self, process: str) -> str | None:
        """Store the id of a process; return the other id that it replaced, or None.

        A process that is alone runs one query, and writes only once.
        """
        stored: str | None = self.values_list("process", flat=True).first()
        if stored == process:
            return None
        self.update_or_create(pk=1, defaults={"process": process})
        return stored


class ActivityQuerySet(models.QuerySet[Any]):
    """Queries of activities."""

    def published(self) -> Self:
        """Keep activities that are not hidden."""
        return self.filter(is_hidden=False)

    def on_pages(self) -> Self:
        """Keep activities that pages show, newest first."""
        pushed = self.published().filter(reach=self.model.Reach.PUSHED)
        return pushed.filter(created_at__lte=utc_now() + MAX_SET_BACK).newest_first()

    def newest_first(self) -> Self:
        """Order by time, newest first; at the same time, the last stored one first."""
        return self.order_by("-created_at", "-id")

    def newest_time(self, now: datetime) -> datetime | None:
        """Return the time of the newest activity; None if there is none."""
        plausible = self.filter(created_at__lte=now + MAX_SET_BACK)
        return plausible.newest_first().values_list("created_at", flat=True).first()

    def older_than(self, moment: datetime, id: int) -> Self:
        """Keep activities that follow this one in a list that is newest first."""
        # The redundant last condition is the one that an index can use.
        return self.filter(Q(created_at__lt=moment) | Q(id__lt=id), created_at__lte=moment)

    def newer_than(self, moment: datetime, id: int) -> Self:
        """Keep activities that precede this one in a list that is newest first."""
        return self.filter(Q(created_at__gt=moment) | Q(id__gt=id), created_at__gte=moment)

    def waiting(self) -> Self:
        """Keep activities that the rate limit has not decided on."""
        return self.filter(reach=self.model.Reach.WAITING)

    def last_decided_at(self) -> datetime | None:
        """Return the time of the last decision, or None before the first."""
        reaches = (self.model.Reach.PUSHED, self.model.Reach.HELD)
        times = [self._last_decided_at(reach) for reach in reaches]
        return max((time for time in times if time is not None), default=None)

    def count_pushed_since(self, moment: datetime) -> int:
        """Count the activities sent to pages after ``moment``."""
        return self.filter(reach=self.model.Reach.PUSHED, decided_at__gt=moment).count()

    def count_held_since_last_push(self) -> int:
        """Count the visible activities held back since one was last sent to pages."""
        held = self.published().filter(reach=self.model.Reach.HELD)
        last = self._last_decided_at(self.model.Reach.PUSHED)
        return held.count() if last is None else held.filter(decided_at__gt=last).count()

    def _last_decided_at(self, reach: str) -> datetime | None:
        # Each call reads one index entry; MAX over both reaches would scan all rows.
        decided = self.filter(reach=reach, decided_at__isnull=False).order_by("-decided_at")
        return decided.values_list("decided_at", flat=True).first()
