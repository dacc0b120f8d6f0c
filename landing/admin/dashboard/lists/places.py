"""The list of pages with people: averages of the samples of a range. Runs no query."""

from __future__ import annotations

from typing import NamedTuple

from ....analytics.places.history import RangeFigures
from ....page.formatting import UNKNOWN, number

#: Smaller averages would be rounded to 0.
LEAST = 0.05


class PlaceRow(NamedTuple):
    """One page or named place. ``percent`` is relative to the first row."""

    name: str
    people: str
    peak: str
    before: str
    percent: float


class PlaceList(NamedTuple):
    """The rows, and a sentence about the whole site."""

    rows: list[PlaceRow]
    note: str


def build_list(figures: RangeFigures) -> PlaceList:
    """Return the list; it is empty without a sample."""
    most = max((each.people for each in figures.top), default=0) or 1
    rows = [
        PlaceRow(
            each.place,
            format_average(each.people),
            number(each.peak_people),
            format_average(each.people_before),
            round(100 * each.people / most, 1),
        )
        for each in figures.top
    ]
    samples = "1 sample" if figures.samples == 1 else f"{number(figures.samples)} samples"
    note = (
        f"Averages of {samples}, one a minute. Of {format_average(figures.people)} people on "
        f"average, {format_average(figures.elsewhere)} were elsewhere."
    )
    return PlaceList(rows, note)


def format_average(people: float | None) -> str:
    """Return an average of people, with one decimal if it is below 10."""
    if people is None:
        return UNKNOWN
    if 0 < people < LEAST:
        return "< 0.1"
    return number(round(people)) if people >= 9.95 or not people else f"{people:.1f}"
