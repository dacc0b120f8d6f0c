"""The filter by page and referrer, and the figures that follow it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from landing.admin.dashboard import background, data_cache, filters, queries, ranges
from landing.admin.dashboard.filters import Filter
from landing.admin.dashboard.lists.entries import TopEntry
from landing.admin.dashboard.queries import DashboardData
from landing.analytics.rollups import counting
from landing.dates import site_day, utc_now
from tests.analytics.rows import row

pytestmark = [pytest.mark.django_db, pytest.mark.each_database]

NOON = datetime(2026, 1, 31, 12, 3, tzinfo=UTC)
TODAY = date(2026, 1, 31)
PRICING = Filter(path="/pricing")
NEWS = Filter(referrer_host="news.example")


def read(name: str, only: Filter) -> DashboardData:
    sum(counting.count_new_rows())
    return queries.read_data(ranges.preset(name, TODAY), NOON, only)


def test_the_parameters_select_a_page_and_a_referrer() -> None:
    both = filters.choose({"page": "/pricing", "referrer": "news.example", "range": "today"})

    assert both == Filter("/pricing", "news.example")
    assert both.query == "page=%2Fpricing&referrer=news.example"
    assert both.including("path", "") == NEWS
    assert not filters.choose({})
    assert filters.choose({}).query == ""


@given(st.text(max_size=600))
def test_any_page_can_be_asked_for(page: str) -> None:
    only = filters.choose({"page": page})

    assert len(only.path) <= 512 and "\0" not in only.path
    assert filters.choose({"page": only.path}) == only


def test_a_page_that_no_database_stores_has_no_figures() -> None:
    data = read("7-days", filters.choose({"page": "/\0", "referrer": "\ud800"}))

    assert (data.figures.page_views, data.figures.visitors) == (0, 0)


@pytest.fixture
def _visits() -> None:
    """Store visits of three people to two pages, some of them from a referrer."""
    for number, ago, path, host, user in (
        (1, timedelta(minutes=3), "/pricing", "news.example", None),
        (1, timedelta(minutes=2), "/", "", None),
        (2, timedelta(hours=2), "/pricing", "", 1),
        (2, timedelta(days=1, minutes=1), "/pricing", "news.example", 1),
        (3, timedelta(days=1) - timedelta(minutes=1), "/pricing", "news.example", None),
        (3, timedelta(days=3), "/", "news.example", None),
        (1, timedelta(days=8), "/pricing", "", None),
        (3, timedelta(days=7) - timedelta(minutes=1), "/pricing", "", None),
    ):
        at = NOON - ago
        row(number, at, path=path, referrer_host=host, user_id=user)


@pytest.mark.usefixtures("_visits")
def test_a_page_has_its_own_figures_and_referrers() -> None:
    day, week = read("today", PRICING), read("7-days", PRICING)

    assert (day.figures.page_views, day.figures.visitors, day.figures.signed_in) == (2, 2, 1)
    assert (day.figures_before.page_views, day.figures_before.visitors) == (1, 1)
    assert (day.page_views[10], day.page_views[12], day.page_views_before[12]) == (1, 1, 2)
    assert (week.figures.page_views, week.figures.visitors) == (4, 3)
    assert (week.figures_before.page_views, week.figures_before.visitors) == (1, 1)
    assert week.page_views == (0, 0, 0, 0, 0, 2, 2)
    assert week.pages == (TopEntry("/pricing", 4, 2),)
    assert week.referrers == (TopEntry("news.example", 3), TopEntry("", 1, 2))


@pytest.mark.usefixtures("_visits")
def test_a_referrer_has_its_own_figures_and_pages() -> None:
    week = read("7-days", NEWS)

    assert (week.figures.page_views, week.figures.visitors) == (4, 3)
    assert week.pages == (TopEntry("/pricing", 3), TopEntry("/", 1))
    both = read("7-days", Filter("/", "news.example"))
    assert (both.figures.page_views, both.figures.visitors) == (1, 1)


@pytest.mark.usefixtures("_visits")
def test_a_filter_has_no_figures_of_the_whole_site() -> None:
    data = read("today", PRICING)

    assert (data.figures.peak, data.samples.points, data.samples_before.points) == (None, (), ())


@pytest.mark.parametrize(("name", "minutes"), [("today", 1), ("7-days", 5)])
def test_each_filter_is_cached(name: str, minutes: int) -> None:
    shown = ranges.preset(name, TODAY)
    age = timedelta(minutes=minutes)

    def latest(at: datetime, only: Filter) -> DashboardData:
        found = data_cache.get_latest(shown, lambda: at, only=only)
        assert found is not None and found.only == only
        return found

    for only in (PRICING, NEWS, queries.WHOLE_SITE):
        assert latest(NOON, only).at == NOON
    assert latest(NOON + age - timedelta(seconds=1), PRICING).at == NOON
    assert latest(NOON + age, PRICING).at == NOON + age


def test_a_page_does_not_wait_for_a_slow_filter(
    monkeypatch: pytest.MonkeyPatch, admin_client: Client
) -> None:
    reads: list[Callable[[], DashboardData | None]] = []

    def go_on(read: Callable[[], DashboardData | None], max_seconds: float) -> None:
        reads.append(read)

    monkeypatch.setattr(background, "call", go_on)
    address = "/admin/landing/analytics/dashboard/?page=/pricing"
    refresh = '<meta http-equiv="refresh"'

    response = admin_client.get(address)
    page = response.content.decode()
    assert refresh in page and "Still counting." in page and "the database" not in page
    assert response.status_code == 202 and "<title>Still counting" in page
    # An open page ignores such a part, and keeps its figures. It does not wait here.
    with monkeypatch.context() as patch:
        patch.setattr(data_cache, "CHECK_SECONDS", 60)
        assert admin_client.get(address + "&part=history").status_code == 202

    # Another page does not read a second time.
    shown = ranges.preset("today", site_day(utc_now()))
    assert data_cache.get_latest(shown, sleep=lambda _: None, only=PRICING) is None
    assert len(reads) == 1

    data = reads[0]()
    page = admin_client.get(address).content.decode()
    assert refresh not in page and "Still counting" not in page
    assert len(reads) == 1
    # A read that waited meanwhile uses the figures of the first one.
    assert reads[0]() == data
