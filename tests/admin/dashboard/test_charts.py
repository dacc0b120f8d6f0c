from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from django.test import override_settings
from hypothesis import given
from hypothesis import strategies as st

from landing.admin.dashboard import charts
from landing.admin.dashboard.charts import LAST_DAY, LAST_HOUR, LAST_MONTH, Picture
from landing.analytics.history import Point, Series
from tests.admin.dashboard.samples import NOON, comparison, series


def hour(*people: int | None) -> Picture:
    return charts.over_time(LAST_HOUR, series(people), NOON)


def test_a_chart_says_in_one_sentence_what_it_shows() -> None:
    assert hour(17, None, 4, 23).sentence == (
        "The last hour: between 4 and 24 people here, the most on 31 Jan, 12:03; "
        "23 on 31 Jan, 12:03. 1 of 4 points were not sampled."
    )


def test_a_chart_says_how_it_was_counted_and_until_when() -> None:
    day = charts.over_time(LAST_DAY, series([1, 2], 24, 5), NOON)
    month = charts.over_time(LAST_MONTH, series([1, 2], 720, 180), NOON)

    assert hour(1).source == "sampled every minute until 12:03"
    assert day.source == "sampled every minute until 12:03, a point per 5 minutes"
    assert month.source == "sampled every minute until 12:03, a point per 3 hours"


def test_a_chart_is_a_table_too() -> None:
    first, gap, last = hour(1000, None, 2).rows

    assert (first.label, first.cells, first.x) == ("12:01", ("1,000", "2,000", "3,000"), 0)
    assert (gap.label, gap.cells, gap.y) == ("12:02", (charts.NOT_SAMPLED,), None)
    assert last.x == 100 and last.y is not None and last.y > 99


def test_a_gap_is_a_gap_and_not_0() -> None:
    picture = hour(4, None, None, 4)

    assert picture.line == "M0 0h0M100 0h0"
    assert [(gap.x, gap.width) for gap in picture.gaps] == [(0, 100)]


def test_a_minute_that_has_just_begun_is_no_gap() -> None:
    picture = hour(4, 4, None)

    assert picture.gaps == ()
    assert len(picture.rows) == 2
    assert picture.end == "M100 0h0"


def test_a_single_point_is_not_worth_a_picture() -> None:
    assert hour(None, 4, None).is_empty
    assert not hour(4, None, 4).is_empty


def test_where_nobody_has_counted_there_is_nothing_to_draw() -> None:
    for picture in (hour(), hour(None), hour(None, None, None)):
        assert picture.is_empty
        assert picture.line == picture.area == picture.end == ""
        assert picture.sentence == "The last hour: nobody has counted yet."


def test_a_second_line_is_on_the_same_scale() -> None:
    day = charts.over_time(LAST_DAY, series([10, 10], 24, 5), NOON)

    assert day.line == "M0 50L100 50"
    assert day.quiet == "M0 0L100 0"


@override_settings(TIME_ZONE="Asia/Kathmandu")
def test_a_day_has_a_label_every_four_hours_of_the_sites_clock() -> None:
    day = charts.over_time(LAST_DAY, series([1] * 288, 24, 5), NOON)

    assert [tick.label for tick in day.x_ticks] == [
        "20:00",
        "00:00",
        "04:00",
        "08:00",
        "12:00",
        "16:00",
    ]
    assert [tick.is_minor for tick in day.x_ticks] == [True, False, True, False, True, False]


def test_a_month_has_a_label_every_fifth_day() -> None:
    month = charts.over_time(LAST_MONTH, series([1] * 240, 720, 180), NOON)

    labels = [tick.label for tick in month.x_ticks]
    days = [datetime.strptime(f"{label} 2026", "%d %b %Y").replace(tzinfo=UTC) for label in labels]
    assert len(labels) in (5, 6)
    assert {after - before for before, after in pairwise(days)} == {timedelta(days=5)}


@override_settings(TIME_ZONE="America/Santiago")
def test_a_day_that_begins_at_one_is_labelled_there() -> None:
    begins = datetime(2026, 9, 6, 4, tzinfo=UTC)
    points = tuple(Point(begins + timedelta(hours=hour), 1, 1, 1, 1) for hour in range(-5, 6))

    day = charts.over_time(LAST_DAY, Series(24, 60, points), NOON)

    assert [(tick.position, tick.label) for tick in day.x_ticks] == [
        (10.0, "20:00"),
        (50.0, "01:00"),
        (80.0, "04:00"),
    ]


def test_the_labels_of_a_month_cost_less_than_its_points(monkeypatch: pytest.MonkeyPatch) -> None:
    moments: list[datetime] = []

    def local(at: datetime) -> datetime:
        moments.append(at)
        return at

    monkeypatch.setattr(charts, "local", local)
    month = series([1] * 240, 720, 180)

    charts.over_time(LAST_MONTH, month, NOON)

    assert len(moments) < 2 * len(month.points)


@given(st.lists(st.none() | st.integers(0, 10**9), max_size=300), st.sampled_from([1, 24, 720]))
def test_any_series_is_drawn_within_its_plot(people: list[int | None], hours: int) -> None:
    view = {1: LAST_HOUR, 24: LAST_DAY, 720: LAST_MONTH}[hours]

    picture = charts.over_time(view, series(people, hours, 5), NOON)

    assert all(0 <= row.x <= 100 and (row.y is None or 0 <= row.y <= 100) for row in picture.rows)
    assert all(0 < tick.position < 100 for tick in picture.x_ticks)
    assert all(0 <= tick.position < 100 for tick in picture.y_ticks)


def test_active_visitors_that_nobody_could_count_are_a_dash() -> None:
    point = Point(at=NOON, people=3, connections=4, active=None, peak_people=3)

    picture = charts.over_time(LAST_HOUR, Series(1, 1, (point,)), NOON)

    assert picture.rows[0].cells == ("3", charts.UNKNOWN, "4")


def test_today_is_bars_and_yesterday_a_line() -> None:
    picture = charts.today(comparison(), NOON)

    assert len(picture.bars) == 13
    assert picture.unfinished == 12
    assert picture.quiet.count("L") == 23
    assert picture.sentence == (
        "Page views by the hour: 122 today so far, 120 on the whole of yesterday."
    )
    assert picture.rows[12].label == "12:00–13:00"
    assert [row.cells for row in picture.rows[12:14]] == [("2", "5"), ("–", "5")]


@pytest.mark.parametrize("hours_begun", [1, 24])
def test_two_days_without_page_views_are_empty(hours_begun: int) -> None:
    nothing = comparison(
        today_by_hour=(0,) * hours_begun + (None,) * (24 - hours_begun),
        yesterday_by_hour=(0,) * 24,
    )

    assert charts.today(nothing, NOON).is_empty
