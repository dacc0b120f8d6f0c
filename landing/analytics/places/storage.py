"""Store the people by place: one sample a minute, and its part in the sums of the day."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from itertools import chain, islice
from typing import NamedTuple

from ...dates import site_day, unix_minute
from ...names import LABEL
from ...places.names import ELSEWHERE
from ...tables import own_database
from ...tables.places import PlaceDay, PlaceSample

#: Places of one sample, those with the most people. The other people are elsewhere.
TOP = 50
BATCH_ROWS = 100

_ADD = f"""
    INSERT INTO {LABEL}_placeday (day, place, is_demo, samples, people_minutes, peak_people)
    VALUES {{rows}}
    ON CONFLICT (day, place, is_demo) DO UPDATE SET
        samples = {LABEL}_placeday.samples + excluded.samples,
        people_minutes = {LABEL}_placeday.people_minutes + excluded.people_minutes,
        peak_people = CASE
            WHEN {LABEL}_placeday.peak_people < excluded.peak_people
            THEN excluded.peak_people ELSE {LABEL}_placeday.peak_people END
"""  # noqa: S608  the label of the app


class DaySum(NamedTuple):
    """The sum of samples of one place and day."""

    day: int
    place: str
    is_demo: bool
    samples: int
    people_minutes: int
    peak_people: int


def record_sample(at: datetime, people: int, people_by_place: Mapping[str, int]) -> None:
    """Store the people at the first :data:`TOP` places; the other ``people`` are elsewhere.

    Takes two statements in one transaction. Only one process may write the sample of a minute.
    """
    minute, counts = unix_minute(at), choose_places(people, people_by_place)
    samples = [PlaceSample(minute=minute, place=place, people=count) for place, count in counts]
    day = site_day(at).toordinal()
    with own_database.atomic():
        PlaceSample.objects.bulk_create(samples)
        add_to_days(DaySum(day, place, False, 1, count, count) for place, count in counts)


def choose_places(people: int, people_by_place: Mapping[str, int]) -> list[tuple[str, int]]:
    """Return the stored places of a sample with their people, in the order of the names.

    In one order, two processes do not wait for each other's rows.
    """
    shown = sorted(people_by_place.items(), key=lambda each: (-each[1], each[0]))[:TOP]
    elsewhere = max(0, people - sum(count for _, count in shown))
    return sorted([(ELSEWHERE, elsewhere), *shown])


def add_to_days(sums: Iterable[DaySum]) -> None:
    """Add sums, sorted by day and place and each with another key, to those of their days."""
    remaining = iter(sums)
    with own_database.atomic(), own_database.connection().cursor() as cursor:
        while batch := list(islice(remaining, BATCH_ROWS)):
            rows = ", ".join(["(%s, %s, %s, %s, %s, %s)"] * len(batch))
            cursor.execute(_ADD.format(rows=rows), list(chain.from_iterable(batch)))


def remove_demo() -> None:
    """Remove the demo samples, and their sums. Those of people stay."""
    with own_database.atomic():
        PlaceSample.objects.filter(is_demo=True).delete()
        PlaceDay.objects.filter(is_demo=True).delete()
