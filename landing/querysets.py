"""The questions that the tables answer, by name.

Owns the shape of its queries; callers say which, never how. All moments are
aware datetimes.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple, Self

from django.db import connections, models, router
from django.db.models import Count, F, Max, Min, Q, Sum

from .dates import day_start, site_day, unix_minute


class Event(models.TextChoices):
    """What a row records."""

    PAGE_VIEW = "page_view", "page view"
    HEARTBEAT = "heartbeat", "heartbeat"


class Reach(models.TextChoices):
    """Whether an activity reached the pages that are open."""

    WAITING = "waiting", "not yet decided"
    PUSHED = "pushed", "reached the pages"
    HELD = "held", "held back"


class Figures(NamedTuple):
    """What the table says of one moment: of its window, and of its day so far."""

    active: int
    visitors: int
    page_views: int


class AnalyticsQuerySet(models.QuerySet[Any]):
    """Chainable: each narrowing returns another of these."""

    def since(self, moment: datetime) -> Self:
        return self.filter(created_at__gte=moment)

    def before(self, moment: datetime) -> Self:
        return self.filter(created_at__lt=moment)

    def in_window(self, minutes: int, now: datetime) -> Self:
        """The last ``minutes``; a row that another server's clock dates ahead is in it."""
        return self.since(now - timedelta(minutes=minutes))

    def on_day(self, day: date) -> Self:
        """The day of the site's ``TIME_ZONE``."""
        return self.since(day_start(day)).before(day_start(day + timedelta(days=1)))

    def page_views(self) -> Self:
        return self.filter(event=Event.PAGE_VIEW)

    def heartbeats(self) -> Self:
        return self.filter(event=Event.HEARTBEAT)

    def distinct_visitors(self) -> int:
        """How many visitors have a row here: one query.

        Counts the groups of a subquery, which PostgreSQL does a third faster than
        ``COUNT(DISTINCT …)``; see docs/decisions/0002-index-for-the-active-window.md.
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


class Merged(NamedTuple):
    """Several samples as one: means weighted by ``minutes``, and the highest peak."""

    #: a multiple of the step that was asked for
    start: int
    #: the first minute that has a sample
    first_minute: int
    rows: int
    minutes: int
    people: int
    connections: int
    active: int | None
    peak_people: int


class CountSampleQuerySet(models.QuerySet[Any]):
    """Chainable: each narrowing returns another of these."""

    def between(self, since: datetime, before: datetime) -> Self:
        """Of the minutes from that of ``since`` up to, and without, that of ``before``."""
        return self.filter(minute__gte=unix_minute(since), minute__lt=unix_minute(before))

    def peak_of_day(self, now: datetime) -> int | None:
        """The most people of this day so far, without demo ones; None without a sample."""
        today = unix_minute(day_start(site_day(now)))
        sampled = self.filter(minute__gte=today, is_demo=False)
        peak: int | None = sampled.aggregate(peak=Max("peak_people"))["peak"]
        return peak

    def insert_unless_there(self, sample: models.Model) -> bool:
        """Whether this call wrote the row of the minute; False if there is one.

        The ORM can ignore a row that is there, but does not tell whether it did.
        """
        connection = connections[router.db_for_write(self.model)]
        quote = connection.ops.quote_name
        fields = self.model._meta.concrete_fields
        columns = ", ".join(quote(field.column) for field in fields)
        places = ", ".join(["%s"] * len(fields))
        with connection.cursor() as cursor:
            cursor.execute(
                f"INSERT INTO {quote(self.model._meta.db_table)} ({columns}) "  # noqa: S608
                f"VALUES ({places}) ON CONFLICT DO NOTHING",
                [getattr(sample, field.attname) for field in fields],
            )
            return bool(cursor.rowcount)

    def oldest_hours(self, max_rows: int) -> list[int]:
        """The minutes of the oldest samples, in order: whole hours, at most ``max_rows``."""
        oldest = self.order_by("minute").values_list("minute", flat=True)
        minutes = list(oldest[: max_rows + 1])
        if len(minutes) <= max_rows:
            return minutes
        of_next_hour = minutes[-1] - minutes[-1] % 60
        return [minute for minute in minutes if minute < of_next_hour]

    def merged(self, step_minutes: int) -> Iterator[Merged]:
        """One for each step that has a sample, in no order: one query."""
        is_known = Q(active__isnull=False)
        groups = (
            self.order_by()
            .values(start=F("minute") - F("minute") % step_minutes)
            .annotate(
                first_minute=Min("minute"),
                rows=Count("pk"),
                weight=Sum("minutes"),
                people_sum=Sum(F("people") * F("minutes")),
                connections_sum=Sum(F("connections") * F("minutes")),
                active_sum=Sum(F("active") * F("minutes")),
                active_weight=Sum("minutes", filter=is_known),
                peak=Max("peak_people"),
            )
        )
        for group in groups:
            weight = group["weight"]
            yield Merged(
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
    """Rounded, half up."""
    return (2 * total + weight) // (2 * weight)


class ActivityQuerySet(models.QuerySet[Any]):
    """Chainable: each narrowing returns another of these."""

    def published(self) -> Self:
        """Those that may be seen."""
        return self.filter(is_hidden=False)

    def on_pages(self) -> Self:
        """Those that pages show or have shown: newest first."""
        return self.published().filter(reach=Reach.PUSHED).newest_first()

    def newest_first(self) -> Self:
        """As every list of them is; of one moment, the last one that was stored."""
        return self.order_by("-created_at", "-id")

    def older_than(self, moment: datetime, id: int) -> Self:
        """Those that a list has after this one; an index leads there."""
        return self.filter(Q(created_at__lt=moment) | Q(id__lt=id), created_at__lte=moment)

    def newer_than(self, moment: datetime, id: int) -> Self:
        """Those that a list has before this one; an index leads there."""
        return self.filter(Q(created_at__gt=moment) | Q(id__gt=id), created_at__gte=moment)

    def waiting(self) -> Self:
        """Those of which nobody has decided yet whether they reach the pages."""
        return self.filter(reach=Reach.WAITING)

    def last_decided_at(self) -> datetime | None:
        """When the last decision was made; None before the first."""
        found = [self._last_decided_at(reach) for reach in (Reach.PUSHED, Reach.HELD)]
        return max((moment for moment in found if moment is not None), default=None)

    def pushed_since(self, moment: datetime) -> int:
        """How many have reached the pages after this moment."""
        return self.filter(reach=Reach.PUSHED, decided_at__gt=moment).count()

    def held_since_last_push(self) -> int:
        """How many that may be seen were held back since one last reached the pages."""
        held = self.published().filter(reach=Reach.HELD)
        last = self._last_decided_at(Reach.PUSHED)
        return held.count() if last is None else held.filter(decided_at__gt=last).count()

    def _last_decided_at(self, reach: Reach) -> datetime | None:
        # One walk to the end of an index each; MAX over both would read all of them.
        decided = self.filter(reach=reach, decided_at__isnull=False).order_by("-decided_at")
        return decided.values_list("decided_at", flat=True).first()
