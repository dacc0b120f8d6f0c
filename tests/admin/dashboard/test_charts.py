"""The charts: sentence, source, table, shapes, and axis labels."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from django.test import override_settings
from hypothesis import given
from hypothesis import strategies as st

from landing.admin import site_time
from landing.admin.dashboard import charts, ranges
from landing.admin.dashboard.charts import ACTIVE, PEOPLE, Chart
from landing.analytics.history import Point, Series
from landing.page.formatting import UNKNOWN
from tests.admin.dashboard.samples import NOON, dashboard_data, series

TODAY = date(2026, 1, 31)
MIDNIGHT = datetime(2026, 1, 31, tzinfo=UTC)


def hour(*people: int | None) -> Chart:
    return charts.build_hour_chart(series(people))


def day(people: Sequence[int | None], *before: int | None) -> Chart:
    """Return the chart of a day with 24 steps, with a point per hour until noon."""
    hours = [*people, *(None,) * (24 - len(people))]
    return charts.build_sample_chart(
        PEOPLE,
        dashboard_data(
            samples=series(hours, 60, MIDNIGHT + timedelta(hours=23)),
            samples_before=series([*before, *(None,) * (24 - len(before))], 60, MIDNIGHT),
        ),
    )


def test_a_chart_has_a_summary_sentence() -> None:
    assert hour(17, None, 4, 23).sentence == (
        "Last hour: 4 to 23 people, with the most at 31 Jan, 12:03, "
        "and 23 at 31 Jan, 12:03. 1 of 4 points were not sampled."
    )


def test_a_chart_has_a_table() -> None:
    first, gap, last = hour(1000, None, 2).rows

    assert (first.label, first.cells, first.x) == ("12:01", ("1,000", "2,000", "3,000"), 0)
    assert (gap.label, gap.cells, gap.y) == ("12:02", (charts.NOT_SAMPLED,), None)
    assert last.x == 100 and last.y is not None and last.y > 99


def test_unknown_values_are_a_gap() -> None:
    chart = hour(4, None, None, 4)

    assert chart.line == "M0 0h0M100 0h0"
    assert [(gap.x, gap.width) for gap in chart.gaps] == [(0, 100)]


def test_an_unfinished_step_is_not_a_gap() -> None:
    chart = hour(4, 4, None)

    assert chart.gaps == ()
    assert len(chart.rows) == 2
    assert chart.end == "M100 0h0"


def test_a_single_point_is_not_drawn() -> None:
    assert hour(None, 4, None).is_empty
    assert not hour(4, None, 4).is_empty


def test_a_series_without_samples_is_empty() -> None:
    for chart in (hour(), hour(None), hour(None, None, None)):
        assert chart.is_empty
        assert chart.line == chart.area == chart.end == ""
        assert chart.sentence == "Last hour: no samples yet."


def test_people_and_active_visitors_have_their_own_scales() -> None:
    data = dashboard_data()

    people, active = (charts.build_sample_chart(style, data) for style in (PEOPLE, ACTIVE))

    assert [tick.label for tick in people.y_ticks] == ["2", "4", "6"]
    assert [tick.label for tick in active.y_ticks] == ["5", "10", "15"]
    assert active.rows[0].cells == ("2", "8")


def test_a_day_is_drawn_over_the_whole_day_before() -> None:
    chart = day([10] * 12, *[20] * 24)

    assert len(chart.rows) == 12
    assert chart.line.startswith("M0 50L") and chart.end == "M47.83 50h0"
    assert chart.quiet.startswith("M0 0L") and chart.quiet.endswith("L100 0")
    assert chart.gaps == ()
    assert chart.columns == ("people", "peak", "before")
    assert chart.rows[3].cells == ("10", "11", "20")
    assert chart.rows[3].label == "31 Jan, 03:00"


def test_a_gap_may_have_a_value_before() -> None:
    chart = day([10, None, None, *[10] * 10], 20, 20)

    assert [row.cells for row in chart.rows[1:3]] == [("–", "–", "20"), (charts.NOT_SAMPLED,)]
    assert [(gap.x, gap.width) for gap in chart.gaps] == [(0, 13.04)]


def test_a_day_without_samples_still_shows_the_one_before() -> None:
    assert not day([], 4, 4).is_empty
    assert day([], 4).is_empty


@override_settings(TIME_ZONE="Asia/Kathmandu")
def test_a_day_has_a_label_every_four_hours_of_site_time() -> None:
    shown = ranges.preset("today", TODAY)
    points = tuple(Point(shown.start + n * timedelta(hours=1), 1, 1, 1, 1) for n in range(24))

    chart = charts.build_sample_chart(PEOPLE, dashboard_data(samples=Series(24, 60, points)))

    assert [tick.label for tick in chart.x_ticks] == ["04:00", "08:00", "12:00", "16:00", "20:00"]
    assert [tick.is_minor for tick in chart.x_ticks] == [True, False, True, False, True]


def month() -> Chart:
    points = series([1] * 240, 180)
    return charts.build_sample_chart(PEOPLE, dashboard_data(samples=points))


def test_a_month_has_a_label_every_fifth_day() -> None:
    labels = [tick.label for tick in month().x_ticks]
    days = [datetime.strptime(f"{label} 2026", "%d %b %Y").replace(tzinfo=UTC) for label in labels]
    assert len(labels) in (5, 6)
    assert {after - before for before, after in pairwise(days)} == {timedelta(days=5)}


@override_settings(TIME_ZONE="America/Santiago")
def test_a_day_that_starts_at_one_is_labeled_at_its_start() -> None:
    starts = datetime(2026, 9, 6, 4, tzinfo=UTC)
    points = tuple(Point(starts + timedelta(hours=hour), 1, 1, 1, 1) for hour in range(-5, 6))
    data = dashboard_data(samples=Series(24, 60, points))

    chart = charts.build_sample_chart(PEOPLE, data)

    assert [(tick.position, tick.label) for tick in chart.x_ticks] == [
        (10.0, "20:00"),
        (50.0, "01:00"),
        (80.0, "04:00"),
    ]


def test_the_labels_of_a_month_convert_few_times(monkeypatch: pytest.MonkeyPatch) -> None:
    times: list[datetime] = []

    def local(at: datetime) -> datetime:
        times.append(at)
        return at

    monkeypatch.setattr(site_time, "local", local)

    month()

    assert len(times) < 2 * 240


@given(
    st.lists(st.none() | st.integers(0, 10**9), max_size=300),
    st.lists(st.none() | st.integers(0, 10**9), max_size=300),
    st.sampled_from([1, 5, 180]),
)
def test_any_series_stays_within_its_plot(
    people: list[int | None], before: list[int | None], step: int
) -> None:
    data = dashboard_data(samples=series(people, step), samples_before=series(before, step))

    for chart in (
        charts.build_hour_chart(series(people)),
        charts.build_sample_chart(PEOPLE, data),
        charts.build_sample_chart(ACTIVE, data),
    ):
        assert all(0 <= row.x <= 100 and (row.y is None or 0 <= row.y <= 100) for row in chart.rows)
        assert all(0 < tick.position < 100 for tick in chart.x_ticks)
        assert all(0 <= tick.position < 100 for tick in chart.y_ticks)


def test_unknown_active_visitors_are_a_dash() -> None:
    point = Point(at=NOON, people=3, connections=4, active=None, peak_people=3)

    chart = charts.build_hour_chart(Series(1, 1, (point,)))

    assert chart.rows[0].cells == ("3", UNKNOWN, "4")


def test_page_views_of_a_day_are_bars_and_those_before_a_line() -> None:
    chart = charts.build_page_view_chart(dashboard_data())

    assert len(chart.bars) == 13
    assert chart.unfinished == 12
    assert chart.quiet.count("L") == 23
    assert chart.sentence == "Page views by hour: 122, after 120 in all of the time before."
    assert chart.rows[12].label == "12:00–13:00"
    assert [row.cells for row in chart.rows[12:14]] == [("2", "5"), ("–", "5")]


@pytest.mark.parametrize(
    ("name", "labels", "unfinished"),
    [("7-days", ["26 Jan", "27 Jan", "28 Jan", "29 Jan", "30 Jan"], 6)],
)
def test_page_views_of_several_days_are_bars_by_day(
    name: str, labels: list[str], unfinished: int
) -> None:
    week = ranges.preset(name, TODAY)
    data = dashboard_data(shown=week, page_views=(3,) * 7, page_views_before=(2,) * 7)

    chart = charts.build_page_view_chart(data)

    assert chart.title == "Page views by day"
    assert set(labels) <= {tick.label for tick in chart.x_ticks}
    assert (len(chart.bars), chart.unfinished) == (7, unfinished)
    assert chart.rows[0].label == "25 Jan"


def test_a_range_that_is_over_has_no_unfinished_bar() -> None:
    yesterday = ranges.preset("yesterday", TODAY)
    data = dashboard_data(shown=yesterday, page_views=(3,) * 24)

    assert charts.build_page_view_chart(data).unfinished is None


@pytest.mark.parametrize("started_hours", [1, 24])
def test_a_page_view_chart_without_page_views_is_empty(started_hours: int) -> None:
    nothing = dashboard_data(
        page_views=(0,) * started_hours + (None,) * (24 - started_hours),
        page_views_before=(0,) * 24,
    )

    assert charts.build_page_view_chart(nothing).is_empty
