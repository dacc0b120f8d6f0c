"""The questions that the tables answer, by name.

Owns the shape of its queries; callers say which, never how. All moments are
aware datetimes.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any, NamedTuple, Self

from django.db import models
from django.db.models import Count, Max, Q, Sum
from django.utils import timezone


class Event(models.TextChoices):
    """What a row records."""

    PAGE_VIEW = "page_view", "page view"
    HEARTBEAT = "heartbeat", "heartbeat"


class Figures(NamedTuple):
    """What the table says of one moment: of its window, and of its day so far."""

    active: int
    visitors: int
    page_views: int


def site_day(moment: datetime) -> date:
    """The day of the site's ``TIME_ZONE``, whatever zone is active for the request at hand."""
    return timezone.localdate(moment, timezone.get_default_timezone())


def day_start(day: date) -> datetime:
    """The first moment of a day of the site's ``TIME_ZONE``."""
    return datetime.combine(day, time.min, tzinfo=timezone.get_default_timezone())


class AnalyticsQuerySet(models.QuerySet[Any]):
    """Chainable: each narrowing returns another of these."""

    def since(self, moment: datetime) -> Self:
        return self.filter(created_at__gte=moment)

    def in_window(self, minutes: int, now: datetime) -> Self:
        """The last ``minutes``; a row that another server's clock dates ahead is in it."""
        return self.since(now - timedelta(minutes=minutes))

    def on_day(self, day: date) -> Self:
        """The day of the site's ``TIME_ZONE``."""
        return self.since(day_start(day)).filter(created_at__lt=day_start(day + timedelta(days=1)))

    def page_views(self) -> Self:
        return self.filter(event=Event.PAGE_VIEW)

    def distinct_visitors(self) -> int:
        """How many visitors have a row here: one query.

        Counts the groups of a subquery, which PostgreSQL does a third faster than
        ``COUNT(DISTINCT …)``; see docs/decisions/0002-index-of-the-window.md.
        """
        visitors: int = self.order_by().values("visitor_id").annotate(rows=Count("pk")).count()
        return visitors

    def figures(self, now: datetime, window_minutes: int) -> Figures:
        """All figures of ``now`` in one query and one pass over the day's rows."""
        window_from = now - timedelta(minutes=window_minutes)
        day_from = day_start(site_day(now))
        in_day = Q(event=Event.PAGE_VIEW, created_at__gte=day_from)
        per_visitor = (
            self.since(min(window_from, day_from))
            .order_by()
            .values("visitor_id")
            .annotate(last=Max("created_at"), views=Count("pk", filter=in_day))
        )
        counted = per_visitor.aggregate(
            active=Count("last", filter=Q(last__gte=window_from)),
            visitors=Count("last", filter=Q(last__gte=day_from)),
            page_views=Sum("views", default=0),
        )
        return Figures(**counted)


def unix_minute(moment: datetime) -> int:
    """The key of the minute that a moment is in."""
    return int(moment.timestamp() // 60)


class CountSampleQuerySet(models.QuerySet[Any]):
    """Chainable: each narrowing returns another of these."""

    def between(self, since: datetime, before: datetime) -> Self:
        """Of the minutes from that of ``since`` up to, and without, that of ``before``."""
        return self.filter(minute__gte=unix_minute(since), minute__lt=unix_minute(before))

    def peak_of_day(self, now: datetime) -> int | None:
        """The most people of this day so far; None without a sample: one query."""
        sampled = self.filter(minute__gte=unix_minute(day_start(site_day(now))))
        peak: int | None = sampled.aggregate(peak=Max("peak_people"))["peak"]
        return peak
