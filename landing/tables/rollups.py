"""The tables of the rollups: counts of analytics rows by day, from which the dashboard reads.

:mod:`landing.analytics.rollups` writes them. A day is a date's ordinal in the site's ``TIME_ZONE``,
and a slot is the Unix minute at which a quarter of an hour begins.
"""

from __future__ import annotations

from django.db import models

from ..names import LABEL
from ..visitors.visitor_cookie import VISITOR_BYTES

PATH_LENGTH = 512
#: The longest name that DNS permits.
HOST_LENGTH = 253
#: Of a campaign. Longer values are cut.
VALUE_LENGTH = 100


class Dimension(models.TextChoices):
    """The columns of analytics rows whose values are counted by day, each for itself."""

    SOURCE = "utm_source", "source"
    CAMPAIGN = "utm_campaign", "campaign"
    LANGUAGE = "language", "language"
    WIDTH = "width", "window width"


class RollupState(models.Model):
    """One row: how far the rollups have counted, and by which days."""

    #: Analytics rows up to this key are counted.
    last_id = models.BigIntegerField(default=0)
    #: ``TIME_ZONE`` of the days. If it changes, all rows are counted again.
    zone = models.CharField(max_length=64, blank=True)
    #: The first and the last day with demo data; None without any.
    first_demo_day = models.IntegerField(null=True)
    last_demo_day = models.IntegerField(null=True)
    #: Rises with each change of a past day, see :mod:`landing.analytics.rollups.past_days`.
    revision = models.BigIntegerField(default=0, db_default=0)

    def __str__(self) -> str:
        return f"counted up to row {self.last_id}"


class VisitorDay(models.Model):
    """A day on which a visitor has analytics rows, with the slot of the first one."""

    visitor_id = models.BinaryField(max_length=VISITOR_BYTES)
    day = models.IntegerField()
    slot = models.IntegerField()
    is_signed_in = models.BooleanField()

    class Meta:
        constraints = (
            models.UniqueConstraint(name=f"{LABEL}_visitorday_one", fields=("visitor_id", "day")),
        )

    def __str__(self) -> str:
        return f"{self.visitor_id.hex()} on day {self.day}"


class VisitorCount(models.Model):
    """The visitors who were first seen in one slot of a day, by the days since the day before.

    ``gap`` is the count of days since the visitor's previous day; 0 if there was none within the
    longest range. A visitor counts for the first of the visitor's days in a range, whose gap
    reaches back to before the range. So the sum over any range has each visitor once.
    """

    day = models.IntegerField()
    slot = models.IntegerField()
    gap = models.IntegerField()
    #: True: the days on which visitors were signed in, with gaps between such days.
    is_signed_in = models.BooleanField()
    visitors = models.IntegerField()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                name=f"{LABEL}_visitorcount_one", fields=("day", "slot", "gap", "is_signed_in")
            ),
        )

    def __str__(self) -> str:
        return f"{self.visitors} visitors first seen in slot {self.slot}"


class SlotCount(models.Model):
    """The page views of one slot."""

    slot = models.IntegerField(primary_key=True)
    day = models.IntegerField()
    page_views = models.IntegerField()

    def __str__(self) -> str:
        return f"{self.page_views} page views in slot {self.slot}"


class PageCount(models.Model):
    """The page views of one page from one referrer on one day."""

    day = models.IntegerField()
    path = models.CharField(max_length=PATH_LENGTH, blank=True)
    referrer_host = models.CharField(max_length=HOST_LENGTH, blank=True)
    page_views = models.IntegerField()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                name=f"{LABEL}_pagecount_one", fields=("day", "path", "referrer_host")
            ),
        )

    def __str__(self) -> str:
        return f"{self.page_views} page views of {self.path} on day {self.day}"


class DimensionCount(models.Model):
    """The page views of one day with one value of a dimension."""

    day = models.IntegerField()
    dimension = models.CharField(max_length=16)
    value = models.CharField(max_length=VALUE_LENGTH)
    page_views = models.IntegerField()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                name=f"{LABEL}_dimensioncount_one", fields=("day", "dimension", "value")
            ),
        )

    def __str__(self) -> str:
        return f"{self.page_views} page views of {self.dimension} {self.value} on day {self.day}"
