from __future__ import annotations

from typing import Any

import pytest

from landing.admin.dashboard import tiles
from landing.admin.dashboard.tiles import Tile
from landing.analytics.history import Peaks
from landing.live.frames import Source
from landing.stats import Online, Today
from tests.admin.dashboard.samples import comparison, reading, snapshot

UNKNOWN = Online(None, None, None, None)


def tile(name: str, **changes: Any) -> Tile:
    read = changes.pop("read", reading())
    return next(each for each in tiles.of_today(snapshot(**changes), read) if each.name == name)


def test_the_numbers_of_now_are_the_snapshots() -> None:
    assert tiles.figures(snapshot()) == {
        "people": "17",
        "count": "23",
        "signed_in": "4",
        "anonymous": "13",
        "active": "31",
        "signed_in_percent": "24 %",
    }


def test_a_number_that_is_not_known_is_a_dash() -> None:
    figures = tiles.figures(snapshot(online=UNKNOWN, active_users_now=None))

    assert set(figures.values()) == {"–", ""}
    assert figures["signed_in_percent"] == ""


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, "live, at 12:03:20"),
        ({"source": Source.STALE}, "stale, as of 12:03:20"),
        ({"source": Source.STALE, "as_of": None}, "not known yet"),
        ({"source": Source.SIMULATED, "as_of": None}, "simulated: demo data"),
    ],
)
def test_the_numbers_of_now_say_their_source_and_age(
    changes: dict[str, Any], expected: str
) -> None:
    assert tiles.source(snapshot(**changes)) == expected


def test_today_is_compared_with_yesterday_at_this_time() -> None:
    visitors, page_views = tile("visitors"), tile("page_views")

    assert (visitors.value, visitors.change, visitors.direction) == ("60", "+20 %", "up")
    assert (page_views.value, page_views.change, page_views.direction) == ("98", "−2 %", "down")
    assert visitors.hint == "50 yesterday until 12:03"
    assert visitors.source == "counted today until 12:03:18"


def test_a_number_as_yesterday_says_so() -> None:
    same = tile("page_views", read=reading(comparison=comparison(page_views_before=98)))

    assert (same.change, same.direction) == ("±0 %", "level")


@pytest.mark.parametrize("today", [Today(None, None, None), Today(5, 5, 5)])
def test_nothing_is_compared_with_nothing(today: Today) -> None:
    none = reading(comparison=comparison(page_views_before=0, visitors_before=0))

    assert tile("page_views", today=today, read=none).change == ""
    assert tile("visitors", today=Today(None, None, None)).change == ""


def test_the_peaks_are_never_below_a_newer_one() -> None:
    read = reading(peaks=Peaks(today=60, last_7_days=60, last_30_days=112))

    assert tile("peak", read=read).value == "61"
    assert tile("peak_7", read=read).value == "61"
    assert tile("peak_30", read=read).value == "112"


def test_peaks_that_nobody_sampled_are_dashes() -> None:
    read = reading(peaks=Peaks(None, None, None))

    assert tile("peak_7", read=read, today=Today(1, 1, None)).value == "–"


def test_the_share_of_signed_in_visitors_is_of_today() -> None:
    signed_in = tile("signed_in")

    assert (signed_in.value, signed_in.hint) == ("25 %", "of today's visitors")
    assert signed_in.source == "counted today until 12:03"
    assert tile("signed_in", read=reading(comparison=comparison(signed_in_share=None))).value == "–"


def test_without_the_tables_there_is_what_the_snapshot_has() -> None:
    shown = tiles.of_today(snapshot(), None)

    assert [(each.name, each.value, each.change) for each in shown] == [
        ("visitors", "60", ""),
        ("page_views", "98", ""),
        ("peak", "61", ""),
    ]


def test_figures_that_were_never_counted_say_so() -> None:
    assert tile("visitors", table_as_of=None).source == "not counted yet"
