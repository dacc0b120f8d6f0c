"""The list that stays fast: paging, ordering, and the date hierarchy."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from html import escape
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core.paginator import EmptyPage
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from landing.admin.changelist import CappedPaginator, find_periods
from landing.models import Analytics, CountSample
from tests.analytics.plans import plans, reads_or_sorts_all
from tests.analytics.rows import (
    analyze,
    nothing_was_ever_stored,
    row,
    sample,
    store_many,
    visitor,
)

pytestmark = [pytest.mark.django_db, pytest.mark.each_database]

LIST = "/admin/landing/analytics/"
SAMPLES = "/admin/landing/countsample/"
NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)


def many_rows() -> None:
    """Store 30,000 rows of half a year. The dwell rows are of the last days."""
    nothing_was_ever_stored()
    span = timedelta(days=180)
    store_many(
        Analytics,
        (
            {
                "visitor_id": visitor(number % 600),
                "event": "page_view" if number < 28_000 else "heartbeat",
                "created_at": NOON - span + span * number / 30_000,
                "path": f"/{number % 50}",
            }
            for number in range(30_000)
        ),
    )
    analyze()


def test_no_query_of_the_list_scans_or_sorts_the_whole_table(admin_client: Client) -> None:
    many_rows()
    month = {"created_at__year": "2026", "created_at__month": "1"}
    day = month | {"created_at__day": "7"}
    week = {
        "created_at__gte": "2026-01-20 00:00:00+00:00",
        "created_at__lt": "2026-01-27 00:00:00+00:00",
    }
    for query in (
        {},
        {"p": "100"},
        {"o": "1"},
        {"o": "3"},
        {"event__exact": "heartbeat"},
        {"event__exact": "page_view"},
        {"created_at__year": "2025"},
        month,
        day,
        day | {"q": visitor(7).hex()},
        week,
    ):
        with plans() as found:
            assert admin_client.get(LIST, query).status_code == 200

        assert len(found) >= 2
        for sql, plan in found:
            assert not reads_or_sorts_all(plan), f"{query}\n{sql}\n{plan}"


def test_no_query_of_the_samples_sorts_them(admin_client: Client) -> None:
    nothing_was_ever_stored()
    start = int((NOON - timedelta(minutes=20_000)).timestamp()) // 60
    store_many(
        CountSample,
        (
            {"minute": start + n, "people": 1, "connections": 1, "peak_people": 1}
            for n in range(20_000)
        ),
    )
    analyze()
    for query in ({}, {"p": "100"}, {"o": "0"}, {"o": "1"}, {"is_demo__exact": "0"}):
        with plans() as found:
            assert admin_client.get(SAMPLES, query).status_code == 200

        assert len(found) == 2
        for sql, plan in found:
            assert not reads_or_sorts_all(plan), f"{query}\n{sql}\n{plan}"

    with CaptureQueriesContext(connection) as captured:
        admin_client.get(SAMPLES)
    assert sum("landing_countsample" in each["sql"] for each in captured) == 2, "one query per row"


# -- pages -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rows", "count", "has_more"), [(0, 0, 0), (9, 9, 0), (10, 10, 0), (12, 10, 1)]
)
def test_pages_end_at_the_maximum(
    monkeypatch: pytest.MonkeyPatch, rows: int, count: int, has_more: int
) -> None:
    monkeypatch.setattr(CappedPaginator, "most_rows", 10)
    for number in range(rows):
        row(number)
    paginator = CappedPaginator(Analytics.objects.order_by("-pk"), 4)

    assert (paginator.count, paginator.has_more) == (count, has_more)
    assert paginator.num_pages == max(1, -(-count // 4))
    with pytest.raises(EmptyPage):
        paginator.page(paginator.num_pages + 1)


def test_counting_takes_one_query_with_a_limit(
    django_assert_num_queries: Any,
) -> None:
    paginator = CappedPaginator(Analytics.objects.order_by("-pk"), 100)

    with django_assert_num_queries(1) as captured:
        _ = paginator.count, paginator.has_more, paginator.num_pages

    assert "LIMIT 10001" in captured[0]["sql"]


def test_a_capped_list_notes_that_there_are_more_rows(
    admin_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(CappedPaginator, "most_rows", 150)
    Analytics.objects.bulk_create(
        [Analytics(visitor_id=visitor(n), event="page_view", created_at=NOON) for n in range(151)]
    )

    page = admin_client.get(LIST).content.decode()

    assert "more than 150 rows" in page
    assert "Select all 150" not in page
    assert "150 results" not in page


def test_a_complete_list_shows_its_count(admin_client: Client) -> None:
    Analytics.objects.bulk_create(
        [Analytics(visitor_id=visitor(n), event="page_view", created_at=NOON) for n in range(151)]
    )

    page = admin_client.get(LIST).content.decode()

    assert "151 analytics" in page
    assert "Select all 151" in page
    assert "more than" not in page


# -- order -----------------------------------------------------------------------------------


def order(client: Client, address: str, **query: str) -> list[Any]:
    return [each.pk for each in client.get(address, query).context["cl"].result_list]


@pytest.mark.parametrize("column", ["2", "-2", "3.1", "99", "x", "", "-1"])
def test_columns_without_an_index_are_not_sortable(admin_client: Client, column: str) -> None:
    rows = [
        row(n, NOON + timedelta(seconds=n), path=f"/{n % 2}", event="page_view") for n in range(4)
    ]

    assert order(admin_client, LIST, o=column) == [each.pk for each in rows[::-1]]


def test_rows_can_be_listed_oldest_first(admin_client: Client) -> None:
    rows = [row(number, NOON + timedelta(seconds=number)) for number in (2, 1, 3)]
    oldest_first = [each.pk for each in sorted(rows, key=lambda each: each.created_at)]

    assert order(admin_client, LIST, o="1") == oldest_first


def test_samples_can_be_listed_oldest_first(admin_client: Client) -> None:
    samples = [sample(NOON + timedelta(minutes=number)).pk for number in range(3)]

    assert order(admin_client, SAMPLES, o="0") == samples
    assert order(admin_client, SAMPLES) == samples[::-1]


# -- the date hierarchy ------------------------------------------------------------------------


def links(client: Client, **query: str) -> tuple[str | None, list[str]]:
    """Return the titles of the link back and of the choices."""
    changelist = client.get(LIST, query).context["cl"]
    back = changelist.back()
    return back and back.title, [choice.title for choice in changelist.choices()]


def test_years_lead_to_months_and_months_to_days(admin_client: Client) -> None:
    for day in (date(2024, 12, 31), date(2026, 1, 2), date(2026, 1, 31), date(2026, 3, 1)):
        row(1, datetime(day.year, day.month, day.day, 12, tzinfo=UTC))
    year = {"created_at__year": "2026"}
    month = year | {"created_at__month": "1"}

    assert links(admin_client) == (None, ["2024", "2026"])
    assert links(admin_client, **year) == ("All dates", ["January 2026", "March 2026"])
    assert links(admin_client, **month) == ("2026", ["January 2", "January 31"])
    assert links(admin_client, **month, created_at__day="2") == ("January 2026", ["January 2"])


def test_the_hierarchy_starts_at_the_first_level_with_a_choice(admin_client: Client) -> None:
    assert links(admin_client) == (None, [])
    row(1, datetime(2026, 1, 2, 12, tzinfo=UTC))
    row(1, datetime(2026, 1, 3, 12, tzinfo=UTC))
    assert links(admin_client) == ("2026", ["January 2", "January 3"])
    row(1, datetime(2026, 2, 3, 12, tzinfo=UTC))
    assert links(admin_client) == ("All dates", ["January 2026", "February 2026"])


def test_a_day_without_its_month_is_ignored(admin_client: Client) -> None:
    row(1, datetime(2026, 1, 5, 12, tzinfo=UTC))

    titles = links(admin_client, created_at__year="2026", created_at__day="5")

    assert titles == ("All dates", ["January 2026"])


def test_a_choice_keeps_the_other_filters(admin_client: Client) -> None:
    row(1, datetime(2026, 1, 2, 12, tzinfo=UTC))
    wanted = row(2, datetime(2026, 1, 3, 12, tzinfo=UTC))
    row(3, datetime(2026, 1, 3, 12, tzinfo=UTC), event="heartbeat")

    page = admin_client.get(LIST, {"event__exact": "page_view"})
    link = page.context["cl"].choices()[1].link

    assert f'<a href="{escape(link)}">January 3</a>' in page.content.decode()
    assert list(admin_client.get(LIST + link).context["cl"].result_list) == [wanted]


@pytest.mark.parametrize("year", ["9999", "10000", "0", "x", "-1"])
def test_an_invalid_year_redirects_to_the_list(admin_client: Client, year: str) -> None:
    response = admin_client.get(LIST, {"created_at__year": year})

    assert response.status_code == 302
    assert response["Location"] == LIST + "?e=1"


@pytest.mark.parametrize(
    "query",
    [
        {"created_at__year": "1"},
        {"created_at__year": "1", "created_at__month": "1"},
        {"created_at__lt": "9999-12-31 23:59:59-12:00"},
    ],
)
def test_extreme_dates_redirect_or_give_a_list(
    admin_client: Client, query: dict[str, str], settings: Any
) -> None:
    settings.TIME_ZONE = "Asia/Tokyo"
    row(1)

    lists = admin_client.get(LIST, query).status_code
    exports = admin_client.get(f"{LIST}export/csv/", query).status_code

    # PostgreSQL supports more years than Python.
    assert (lists, exports) in ((302, 400), (200, 200))


def test_a_filter_with_nul_redirects_to_the_list(admin_client: Client) -> None:
    query = {"event__exact": "page\0view"}

    assert admin_client.get(LIST, query).status_code == 302
    assert admin_client.get(f"{LIST}export/csv/", query).status_code == 400


TIMES = st.integers(0, 870 * 24 * 60).map(lambda minutes: NOON - timedelta(minutes=minutes))
FIRST_DAY = {
    "year": lambda day: day.replace(month=1, day=1),
    "month": lambda day: day.replace(day=1),
    "day": lambda day: day,
}


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    times=st.lists(TIMES, max_size=12),
    level=st.sampled_from(sorted(FIRST_DAY)),
    zone=st.sampled_from(["UTC", "Europe/Berlin", "America/St_Johns", "Pacific/Kiritimati"]),
)
def test_find_periods_yields_each_period_with_rows_once(
    times: list[datetime], level: str, zone: str, django_assert_num_queries: Any
) -> None:
    Analytics.objects.all().delete()
    Analytics.objects.bulk_create(
        [Analytics(visitor_id=visitor(1), event="page_view", created_at=at) for at in times]
    )
    expected = {FIRST_DAY[level](at.astimezone(ZoneInfo(zone)).date()) for at in times}

    with timezone.override(ZoneInfo(zone)), django_assert_num_queries(len(expected) + 1):
        found = list(find_periods(Analytics.objects.all(), "created_at", level))

    assert found == sorted(expected)
