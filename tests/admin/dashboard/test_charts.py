"""The charts: sentence, source, table, shapes, and axis labels."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from django.test import override_settings
from hypothesis import given
from hypothesis import strategies as st

from landing.admin.dashboard import charts, site_time
from landing.admin.dashboard.charts import LAST_DAY, LAST_HOUR, LAST_MONTH, Chart
from landing.analytics.history import Point, Series
from landing.page.formatting import UNKNOWN
from tests.admin.dashboard.samples import NOON, comparison, series


def hour(*people: int | None) -> Chart:
    return charts.build_history_chart(LAST_HOUR, series(people), NOON)


def test_a_chart_has_a_summary_sentence() -> None:
    assert hour(17, None, 4, 23).sentence == (
        "Last hour: 4 to 24 people, with the peak at 31 Jan, 12:03, "
        "and 23 at 31 Jan, 12:03. 1 of 4 points were not sampled."
    )


def test_a_chart_has_its_source_and_time() -> None:
    day = charts.build_history_chart(LAST_DAY, series([1, 2], 24, 5), NOON)
    month = charts.build_history_chart(LAST_MONTH, series([1, 2], 720, 180), NOON)

    assert hour(1).source == "sampled every minute until 12:03"
    assert day.source == "sampled every minute until 12:03, one point per 5 minutes"
    assert month.source == "sampled every minute until 12:03, one point per 3 hours"


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


def test_both_lines_share_one_scale() -> None:
    day = charts.build_history_chart(LAST_DAY, series([10, 10], 24, 5), NOON)

    assert day.line == "M0 50L100 50"
    assert day.quiet == "M0 0L100 0"


@override_settings(TIME_ZONE="Asia/Kathmandu")
def test_a_day_has_a_label_every_four_hours_of_site_time() -> None:
    day = charts.build_history_chart(LAST_DAY, series([1] * 288, 24, 5), NOON)

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
    month = charts.build_history_chart(LAST_MONTH, series([1] * 240, 720, 180), NOON)

    labels = [tick.label for tick in month.x_ticks]
    days = [datetime.strptime(f"{label} 2026", "%d %b %Y").replace(tzinfo=UTC) for label in labels]
    assert len(labels) in (5, 6)
    assert {after - before for before, after in pairwise(days)} == {timedelta(days=5)}


@override_settings(TIME_ZONE="America/Santiago")
def test_a_day_that_starts_at_one_is_labeled_at_its_start() -> None:
    starts = datetime(2026, 9, 6, 4, tzinfo=UTC)
    points = tuple(Point(starts + timedelta(hours=hour), 1, 1, 1, 1) for hour in range(-5, 6))

    day = charts.build_history_chart(LAST_DAY, Series(24, 60, points), NOON)

    assert [(tick.position, tick.label) for tick in day.x_ticks] == [
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
    month = series([1] * 240, 720, 180)

    charts.build_history_chart(LAST_MONTH, month, NOON)

    assert len(times) < 2 * len(month.points)


@given(st.lists(st.none() | st.integers(0, 10**9), max_size=300), st.sampled_from([1, 24, 720]))
def test_any_series_stays_within_its_plot(people: list[int | None], hours: int) -> None:
    style = {1: LAST_HOUR, 24: LAST_DAY, 720: LAST_MONTH}[hours]

    chart = charts.build_history_chart(style, series(people, hours, 5), NOON)

    assert all(0 <= row.x <= 100 and (row.y is None or 0 <= row.y <= 100) for row in chart.rows)
    assert all(0 < tick.position < 100 for tick in chart.x_ticks)
    assert all(0 <= tick.position < 100 for tick in chart.y_ticks)


def test_unknown_active_visitors_are_a_dash() -> None:
    point = Point(at=NOON, people=3, connections=4, active=None, peak_people=3)

    chart = charts.build_history_chart(LAST_HOUR, Series(1, 1, (point,)), NOON)

    assert chart.rows[0].cells == ("3", UNKNOWN, "4")


def test_page_views_are_bars_today_and_a_line_yesterday() -> None:
    chart = charts.build_page_view_chart(comparison(), NOON)

    assert len(chart.bars) == 13
    assert chart.unfinished == 12
    assert chart.quiet.count("L") == 23
    assert chart.sentence == ("Page views by hour: 122 today so far, 120 in all of yesterday.")
    assert chart.rows[12].label == "12:00–13:00"
    assert [row.cells for row in chart.rows[12:14]] == [("2", "5"), ("–", "5")]


@pytest.mark.parametrize("started_hours", [1, 24])
def test_a_page_view_chart_without_page_views_is_empty(started_hours: int) -> None:
    nothing = comparison(
        today_by_hour=(0,) * started_hours + (None,) * (24 - started_hours),
        yesterday_by_hour=(0,) * 24,
    )

    assert charts.build_page_view_chart(nothing, NOON).is_empty
