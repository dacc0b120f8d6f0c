"""The tables of people by page. They have no visitor.

:mod:`landing.analytics.places` writes and reads them. The empty place has the people who were at
none of the stored places, so the places of a minute or of a day add up to all people.
"""

from __future__ import annotations

from django.db import models

from ..names import LABEL

#: A place has at most this many bytes, and so at most as many characters.
PLACE_LENGTH = 200


class PlaceSample(models.Model):
    """The people at one place in one minute, for the last day."""

    #: Minutes since 1970-01-01T00:00Z.
    minute = models.IntegerField()
    place = models.CharField(max_length=PLACE_LENGTH, blank=True)
    people = models.IntegerField()
    #: True for rows of ``seed_analytics``.
    is_demo = models.BooleanField(default=False, db_default=False)

    class Meta:
        constraints = (
            models.UniqueConstraint(name=f"{LABEL}_placesample_one", fields=("minute", "place")),
        )

    def __str__(self) -> str:
        return f"{self.people} people at {self.place} in minute {self.minute}"


class PlaceDay(models.Model):
    """The sum of the samples of one place on one day: a date's ordinal in ``TIME_ZONE``."""

    day = models.IntegerField()
    place = models.CharField(max_length=PLACE_LENGTH, blank=True)
    #: True: the samples of ``seed_analytics``, which the same day has besides the real ones.
    is_demo = models.BooleanField(default=False, db_default=False)
    #: How many samples there are. The empty place has one in each sampled minute.
    samples = models.IntegerField()
    #: Sum of the people in these samples.
    people_minutes = models.BigIntegerField()
    #: The most people in one of these samples.
    peak_people = models.IntegerField()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                name=f"{LABEL}_placeday_one", fields=("day", "place", "is_demo")
            ),
        )

    def __str__(self) -> str:
        return f"{self.people_minutes} people-minutes at {self.place} on day {self.day}"
