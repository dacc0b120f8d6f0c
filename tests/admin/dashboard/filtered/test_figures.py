"""The figures of a filter equal a recount, and a refresh reads new rows only."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext, override_settings

from landing.admin.dashboard import queries, ranges
from landing.admin.dashboard.filtered import figures
from landing.admin.dashboard.filters import Filter
from landing.analytics.rollups import countable_rows, counting, deletion, past_days
from landing.dates import site_day
from landing.models import Analytics
from landing.tables.rollups import RollupState
from tests.admin.dashboard.filtered.recount import recount, shown_figures
from tests.analytics.rows import analyze, nothing_was_ever_stored, row, store_many, visitor

pytestmark = [pytest.mark.django_db, pytest.mark.each_database]

NOON = datetime(2026, 1, 31, 12, 3, tzinfo=UTC)
TODAY = ranges.preset("today", NOON.date())
WEEK = ranges.preset("7-days", NOON.date())
PAGE = Filter(path="/a")
FILTERS = (
    PAGE,
    Filter(referrer_host="news.example"),
    Filter(language="en"),
    Filter(path="/a", width="small"),
    Filter(utm_source="shop", utm_campaign="may"),
)
VALUES = {
    "path": ("/a", "/a", "/b", "/c"),
    "referrer_host": ("", "news.example", "blog.example"),
    "utm_source": ("", "shop", "news"),
    "utm_campaign": ("", "may"),
    "language": ("en", "de", ""),
    "width": ("small", "large"),
}


@pytest.fixture(autouse=True)
def _noon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counting, "utc_now", lambda: NOON)


class Site:
    """A site with random visits, late commits, and deletions, and a clock that moves on."""

    def __init__(self, seed: int, now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
        self.random = Random(seed)
        self.now = now
        self.last_key = 0
        #: Rows of an open transaction, with keys that are taken.
        self.uncommitted: list[dict[str, Any]] = []
        monkeypatch.setattr(counting, "utc_now", lambda: self.now)
        monkeypatch.setattr(countable_rows, "read_last_key", self.read_last_key)

    def read_last_key(self) -> int | None:
        return None if self.uncommitted else self.last_key

    def act(self) -> None:
        """Do something, and let some time pass."""
        actions = (self.visit, self.visit, self.visit, self.begin, self.delete, self.forget)
        self.random.choice(actions)()
        if self.random.random() < 0.5:
            self.commit()
        self.now += timedelta(minutes=self.random.choice((1, 7, 55, 300)))

    def visit(self) -> None:
        for _ in range(self.random.randrange(1, 12)):
            row(**self._view())

    def begin(self) -> None:
        """Take keys for rows that are committed later than those with higher keys."""
        self.uncommitted += [self._view() for _ in range(3)]
        self.visit()

    def commit(self) -> None:
        for view in self.uncommitted:
            row(**view)
        self.uncommitted = []

    def delete(self) -> None:
        keys = list(Analytics.objects.values_list("pk", flat=True))
        some = self.random.sample(keys, len(keys) // 10)
        deletion.delete_rows(Analytics.objects.filter(pk__in=some))

    def forget(self) -> None:
        deletion.forget_visitor(visitor(self.random.randrange(20)))

    def _view(self) -> dict[str, Any]:
        self.last_key += 1
        ago = timedelta(seconds=self.random.choice((-90, 0, 1, 500, 7_000, 90_000, 900_000)))
        return {
            "pk": self.last_key,
            "number": self.random.randrange(20),
            # No two dwell rows of a visitor have the same time.
            "at": self.now - ago * self.random.random() + timedelta(microseconds=self.last_key),
            "event": self.random.choice(("page_view", "page_view", "page_view", "heartbeat")),
            "user_id": self.random.choice((None, None, 7)),
            **{column: self.random.choice(values) for column, values in VALUES.items()},
        }


@pytest.mark.parametrize(
    ("seed", "zone", "begin"),
    [
        (1, "UTC", NOON),
        (2, "Europe/Berlin", datetime(2026, 3, 27, 20, tzinfo=UTC)),
        (3, "Asia/Kathmandu", NOON),
    ],
)
def test_figures_equal_a_recount_after_random_changes(
    seed: int, zone: str, begin: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = Site(seed, begin, monkeypatch)
    with override_settings(TIME_ZONE=zone):
        for _ in range(50):
            site.act()
            sum(counting.count_new_rows())
            shown = choose_range(site)
            for only in site.random.sample(FILTERS, 2):
                data = queries.read_data(shown, site.now, only)
                assert shown_figures(data) == recount(shown, site.now, only)


def choose_range(site: Site) -> ranges.Range:
    today = site_day(site.now)
    last = today - timedelta(days=site.random.randrange(1, 3))
    custom = ranges.Range(ranges.CUSTOM, last - timedelta(days=site.random.randrange(4)), last)
    presets = [ranges.preset(name, today) for name in ranges.PRESETS]
    return site.random.choice([custom, *presets, *presets])


def read(shown: ranges.Range, only: Filter = PAGE) -> figures.FilteredFigures:
    return figures.read(shown, NOON, only, past_days.load(NOON))


def store_two_weeks() -> int:
    """Store a row a minute; return the last key."""
    nothing_was_ever_stored()
    store_many(
        Analytics,
        (
            {
                "visitor_id": visitor(number),
                "event": "page_view",
                "path": "/a",
                "created_at": NOON - timedelta(minutes=number),
            }
            for number in range(20_000)
        ),
    )
    last_key = Analytics.objects.order_by("pk").values_list("pk", flat=True).last()
    RollupState.objects.create(pk=1, last_id=last_key, zone=settings.TIME_ZONE)
    analyze()
    return int(last_key)


@pytest.mark.parametrize("shown", [TODAY, WEEK])
def test_a_refresh_reads_no_row_again(shown: ranges.Range) -> None:
    last_key = store_two_weeks()
    before = read(shown).count_by_slot().total()
    for number in range(50):
        row(number, NOON, path="/a")
    sum(counting.count_new_rows())
    past = past_days.load(NOON)

    with CaptureQueriesContext(connection) as captured:
        found = figures.read(shown, NOON, PAGE, past)

    # One query reads the new rows only, along their key.
    [query] = [each["sql"] for each in captured]
    with connection.cursor() as cursor:
        cursor.execute(query)
        keys = [key for key, *_ in cursor.fetchall()]
        sqlite = connection.vendor == "sqlite"
        cursor.execute(f"EXPLAIN {'QUERY PLAN' if sqlite else '(FORMAT JSON)'} {query}")
        plan = json.dumps(cursor.fetchall())
    assert len(keys) == 50 and min(keys) > last_key
    assert ("USING INTEGER PRIMARY KEY" if sqlite else "landing_analytics_pkey") in plan
    assert found.count_by_slot().total() == before + 50


def test_a_refresh_without_new_rows_runs_no_query() -> None:
    row(1, NOON, path="/a")
    sum(counting.count_new_rows())
    first = read(WEEK)
    past = past_days.load(NOON)

    with CaptureQueriesContext(connection) as captured:
        assert figures.read(WEEK, NOON, PAGE, past) == first
    assert not captured.captured_queries


def test_a_deleted_row_of_today_is_noticed() -> None:
    row(1, NOON, path="/a")
    row(2, NOON, path="/a")
    sum(counting.count_new_rows())
    assert read(TODAY).count_visitors()[0].all == 2

    deletion.forget_visitor(visitor(1))
    assert read(TODAY).count_visitors()[0].all == 1
    deletion.delete_rows(Analytics.objects.all())
    assert read(TODAY).count_visitors()[0].all == 0


def read_at(now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    """Count the new rows, and compare the figures of today with a recount."""
    monkeypatch.setattr(counting, "utc_now", lambda: now)
    sum(counting.count_new_rows())
    shown = ranges.preset("today", site_day(now))
    data = queries.read_data(shown, now, PAGE)
    assert shown_figures(data) == recount(shown, now, PAGE)


def test_the_last_rows_of_a_day_are_read_after_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    evening = NOON.replace(hour=23, minute=50)
    row(1, evening, path="/a")
    read_at(evening, monkeypatch)

    row(2, evening + timedelta(minutes=5), path="/a")
    sum(counting.count_new_rows())

    read_at(evening + timedelta(hours=12), monkeypatch)
    read_at(evening + timedelta(hours=23, minutes=58), monkeypatch)


def test_both_days_are_open_in_the_first_hour(monkeypatch: pytest.MonkeyPatch) -> None:
    midnight = NOON.replace(hour=0, minute=0)
    row(1, midnight - timedelta(minutes=5), path="/a")
    read_at(midnight + timedelta(minutes=5), monkeypatch)

    for number, minutes in ((1, 6), (2, -1), (3, -24 * 60 + 7), (4, -24 * 60 + 9)):
        row(number, midnight + timedelta(minutes=minutes), path="/a")

    read_at(midnight + timedelta(minutes=8), monkeypatch)
    read_at(midnight + timedelta(minutes=10), monkeypatch)
