"""The tiles: values, comparisons, sources, and times."""

from __future__ import annotations

from typing import Any

import pytest

from landing.admin.dashboard import tiles
from landing.admin.dashboard.tiles import Tile
from landing.analytics.history import Peaks
from landing.live.current_snapshot import Source
from landing.stats import Online, Today
from tests.admin.dashboard.samples import comparison, dashboard_data, snapshot

UNKNOWN = Online(None, None, None, None)


def tile(name: str, **changes: Any) -> Tile:
    data = changes.pop("data", dashboard_data())
    return next(each for each in tiles.build_tiles(snapshot(**changes), data) if each.name == name)


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


def test_today_is_compared_with_yesterday_at_the_same_time() -> None:
    visitors, page_views = tile("visitors"), tile("page_views")

    assert (visitors.value, visitors.change, visitors.direction) == ("60", "+20 %", "up")
    assert (page_views.value, page_views.change, page_views.direction) == ("98", "−2 %", "down")
    assert visitors.hint == "50 by 12:03 yesterday"
    assert visitors.source == "counted today until 12:03:18"


def test_an_unchanged_figure_is_level() -> None:
    same = tile("page_views", data=dashboard_data(comparison=comparison(page_views_before=98)))

    assert (same.change, same.direction) == ("±0 %", "level")


@pytest.mark.parametrize("today", [Today(None, None, None), Today(5, 5, 5)])
def test_unknown_figures_are_not_compared(today: Today) -> None:
    none = dashboard_data(comparison=comparison(page_views_before=0, visitors_before=0))

    assert tile("page_views", today=today, data=none).change == ""
    assert tile("visitors", today=Today(None, None, None)).change == ""


def test_the_peaks_include_the_current_peak() -> None:
    data = dashboard_data(peaks=Peaks(today=60, last_7_days=60, last_30_days=112))

    assert tile("peak", data=data).value == "61"
    assert tile("peak_7", data=data).value == "61"
    assert tile("peak_30", data=data).value == "112"


def test_unknown_peaks_are_dashes() -> None:
    data = dashboard_data(peaks=Peaks(None, None, None))

    assert tile("peak_7", data=data, today=Today(1, 1, None)).value == "–"


def test_the_signed_in_share_is_of_today() -> None:
    signed_in = tile("signed_in")

    assert (signed_in.value, signed_in.hint) == ("25 %", "of today's visitors")
    assert signed_in.source == "counted today until 12:03"
    assert (
        tile("signed_in", data=dashboard_data(comparison=comparison(signed_in_share=None))).value
        == "–"
    )


def test_without_data_the_tiles_show_the_snapshot() -> None:
    shown = tiles.build_tiles(snapshot(), None)

    assert [(each.name, each.value, each.change) for each in shown] == [
        ("visitors", "60", ""),
        ("page_views", "98", ""),
        ("peak", "61", ""),
    ]


def test_figures_without_a_time_are_labeled() -> None:
    assert tile("visitors", table_as_of=None).source == "not counted yet"
