"""The range of days that the parameters select, and the one before."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from django.test import override_settings
from hypothesis import given
from hypothesis import strategies as st

from landing.admin.dashboard import ranges
from landing.admin.dashboard.ranges import InvalidRangeError, Range

TODAY = date(2026, 1, 31)
NOON = datetime(2026, 1, 31, 12, 3, tzinfo=UTC)


def choose(**parameters: str) -> Range:
    return ranges.choose({name.rstrip("_"): text for name, text in parameters.items()}, TODAY)


@pytest.mark.parametrize(
    ("name", "first", "last", "title"),
    [
        ("", "2026-01-31", "2026-01-31", "Today"),
        ("today", "2026-01-31", "2026-01-31", "Today"),
        ("yesterday", "2026-01-30", "2026-01-30", "Yesterday"),
        ("7-days", "2026-01-25", "2026-01-31", "7 days"),
        ("30-days", "2026-01-02", "2026-01-31", "30 days"),
    ],
)
def test_a_name_selects_days(name: str, first: str, last: str, title: str) -> None:
    chosen = choose(range=name)

    assert (str(chosen.first), str(chosen.last), chosen.title) == (first, last, title)


def test_two_days_select_a_range_of_their_own() -> None:
    chosen = choose(range="custom", from_="2025-12-28", to="2026-01-03")

    assert (chosen.days, chosen.title) == (7, "28 Dec 2025 – 3 Jan 2026")
    assert choose(from_="2025-12-28", to="2026-01-03") == chosen
    assert chosen.query == "range=custom&from=2025-12-28&to=2026-01-03"


@pytest.mark.parametrize(
    ("parameters", "problem"),
    [
        ({"range": "decade"}, "yesterday, 7-days, 30-days, or custom (got “decade”)"),
        ({"range": "custom"}, "The first day must be a date such as 2026-01-31 (got “”)"),
        ({"from_": "2026-01-01", "to": "soon"}, "The last day must be a date"),
        ({"from_": "0001-01-01", "to": "0001-01-01"}, "The first day must be a date"),
        ({"from_": "2026-01-09", "to": "2026-01-08"}, "(2026-01-09) must not be after"),
        ({"from_": "2026-01-09", "to": "2026-02-01"}, "must not be after today, 2026-01-31"),
        ({"from_": "2025-10-01", "to": "2026-01-31"}, "at most 92 days (got 123 days)"),
    ],
)
def test_other_parameters_are_refused_with_the_reason(
    parameters: dict[str, str], problem: str
) -> None:
    with pytest.raises(InvalidRangeError) as refused:
        choose(**parameters)
    assert problem in str(refused.value)


@given(
    st.dictionaries(
        st.sampled_from(["range", "from", "to"]),
        st.text(max_size=12) | st.sampled_from(["custom", "2026-01-30", "9999-12-31"]),
    )
)
def test_any_parameters_give_a_range_or_a_reason(parameters: dict[str, str]) -> None:
    try:
        chosen = ranges.choose(parameters, TODAY)
    except InvalidRangeError:
        return
    assert chosen.first <= chosen.last <= TODAY
    assert chosen.days <= ranges.MAX_DAYS


def test_the_range_before_has_the_same_length() -> None:
    week = choose(range="7-days")

    assert week.before.days == 7
    assert week.before.end == week.start
    assert week.end_before(NOON) == datetime(2026, 1, 24, 12, 3, tzinfo=UTC)
    assert choose(range="yesterday").end_before(NOON) == datetime(2026, 1, 30, tzinfo=UTC)


@override_settings(TIME_ZONE="Europe/Berlin")
def test_the_same_time_before_is_right_on_a_day_with_23_hours() -> None:
    at = datetime(2026, 3, 29, 10, 0, tzinfo=UTC)
    today = ranges.preset("today", date(2026, 3, 29))

    assert today.end_before(at) == datetime(2026, 3, 28, 11, 0, tzinfo=UTC)
    assert today.end.timestamp() - today.start.timestamp() == 23 * 3600


def test_a_range_describes_what_is_compared() -> None:
    assert choose().describe(NOON) == "31 Jan 2026, compared with 30 Jan 2026 until 12:03"
    assert choose(range="yesterday").describe(NOON) == ("30 Jan 2026, compared with 29 Jan 2026")
    assert [choose(range=name).describe_before(NOON) for name in ranges.PRESETS] == [
        "by 12:03 yesterday",
        "the day before",
        "in the 7 days before",
        "in the 30 days before",
    ]
