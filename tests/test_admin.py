from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from landing.models import Analytics
from tests.rows import row, visitor

pytestmark = pytest.mark.django_db

LIST = "/admin/landing/analytics/"


def shown(client: Client, **query: str) -> list[Analytics]:
    answer = client.get(LIST, query)
    assert answer.status_code == 200
    return list(answer.context["cl"].result_list)


def test_rows_are_listed_newest_first(admin_client: Client) -> None:
    rows = [row(number) for number in range(3)]

    assert shown(admin_client) == rows[::-1]


def test_the_list_names_visitor_user_path_and_referrer(
    admin_client: Client, django_user_model: Any
) -> None:
    ana = django_user_model.objects.create_user("ana")
    row(255, path="/pricing", referrer_host="news.example", user=ana)

    page = admin_client.get(LIST).content.decode()

    for text in (visitor(255).hex(), "/pricing", "news.example", "ana", "page view"):
        assert text in page


def test_rows_can_be_filtered_by_event(admin_client: Client) -> None:
    row(1)
    heartbeat = row(2, event=Analytics.Event.HEARTBEAT)

    assert shown(admin_client, event__exact="heartbeat") == [heartbeat]


def test_rows_can_be_filtered_by_day(admin_client: Client) -> None:
    row(1, datetime(2026, 1, 30, 12, tzinfo=UTC))
    wanted = row(2, datetime(2026, 1, 31, 12, tzinfo=UTC))
    day = {"created_at__year": "2026", "created_at__month": "1", "created_at__day": "31"}

    assert shown(admin_client, **day) == [wanted]


@pytest.mark.parametrize("digits", [8, 31, 32])
def test_a_visitor_is_found_by_the_first_hex_digits(admin_client: Client, digits: int) -> None:
    wanted = row(visitor_id=bytes.fromhex("c0ffee00" * 4))
    row(visitor_id=bytes.fromhex("c0ffed" + "ff" * 13))
    row(visitor_id=bytes.fromhex("c0ffef" + "00" * 13))

    assert shown(admin_client, q="  " + ("C0FFEE00" * 4)[:digits]) == [wanted]


@pytest.mark.parametrize("term", ["ana", "/pricing", "0" * 33, "'; --", "é"])
def test_what_is_no_visitor_finds_nothing(admin_client: Client, term: str) -> None:
    row(0)

    assert shown(admin_client, q=term) == []


def test_a_list_of_many_rows_costs_no_more_queries_than_one_of_few(
    admin_client: Client, django_user_model: Any
) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            shown(admin_client)
        return len(captured)

    at = datetime(2026, 1, 31, 12, tzinfo=UTC)
    row(0, at, user=django_user_model.objects.create_user("user0"))
    few = queries()
    for number in range(1, 20):
        row(number, at, user=django_user_model.objects.create_user(f"user{number}"))

    assert queries() == few


def test_rows_cannot_be_added_or_changed(admin_client: Client) -> None:
    stored = row(1, path="/")
    change = reverse("admin:landing_analytics_change", args=[stored.pk])

    assert admin_client.get(reverse("admin:landing_analytics_add")).status_code == 403
    assert admin_client.post(change, {"path": "/other"}).status_code == 403
    assert Analytics.objects.get().path == "/"


def test_a_row_can_be_looked_at(admin_client: Client) -> None:
    stored = row(255, path="/pricing", user_id=4711)

    page = admin_client.get(reverse("admin:landing_analytics_change", args=[stored.pk]))

    assert page.status_code == 200
    assert visitor(255).hex() in page.content.decode()
    assert 'name="_save"' not in page.content.decode()


def test_a_visitor_can_be_forgotten(admin_client: Client) -> None:
    row(1)
    row(1)
    kept = row(2)
    found = [str(each.pk) for each in shown(admin_client, q=visitor(1).hex())]

    admin_client.post(LIST, {"action": "delete_selected", "_selected_action": found, "post": "yes"})

    assert list(Analytics.objects.all()) == [kept]


def test_the_rows_are_only_for_staff(client: Client) -> None:
    assert client.get(LIST).status_code == 302
