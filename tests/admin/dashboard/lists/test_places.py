"""The texts of the list of pages with people."""

from __future__ import annotations

import pytest

from landing.admin.dashboard.lists.places import PlaceRow, build_list, format_average
from landing.analytics.places.history import NO_FIGURES, PlaceFigures, RangeFigures


@pytest.mark.parametrize(
    ("people", "text"),
    [
        (None, "–"),
        (0.0, "0"),
        (0.001, "< 0.1"),
        (0.05, "0.1"),
        (1.0, "1.0"),
        (9.94, "9.9"),
        (9.95, "10"),
        (1234.5, "1,234"),
    ],
)
def test_averages_below_ten_have_one_decimal(people: float | None, text: str) -> None:
    assert format_average(people) == text


def test_rows_are_relative_to_the_first_one() -> None:
    top = (PlaceFigures("/", 8.0, 31, 4.0), PlaceFigures("article:42", 2.0, 5, None))

    assert build_list(RangeFigures(1440, 12.0, 2.0, top)).rows == [
        PlaceRow("/", "8.0", "31", "4.0", 100.0),
        PlaceRow("article:42", "2.0", "5", "–", 25.0),
    ]


def test_the_note_has_the_averages_of_the_whole_site() -> None:
    assert build_list(RangeFigures(1440, 12.0, 2.0, ())).note == (
        "Averages of 1,440 samples, one a minute. Of 12 people on average, 2.0 were elsewhere."
    )


def test_without_samples_the_list_is_empty() -> None:
    assert build_list(NO_FIGURES).rows == []


def test_pages_that_nobody_was_at_take_no_width() -> None:
    figures = RangeFigures(1, 0.0, 0.0, (PlaceFigures("/", 0.0, 0, None),))
    assert build_list(figures).rows[0].percent == 0
