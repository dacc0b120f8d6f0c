"""The tiles: values, comparisons, and times."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from landing.activity.goals import KindCount
from landing.admin.dashboard import ranges, tiles
from landing.admin.dashboard.comparison import NO_CHANGE
from landing.admin.dashboard.filters import Filter
from landing.admin.dashboard.tiles import NO_CONVERSION, Conversion, GoalRow, Tile
from landing.analytics.stays.storage import Stays
from landing.live.current_snapshot import Source
from landing.stats import Online, Today
from tests.admin.dashboard.samples import (
    TODAY_RANGE,
    dashboard_data,
    figures,
    snapshot,
)

UNKNOWN = Online(None, None, None, None)
WEEK = ranges.preset("7-days", date(2026, 1, 31))
YESTERDAY = ranges.preset("yesterday", date(2026, 1, 31))


def tile(name: str, **changes: Any) -> Tile:
    data = changes.pop("data", dashboard_data())
    built = tiles.build_tiles(data.shown, snapshot(**changes), data)
    return next(each for each in built if each.name == name)


def test_the_counts_are_those_of_the_snapshot() -> None:
    assert tiles.format_counts(snapshot()) == {
        "people": "17",
        "count": "23",
        "signed_in": "4",
        "anonymous": "13",
        "active": "31",
        "signed_in_percent": "24 %",
    }


def test_an_unknown_count_is_a_dash() -> None:
    counts = tiles.format_counts(snapshot(online=UNKNOWN, active_users_now=None))

    assert set(counts.values()) == {"–", ""}
    assert counts["signed_in_percent"] == ""


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, "live, at 12:03:20"),
        ({"source": Source.STALE}, "stale, counted at 12:03:20"),
        ({"source": Source.UNKNOWN, "as_of": None}, "not known yet"),
        ({"source": Source.SIMULATED, "as_of": None}, "simulated: demo data"),
    ],
)
def test_the_counts_have_a_source_and_a_time(changes: dict[str, Any], expected: str) -> None:
    assert tiles.describe_source(snapshot(**changes)) == expected


def test_today_is_the_snapshot_compared_with_yesterday_at_the_same_time() -> None:
    visitors, page_views = tile("visitors"), tile("page_views")

    assert (visitors.value, *visitors.change) == ("60", "+20 %", "up")
    assert (page_views.value, *page_views.change) == ("98", "−2 %", "down")
    assert visitors.hint == "50 by 12:03 yesterday"


def test_today_without_a_snapshot_is_read_from_the_tables() -> None:
    assert tile("visitors", today=Today(None, None, None)).value == "61"


@pytest.mark.parametrize(
    ("shown", "hint"), [(WEEK, "50 in the 7 days before"), (YESTERDAY, "50 the day before")]
)
def test_other_ranges_are_read_from_the_tables(shown: ranges.Range, hint: str) -> None:
    visitors = tile("visitors", data=dashboard_data(shown=shown))

    assert (visitors.value, visitors.hint) == ("61", hint)


def test_there_is_one_peak_with_dates() -> None:
    peak = tile("peak", today=Today(1, 1, 60))

    assert (peak.value, peak.hint) == ("60", "31 Jan, 11:03; 48 on 30 Jan, 16:03")
    assert peak.change.text == "+25 %"


def test_the_peak_includes_the_current_one() -> None:
    assert tile("peak").value == "61"
    assert tile("peak").hint.startswith("31 Jan, 12:03;")
    assert tile("peak", data=dashboard_data(shown=YESTERDAY)).value == "60"


def test_an_unknown_peak_is_a_dash() -> None:
    none = figures(peak=None)
    data = dashboard_data(figures=none, figures_before=none)
    peak = tile("peak", data=data, today=Today(1, 1, None))

    assert (peak.value, peak.hint, peak.change.text) == ("–", "people at once", "")


def test_the_signed_in_share_is_compared_in_points() -> None:
    signed_in = tile("signed_in")

    assert signed_in.value == "26 %"
    assert signed_in.hint == "of the visitors; 20 % by 12:03 yesterday"
    assert signed_in.change.text == "+6 pp"
    nobody = dashboard_data(figures=figures(visitors=0, signed_in=0))
    assert tile("signed_in", data=nobody).value == "–"


def test_without_data_the_tiles_of_today_show_the_snapshot() -> None:
    def values(shown: ranges.Range) -> list[str]:
        return [each.value for each in tiles.build_tiles(shown, snapshot(), None)]

    assert values(TODAY_RANGE) == ["60", "98", "61"]
    assert values(WEEK) == ["–"] * 3


def test_without_data_a_filter_shows_no_figure_of_the_whole_site() -> None:
    only = Filter(path="/a")
    shown = tiles.build_tiles(TODAY_RANGE, snapshot(), None, only)

    assert [(tile.name, tile.value) for tile in shown] == [("visitors", "–"), ("page_views", "–")]
    assert tiles.describe_age(TODAY_RANGE, snapshot(), None, only) == "Not counted yet"


def test_the_tiles_have_one_time_with_its_zone() -> None:
    def age(shown: ranges.Range, **changes: Any) -> str:
        return tiles.describe_age(shown, snapshot(**changes), dashboard_data(shown=shown))

    assert age(TODAY_RANGE) == "Counted at 12:03:18 (UTC)"
    assert age(WEEK) == "Counted at 12:03 (UTC)"
    assert age(TODAY_RANGE, table_as_of=None) == "Counted at 12:03 (UTC)"
    assert tiles.describe_age(TODAY_RANGE, snapshot(), None) == "Counted at 12:03:18 (UTC)"
    assert tiles.describe_age(WEEK, snapshot(), None) == "Not counted yet"


def test_the_median_stay_is_compared() -> None:
    week = {"figures": figures(stays=Stays(12, 200.4)), "shown": WEEK}

    stay = tile("stay", data=dashboard_data(figures_before=figures(stays=Stays(9, 100)), **week))
    assert (stay.value, *stay.change) == ("3 min 20 s", "+100 %", "up")
    assert stay.hint == "of 12 visits that ended; 1 min 40 s in the 7 days before"
    short = tile("stay", data=dashboard_data(figures_before=figures(stays=Stays(9, 15)), **week))
    assert short.change.text == "+185 s"
    shorter = figures(stays=Stays(2, 9.6))
    first = dashboard_data(figures=shorter, figures_before=figures(stays=Stays(9, 15)))
    assert tile("stay", data=first).change.text == "−5 s"


def test_without_visits_the_median_stay_is_a_dash_and_with_a_filter_there_is_none() -> None:
    nobody = figures(stays=Stays(0, None))
    stay = tile("stay", data=dashboard_data(figures=nobody, figures_before=nobody))

    assert (stay.value, stay.hint, stay.change) == ("–", "of 0 visits that ended", NO_CHANGE)
    built = tiles.build_tiles(TODAY_RANGE, snapshot(), dashboard_data(figures=figures()))
    assert "stay" not in [each.name for each in built]


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (0.5, "< 1 s"),
        (1.04, "1 s"),
        (59.4, "59 s"),
        (59.6, "1 min 0 s"),
        (3_599, "59 min 59 s"),
        (3_661, "1 h 1 min"),
    ],
)
def test_a_duration_has_two_units_at_most(seconds: float, expected: str) -> None:
    assert tiles.format_seconds(seconds) == expected


@pytest.mark.parametrize(
    ("activities", "visitors", "expected"),
    [
        (12, 480, Conversion("2.5 %", "1 of 40 visitors")),
        (1, 3_000, Conversion("0.03 %", "1 of 3,000 visitors")),
        (9, 30, Conversion("30 %", "1 of 3 visitors")),
        (0, 30, Conversion("0 %")),
        (39, 30, Conversion("1.3 each", "per visitor")),
        (3, 0, NO_CONVERSION),
    ],
)
def test_a_conversion_is_a_percentage_and_words(
    activities: int, visitors: int, expected: Conversion
) -> None:
    assert tiles.convert(activities, visitors) == expected


def test_goals_are_compared_with_the_visitors_of_their_range() -> None:
    counted = (KindCount("purchase", 6, 1), KindCount("campaign", 2, 0))

    assert tiles.build_goals(dashboard_data(goals=counted)) == [
        GoalRow(
            "Purchase",
            "6",
            "1",
            Conversion("9.8 %", "1 of 10 visitors"),
            Conversion("2.0 %", "1 of 50 visitors"),
        ),
        GoalRow("Campaign", "2", "0", NO_CONVERSION, NO_CONVERSION),
    ]
