"""The lists of dimensions, of the whole site and of a filter."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta

import pytest

from landing.admin.dashboard import filters, queries, ranges
from landing.admin.dashboard.filters import Filter
from landing.admin.dashboard.lists.entries import TOP, TopEntry
from landing.admin.dashboard.queries import WHOLE_SITE, DashboardData
from landing.analytics.rollups import counting
from landing.models import Analytics
from tests.analytics.rows import row

pytestmark = [pytest.mark.django_db, pytest.mark.each_database]

NOON = datetime(2026, 1, 31, 12, 3, tzinfo=UTC)
TODAY = date(2026, 1, 31)
VISITS = (
    (1, timedelta(minutes=3), "/", "news.example", "news", "may", "de", "small"),
    (1, timedelta(minutes=2), "/pricing", "", "", "", "de", "small"),
    (2, timedelta(hours=2), "/pricing", "", "", "", "en", "large"),
    (3, timedelta(days=1), "/", "", "news", "april", "en", ""),
    (3, timedelta(days=3), "/", "", "shop", "may", "en", "large"),
    (4, timedelta(days=8), "/", "blog.example", "shop", "may", "de", "small"),
)


@pytest.fixture(autouse=True)
def _visits() -> None:
    columns = ("path", "referrer_host", "utm_source", "utm_campaign", "language", "width")
    for number, ago, *values in VISITS:
        row(number, NOON - ago, **dict(zip(columns, values, strict=True)))
    row(9, NOON, event="heartbeat")


def read(name: str, only: Filter = WHOLE_SITE) -> DashboardData:
    sum(counting.count_new_rows())
    return queries.read_data(ranges.preset(name, TODAY), NOON, only)


def test_each_dimension_is_counted_and_compared() -> None:
    assert read("7-days").dimensions == {
        "utm_source": (TopEntry("news", 2), TopEntry("shop", 1, 1)),
        "utm_campaign": (TopEntry("may", 2, 1), TopEntry("april", 1)),
        "language": (TopEntry("en", 3), TopEntry("de", 2, 1)),
        "width": (TopEntry("large", 2), TopEntry("small", 2, 1)),
    }
    assert read("today").dimensions["utm_source"] == (TopEntry("news", 1, 1),)


def test_a_list_has_few_entries_however_many_values_are_counted() -> None:
    for number in range(TOP + 5):
        row(1, NOON, utm_source=f"source {number:02}")

    found = read("today").dimensions["utm_source"]
    assert [entry.name for entry in found[:3]] == ["news", "source 00", "source 01"]
    assert len(found) == TOP


@pytest.mark.parametrize("name", ["today", "7-days"])
@pytest.mark.parametrize(
    "parameters",
    [
        {"source": "news"},
        {"language": "de"},
        {"width": "small"},
        {"campaign": "may", "language": "en"},
        {"page": "/", "width": "small"},
        {"page": "/pricing"},
        {"referrer": "news.example"},
        {"source": "unknown"},
    ],
)
def test_a_filter_has_the_figures_and_lists_of_its_rows(
    name: str, parameters: dict[str, str]
) -> None:
    only = filters.choose(parameters)
    data = read(name, only)

    matching = Analytics.objects.page_views().filter(**only.conditions)
    now = list(matching.since(data.shown.start))
    before = list(matching.before(data.shown.start).since(data.shown.before.start))

    def tally(column: str, *, known: bool) -> set[tuple[str, int, int]]:
        counts, earlier = (
            Counter(getattr(each, column) for each in rows) for rows in (now, before)
        )
        return {(name, counts[name], earlier[name]) for name in counts if name or not known}

    def listed(entries: tuple[TopEntry, ...]) -> set[tuple[str, int, int]]:
        return {(entry.name, entry.page_views, entry.before) for entry in entries}

    assert data.figures.page_views == len(now) == sum(filter(None, data.page_views))
    assert sum(data.page_views_before) == len(before)
    assert data.figures.visitors == len({bytes(view.visitor_id) for view in now})
    assert listed(data.pages) == tally("path", known=False)
    assert listed(data.referrers) == tally("referrer_host", known=False)
    for column, entries in data.dimensions.items():
        assert listed(entries) == tally(column, known=True), column
