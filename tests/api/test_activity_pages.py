"""Reading activities page by page."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import settings as example_settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase
from pytest_django import DjangoAssertNumQueries, Settings

from landing.api.rest.pagination import Cursor, Page, read_page
from landing.dates import EPOCH
from landing.models import Activity
from tests.analytics.plans import plans, reads_or_sorts_all
from tests.analytics.rows import analyze, nothing_was_ever_stored, store_many
from tests.api.activity_client import NOON, URL, create_activity


def ids(response: dict[str, Any]) -> list[int]:
    return [each["id"] for each in response["results"]]


def walk(client: Client, link: str | None) -> Iterator[dict[str, Any]]:
    while link is not None:
        response = client.get(link).json()
        yield response
        link = response["next"]


@pytest.mark.django_db
@pytest.mark.each_database
class TestReading:
    def test_an_empty_table_gives_an_empty_page(self, client: Client) -> None:
        assert client.get(URL).json() == {"next": None, "previous": None, "results": []}

    def test_public_fields_do_not_include_data_and_external_id(self, client: Client) -> None:
        one = create_activity(0.123, actor="Ana María", data={"order": 7}, external_id="crm-1")

        response = client.get(URL)

        assert response["Content-Type"] == "application/json"
        assert response["Cache-Control"] == "no-store"
        assert response.json()["results"] == [
            {
                "id": one.pk,
                "kind": "signup",
                "text": "joined",
                "actor": "Ana",
                "timestamp": "2026-01-31T12:00:00.123Z",
            }
        ]

    @pytest.mark.parametrize(
        ("display", "shown"),
        [("full", "Ana María"), ("first_name", "Ana"), ("initial", "A."), ("nobody", "Someone")],
    )
    def test_the_display_setting_limits_the_name(
        self, client: Client, settings: Settings, display: str, shown: str
    ) -> None:
        settings.LANDING_ACTIVITY_ACTOR_DISPLAY = display
        create_activity(actor="Ana María")

        assert client.get(URL).json()["results"][0]["actor"] == shown

    def test_activities_are_newest_first_without_hidden_ones(self, client: Client) -> None:
        middle, newest, oldest = create_activity(1), create_activity(2), create_activity(0)
        same_time = create_activity(1)
        create_activity(3, is_hidden=True)
        held = create_activity(4, reach=Activity.Reach.HELD)

        expected = [held, newest, same_time, middle, oldest]
        assert ids(client.get(URL).json()) == [each.pk for each in expected]

    def test_reading_costs_one_query_and_no_session(
        self, admin_client: Client, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        rows = [create_activity(number) for number in range(5)]
        with django_assert_num_queries(1):
            page = admin_client.get(URL, {"limit": 2}).json()
        with django_assert_num_queries(1):
            page = admin_client.get(page["next"]).json()
        with django_assert_num_queries(1):
            assert len(admin_client.get(page["previous"]).json()["results"]) == 2
        assert ids(page) == [rows[2].pk, rows[1].pk]

    def test_a_page_has_twenty_rows_by_default(self, client: Client) -> None:
        for number in range(101):
            create_activity(number)

        assert len(client.get(URL).json()["results"]) == 20
        for limit in (1, 100):
            page = client.get(URL, {"limit": limit}).json()
            assert len(page["results"]) == limit
            assert f"limit={limit}" in page["next"]

    @pytest.mark.parametrize(
        "limit", ["0", "-1", "101", "x", "", "1.5", " 5", "٢", "9" * 5000, "\0"]
    )
    def test_an_invalid_limit_gets_a_400(self, client: Client, limit: str) -> None:
        response = client.get(URL, {"limit": limit})

        assert (response.status_code, list(response.json())) == (400, ["limit"])
        assert response["Cache-Control"] == "no-store"

    @pytest.mark.parametrize(
        "cursor",
        ["", "x", "before-1", "before-1-x", "before--1-1", "between-1-1", "before-1-1 ", "\0"]
        + ["before-" + "9" * 18 + "-1", "before-1-" + "9" * 19, "after-٢-1", "cD0yMDI2LTAxLTMx"],
    )
    def test_an_invalid_cursor_gets_a_400(self, client: Client, cursor: str) -> None:
        create_activity()
        response = client.get(URL, {"cursor": cursor})

        assert (response.status_code, list(response.json())) == (400, ["cursor"])

    @pytest.mark.parametrize("cursor", ["before-0-0", "after-" + "9" * 17 + "-1"])
    def test_a_page_beyond_either_end_is_empty(self, client: Client, cursor: str) -> None:
        create_activity()
        page = client.get(URL, {"cursor": cursor}).json()

        assert page["results"] == []
        back = page["previous" if "before" in cursor else "next"]
        assert len(client.get(back).json()["results"]) == 1

    def test_repeated_parameters_get_a_400_and_unknown_ones_are_ignored(
        self, client: Client
    ) -> None:
        response = client.get(f"{URL}?limit=1&limit=2")

        assert (response.status_code, list(response.json())) == (400, ["limit"])
        assert client.get(f"{URL}?unheard=of").status_code == 200

    def test_all_of_a_thousand_activities_with_one_timestamp_are_read(self, client: Client) -> None:
        Activity.objects.bulk_create(
            [Activity(kind="signup", text="joined", created_at=NOON) for _ in range(1205)]
        )

        found = [id for page in walk(client, f"{URL}?limit=100") for id in ids(page)]

        assert len(found) == 1205
        assert found == sorted(found, reverse=True)

    def test_reading_is_throttled(self, client: Client, settings: Settings) -> None:
        settings.LANDING_STATS_THROTTLE_RATE = "2/min"

        assert [client.get(URL).status_code for _ in range(3)] == [200, 200, 429]


def read_onward(cursor: Cursor | None, limit: int) -> Iterator[Page]:
    """Yield the page at the cursor and the pages that follow its links."""
    direction = cursor.direction if cursor else "before"
    while True:
        found = read_page(Activity.objects.published(), cursor, limit)
        yield found
        onward = found.older if direction == "before" else found.newer
        if onward is None:
            return
        cursor = Cursor.parse(str(onward))


def keys(pages: Iterable[Page]) -> list[int]:
    return [row.pk for page in pages for row in page.rows]


@pytest.mark.django_db
@pytest.mark.each_database
class TestPagesWithAnyRows(TestCase):
    @example_settings(max_examples=50)
    @given(
        seconds=st.lists(st.integers(0, 3), min_size=1, max_size=12),
        limit=st.integers(1, 4),
        meanwhile=st.lists(
            st.tuples(st.sampled_from(["publish", "hide"]), st.integers(0, 11)), max_size=12
        ),
    )
    def test_concurrent_changes_neither_repeat_nor_lose_rows(
        self, seconds: list[int], limit: int, meanwhile: list[tuple[str, int]]
    ) -> None:
        Activity.objects.all().delete()
        rows = [create_activity(second) for second in seconds]
        changes, pages, hidden = iter(meanwhile), [], set()
        for found in read_onward(None, limit):
            pages.append(found)
            change, number = next(changes, ("", 0))
            if change == "publish":
                create_activity(number / 4)
            elif change == "hide":
                row = rows[number % len(rows)]
                hidden.add(row.pk)
                Activity.objects.filter(pk=row.pk).update(is_hidden=True)
        read = keys(pages)
        assert len(read) == len(set(read))
        assert {row.pk for row in rows} - hidden <= set(read)

    @example_settings(max_examples=30)
    @given(seconds=st.lists(st.integers(0, 2), min_size=1, max_size=10), limit=st.integers(1, 4))
    def test_pages_are_in_order_and_lead_back(self, seconds: list[int], limit: int) -> None:
        Activity.objects.all().delete()
        rows = [create_activity(second) for second in seconds]
        rows.sort(key=lambda row: (row.created_at, row.pk), reverse=True)
        there = list(read_onward(None, limit))
        assert keys(there) == [row.pk for row in rows]
        if (back := there[-1].newer) is not None:
            assert [found.rows for found in read_onward(back, limit)] == [
                found.rows for found in there[-2::-1]
            ]


@pytest.mark.django_db
@pytest.mark.each_database
def test_pages_use_an_index(client: Client) -> None:
    nothing_was_ever_stored()
    store_many(
        Activity,
        (
            {
                "kind": "signup",
                "text": "joined",
                "created_at": NOON + timedelta(seconds=number // 3),
                "reach": "held",
            }
            for number in range(30_000)
        ),
    )
    analyze()
    at = int((NOON + timedelta(seconds=5_000) - EPOCH).total_seconds() * 1e6)

    for query in ({}, {"cursor": f"before-{at}-15000"}, {"cursor": f"after-{at}-15000"}):
        with plans() as found:
            assert len(client.get(URL, query).json()["results"]) == 20

        ((sql, plan),) = found
        assert not reads_or_sorts_all(plan), f"{query}\n{sql}\n{plan}"
