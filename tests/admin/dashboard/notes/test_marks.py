"""The marks of notes on the charts."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from landing.admin.dashboard import charts, ranges
from landing.admin.dashboard.charts import Chart
from landing.admin.dashboard.notes import marks
from landing.tables.notes import ChartNote
from tests.admin.dashboard.samples import dashboard_data, series

MIDNIGHT = datetime(2026, 1, 31, tzinfo=UTC)


def notes_at(*hours: float) -> list[ChartNote]:
    return [ChartNote(at=MIDNIGHT + timedelta(hours=hour), text="a deploy") for hour in hours]


def mark_day(*hours: float) -> Chart:
    """Return the chart of people of a day with a point per hour, and with notes."""
    points = series([4] * 24, 60, MIDNIGHT + timedelta(hours=23))
    data = dashboard_data(samples=points, at=MIDNIGHT + timedelta(hours=23))
    return marks.mark_samples(
        charts.build_sample_chart(charts.PEOPLE, data), notes_at(*hours), data
    )


def test_a_note_is_marked_where_the_line_has_its_time() -> None:
    chart = mark_day(0, 11.5, 23)

    assert [(mark.position, mark.label) for mark in chart.marks] == [
        (0, "1"),
        (50, "2"),
        (100, "3"),
    ]


def test_a_note_of_the_last_step_is_marked_at_the_edge() -> None:
    assert [mark.position for mark in mark_day(23.5).marks] == [100]


def test_notes_that_are_close_share_a_mark() -> None:
    assert [mark.label for mark in mark_day(1, 2, 10, 10.1, 10.2, 20).marks] == [
        "1–2",
        "3–5",
        "6",
    ]


def test_the_sentence_of_the_chart_names_the_marks() -> None:
    assert mark_day().sentence.endswith("at 31 Jan, 23:00.")
    assert mark_day(1, 10, 10.1).sentence.endswith("Marked notes: 1, 2–3.")


def test_page_views_are_marked_by_the_clock_of_one_or_more_days() -> None:
    def positions(shown: ranges.Range) -> list[float]:
        data = dashboard_data(shown=shown, page_views=(1,) * 24, page_views_before=(1,) * 24)
        chart = charts.build_page_view_chart(data) if shown.days == 1 else mark_day()
        return [each.position for each in marks.mark_page_views(chart, notes_at(6), data).marks]

    day = date(2026, 1, 31)
    assert positions(ranges.Range(ranges.CUSTOM, day, day)) == [25]
    assert positions(ranges.Range(ranges.CUSTOM, day - timedelta(days=1), day)) == [62.5]


def test_a_chart_without_samples_has_no_marks() -> None:
    data = dashboard_data(samples=series(()))
    chart = charts.build_sample_chart(charts.PEOPLE, data)

    assert marks.mark_samples(chart, notes_at(6), data) is chart
