"""Answers about past days come from the cache until the past changes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from django.core.cache import cache

from landing.admin.dashboard import queries, ranges
from landing.admin.dashboard.filtered.store import store
from landing.admin.dashboard.filters import Filter
from landing.admin.dashboard.queries import DashboardData
from landing.analytics import retention
from landing.analytics.rollups import counting, deletion, past_days, reading
from landing.analytics.rollups.past_days import PastDays
from landing.analytics.stays import storage as stays
from landing.dates import unix_minute
from landing.models import Analytics
from landing.tables.rollups import PageCount, RollupState, VisitorCount
from tests.analytics.rollups.figures import LAST, NOON, count_all
from tests.analytics.rollups.test_counting import store_visits
from tests.analytics.rows import row, sample, visitor

pytestmark = [pytest.mark.django_db, pytest.mark.each_database]

RANGES = [
    *(ranges.preset(name, LAST) for name in ranges.PRESETS),
    ranges.Range(ranges.CUSTOM, LAST - timedelta(days=12), LAST - timedelta(days=3)),
]


@pytest.fixture(autouse=True)
def _noon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counting, "utc_now", lambda: NOON)


def read_all() -> list[DashboardData]:
    """Return the data of all ranges, of the whole site and of a page."""
    filters = (Filter(), Filter(path="/a"))
    return [queries.read_data(shown, NOON, only) for shown in RANGES for only in filters]


def come_today() -> None:
    for number in (1, 20, 21):
        row(number, NOON - timedelta(minutes=number), path="/a", user_id=1)
    sample(NOON, 50)


def end_old_stays() -> None:
    stays.add({(unix_minute(NOON - timedelta(days=2, minutes=3)), 5): 4})


def come_late() -> None:
    row(21, NOON - timedelta(days=2), path="/a", user_id=1)


def forget() -> None:
    deletion.forget_visitor(visitor(3))


def delete_some() -> None:
    old = Analytics.objects.before(NOON - timedelta(days=3)).order_by("pk")
    deletion.delete_rows(Analytics.objects.filter(pk__in=[each.pk for each in old[:20]]))


def prune() -> None:
    for _ in retention.prune(NOON, 8):
        pass


@pytest.mark.parametrize(
    "change", [come_today, come_late, end_old_stays, forget, delete_some, prune]
)
def test_cached_answers_stay_those_of_the_tables(change: Callable[[], None]) -> None:
    store_visits(90)
    for hours in range(11, 60 * 24, 11):
        sample(NOON - timedelta(hours=hours), hours % 7)
    stays.add({(unix_minute(NOON - timedelta(days=3, minutes=3)), 5): 4})
    count_all()
    before = read_all()

    change()
    count_all()

    cached = read_all()
    cache.clear()
    store.clear()
    assert cached == read_all() != before


def test_past_days_are_not_read_again_until_they_change() -> None:
    row(1, NOON - timedelta(days=1), path="/a")
    row(1, NOON, path="/a")
    count_all()
    month = ranges.preset("30-days", LAST)
    assert queries.read_data(month, NOON).figures.page_views == 2

    for table in (VisitorCount, PageCount):
        table._default_manager.all().delete()
    assert queries.read_data(month, NOON).figures.visitors == 1
    assert queries.read_data(month, NOON).pages[0].page_views == 1

    past_days.discard()
    assert queries.read_data(month, NOON).figures.visitors == 0


def test_a_day_is_past_an_hour_after_its_end() -> None:
    midnight = datetime(2026, 1, 31, tzinfo=UTC)
    RollupState.objects.create(pk=1, revision=7)

    assert past_days.load(midnight + timedelta(minutes=59)) == PastDays(date(2026, 1, 30), 7)
    assert past_days.load(midnight + timedelta(minutes=60)) == PastDays(date(2026, 1, 31), 7)
    # Half an hour before, a row of the day raises the revision.
    yesterday = {date(2026, 1, 30).toordinal()}
    assert not past_days.has_past(yesterday, midnight + timedelta(minutes=29))
    assert past_days.has_past(yesterday, midnight + timedelta(minutes=30))


def test_arrivals_of_the_compared_quarter_of_an_hour_are_counted_by_the_second() -> None:
    for number, seconds in ((1, -1), (2, 0), (3, 1)):
        row(number, NOON + timedelta(seconds=seconds), user_id=1)
    row(1, NOON - timedelta(days=3), user_id=1)
    count_all()
    past = PastDays(LAST + timedelta(days=1), 0)

    for seconds, new in ((-2, 0), (0, 1), (1, 2), (2, 3)):
        until = NOON + timedelta(seconds=seconds)
        assert reading.count_visitors(LAST, LAST, until, past) == (new, new)
        week = reading.count_visitors(LAST - timedelta(days=6), LAST, until, past)
        assert week == (max(1, new), max(1, new))
