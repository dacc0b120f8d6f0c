"""Analytics rows and samples in the admin."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.conf import settings as site_settings
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.contrib.messages import get_messages
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from landing.admin.changelist import CappedPaginator
from landing.admin.read_only_admin import OTHER_FIELDS
from landing.models import Analytics, CountSample
from tests.analytics.rows import row, sample, visitor

pytestmark = [pytest.mark.django_db, pytest.mark.each_database]

LIST = "/admin/landing/analytics/"
SAMPLES = "/admin/landing/countsample/"


def list_rows(client: Client, **query: str) -> list[Analytics]:
    response = client.get(LIST, query)
    assert response.status_code == 200
    return list(response.context["cl"].result_list)


def test_rows_are_listed_newest_first(admin_client: Client) -> None:
    rows = [row(number) for number in range(3)]

    assert list_rows(admin_client) == rows[::-1]


def test_the_list_shows_visitor_user_path_and_referrer(
    admin_client: Client, django_user_model: Any
) -> None:
    ana = django_user_model.objects.create_user("ana")
    at = datetime(2026, 1, 31, 15, 4, 5, tzinfo=UTC)
    row(255 << 96, at, path="/pricing", referrer_host="news.example", user=ana)

    page = admin_client.get(LIST).content.decode()

    for text in (">000000ff<", "/pricing", "news.example", "ana", "page view"):
        assert text in page
    assert "31 Jan 2026, 15:04:05" in page


def test_rows_can_be_filtered_by_event(admin_client: Client) -> None:
    row(1)
    dwell_row = row(2, event=Analytics.Event.HEARTBEAT)

    assert list_rows(admin_client, event__exact="heartbeat") == [dwell_row]


def test_rows_can_be_filtered_by_day(admin_client: Client) -> None:
    row(1, datetime(2026, 1, 30, 12, tzinfo=UTC))
    wanted = row(2, datetime(2026, 1, 31, 12, tzinfo=UTC))
    day = {"created_at__year": "2026", "created_at__month": "1", "created_at__day": "31"}

    assert list_rows(admin_client, **day) == [wanted]


@pytest.mark.parametrize("digits", [8, 31, 32])
def test_a_visitor_is_found_by_the_first_hex_digits(admin_client: Client, digits: int) -> None:
    wanted = row(visitor_id=bytes.fromhex("c0ffee00" * 4))
    row(visitor_id=bytes.fromhex("c0ffed" + "ff" * 13))
    row(visitor_id=bytes.fromhex("c0ffef" + "00" * 13))

    assert list_rows(admin_client, q="  " + ("C0FFEE00" * 4)[:digits]) == [wanted]


@pytest.mark.parametrize("term", ["ana", "/pricing", "0" * 33, "'; --", "é"])
def test_an_invalid_visitor_id_finds_nothing(admin_client: Client, term: str) -> None:
    row(0)

    assert list_rows(admin_client, q=term) == []


def test_the_query_count_does_not_grow_with_the_rows(
    admin_client: Client, django_user_model: Any
) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            list_rows(admin_client)
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


def test_a_row_can_be_viewed(admin_client: Client) -> None:
    stored = row(255, path="/pricing", user_id=4711)

    page = admin_client.get(reverse("admin:landing_analytics_change", args=[stored.pk]))

    assert page.status_code == 200
    assert visitor(255).hex() in page.content.decode()
    assert 'name="_save"' not in page.content.decode()


def test_the_rows_of_a_visitor_can_be_deleted(admin_client: Client) -> None:
    row(1)
    row(1)
    kept = row(2)
    found = [str(each.pk) for each in list_rows(admin_client, q=visitor(1).hex())]

    admin_client.post(LIST, {"action": "delete_selected", "_selected_action": found, "post": "yes"})

    assert list(Analytics.objects.all()) == [kept]


def delete(client: Client, rows: list[Analytics], **more: str) -> HttpResponse:
    chosen = {"action": "delete_selected", "_selected_action": [str(each.pk) for each in rows]}
    return client.post(LIST, chosen | more)


def test_deleting_needs_a_confirmation(admin_client: Client) -> None:
    stored = row(1)

    response = delete(admin_client, [stored])

    assert "Are you sure" in response.content.decode()
    assert list(Analytics.objects.all()) == [stored]


def test_all_rows_of_a_search_can_be_deleted_at_once(admin_client: Client) -> None:
    forgotten = [row(1) for _ in range(3)]
    kept = row(2)
    chosen = {"action": "delete_selected", "_selected_action": [str(forgotten[0].pk)]}

    admin_client.post(
        f"{LIST}?q={visitor(1).hex()}", chosen | {"select_across": "1", "post": "yes"}
    )

    assert list(Analytics.objects.all()) == [kept]


@pytest.mark.parametrize("more", [{}, {"post": "yes"}])
def test_deleting_more_rows_than_the_limit_fails(
    admin_client: Client, monkeypatch: pytest.MonkeyPatch, more: dict[str, str]
) -> None:
    monkeypatch.setattr(CappedPaginator, "most_rows", 3)
    rows = [row(number) for number in range(4)]

    with CaptureQueriesContext(connection) as captured:
        response = delete(admin_client, rows[:1], select_across="1", **more)

    texts = [str(each) for each in get_messages(response.wsgi_request)]
    assert texts == ["Can't delete more than 3 rows at once. Select fewer."]
    assert Analytics.objects.count() == 4
    read = [each["sql"] for each in captured if 'FROM "landing_analytics"' in each["sql"]]
    assert read and all("COUNT(*)" in sql and "LIMIT" in sql for sql in read)


def test_as_many_rows_as_the_limit_can_be_confirmed(admin_client: Client, settings: Any) -> None:
    settings.DATA_UPLOAD_MAX_NUMBER_FIELDS = 120
    rows = [row(1) for _ in range(20)]

    confirmation = delete(admin_client, rows[:1], select_across="1")
    sent = re.findall(r'name="_selected_action" value="(\d+)"', confirmation.content.decode())
    assert len(sent) == 20
    response = admin_client.post(
        LIST, {"action": "delete_selected", "_selected_action": sent, "post": "yes"}
    )
    assert response.status_code == 302
    assert not Analytics.objects.exists()

    rows = [row(1) for _ in range(21)]
    response = delete(admin_client, rows[:1], select_across="1")
    texts = [str(each) for each in get_messages(response.wsgi_request)]
    assert texts[-1] == "Can't delete more than 20 rows at once. Select fewer."


def test_the_site_accepts_the_keys_of_all_pages() -> None:
    assert CappedPaginator.most_rows + OTHER_FIELDS <= site_settings.DATA_UPLOAD_MAX_NUMBER_FIELDS


def test_the_log_keeps_no_deleted_values(admin_client: Client) -> None:
    rows = [row(255, path="/secret") for _ in range(3)]

    delete(admin_client, rows[:2], post="yes")
    admin_client.post(reverse("admin:landing_analytics_delete", args=[rows[2].pk]), {"post": "yes"})

    assert not Analytics.objects.exists()
    entries = LogEntry.objects.order_by("pk")
    assert [entry.object_repr for entry in entries] == ["2 analytics", "1 analytics row"]
    assert {(entry.object_id, entry.change_message) for entry in entries} == {(None, "")}


def test_deleting_needs_the_permission(client: Client, django_user_model: Any) -> None:
    ana = django_user_model.objects.create_user("ana", is_staff=True)
    ana.user_permissions.set(Permission.objects.filter(codename="view_analytics"))
    client.force_login(ana)
    stored = row(1)

    delete(client, [stored], post="yes")

    assert list(Analytics.objects.all()) == [stored]


def test_the_list_needs_staff(client: Client) -> None:
    assert client.get(LIST).status_code == 302


def test_the_list_links_to_the_dashboard(admin_client: Client) -> None:
    link = f'<a href="{reverse("admin:landing_dashboard")}">Dashboard</a>'

    assert link in admin_client.get(LIST).content.decode()


# -- samples ---------------------------------------------------------------------------------


def test_samples_are_listed_newest_first(admin_client: Client) -> None:
    sample(datetime(2026, 1, 31, 12, 5, tzinfo=UTC), people=17)
    sample(datetime(2026, 1, 31, 12, 6, tzinfo=UTC), people=18, active=None)

    page = admin_client.get(SAMPLES).content.decode()

    assert page.index("31 Jan 2026, 12:06") < page.index("31 Jan 2026, 12:05")
    assert '<td class="field-people">17</td>' in page


def test_samples_can_be_filtered_by_demo(admin_client: Client) -> None:
    at = datetime(2026, 1, 31, 12, tzinfo=UTC)
    sample(at)
    demo = sample(at + timedelta(minutes=1), is_demo=True)

    response = admin_client.get(SAMPLES, {"is_demo__exact": "1"})

    assert list(response.context["cl"].result_list) == [demo]
    page = response.content.decode()
    assert ">demo data</td>" in page
    assert "icon-no" not in page


def test_samples_can_be_viewed_but_not_changed(admin_client: Client) -> None:
    stored = sample(datetime(2026, 1, 31, 12, tzinfo=UTC))
    address = reverse("admin:landing_countsample_change", args=[stored.pk])

    assert "31 Jan 2026, 12:00" in admin_client.get(address).content.decode()
    assert admin_client.post(address, {"people": "99"}).status_code == 403
    assert admin_client.get(SAMPLES + "add/").status_code == 403
    assert admin_client.post(f"{SAMPLES}{stored.pk}/delete/", {"post": "yes"}).status_code == 403
    assert CountSample.objects.get() == stored
