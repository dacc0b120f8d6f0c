"""The list and the page of activities in the admin, and deleting them."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pytest_django import DjangoCaptureOnCommitCallbacks

from landing.activity import kinds
from landing.activity.kinds import KINDS, ActivityKind
from landing.admin.activities import search
from landing.admin.changelist import CappedPaginator
from landing.live.feed import FeedChange, Removed
from landing.models import Activity
from tests.admin.activities.rows import (
    LIST,
    NOON,
    act,
    create_activity,
    list_rows,
    messages_of,
    staff_client,
)
from tests.analytics.plans import plans, reads_or_sorts_all
from tests.analytics.rows import analyze, nothing_was_ever_stored, store_many

pytestmark = [pytest.mark.django_db, pytest.mark.each_database]


# -- the list --------------------------------------------------------------------------------


def test_activities_are_listed_newest_first_with_their_reach(admin_client: Client) -> None:
    first, second = (
        create_activity(0, reach=Activity.Reach.HELD),
        create_activity(1, reach=Activity.Reach.PUSHED, skipped=41),
    )

    assert list_rows(admin_client) == [second, first]
    page = admin_client.get(LIST).content.decode()
    for text in ("signup", "joined", "Ana María", "shown", "rate-limited", "41"):
        assert text in page
    assert "Time (UTC)" in page
    assert "31 Jan 2026, 12:00:01" in page


def test_oldest_first_is_the_only_other_order(admin_client: Client) -> None:
    rows = [create_activity(number, text=f"joined {number % 2}") for number in range(4)]

    assert list_rows(admin_client, o="1") == rows
    assert list_rows(admin_client, o="4") == rows[::-1]


@pytest.mark.parametrize(
    ("query", "columns"),
    [
        ({"kind": "purchase"}, {"kind": "purchase"}),
        ({"is_hidden__exact": "1"}, {"is_hidden": True}),
        ({"reach__exact": "held"}, {"reach": Activity.Reach.HELD}),
        ({"created_at__year": "2025"}, {"created_at": NOON - timedelta(days=60)}),
        ({"created_at__lt": "2026-01-01 00:00:00+00:00"}, {"created_at": NOON - 60 * timedelta(1)}),
    ],
)
def test_activities_can_be_filtered(
    admin_client: Client, query: dict[str, str], columns: dict[str, Any]
) -> None:
    create_activity()
    wanted = create_activity(**columns)

    assert list_rows(admin_client, **query) == [wanted]


def test_the_kind_filter_lists_registered_kinds(
    admin_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(kinds._kinds, "review", ActivityKind("Review", "M4 12h16"))

    page = admin_client.get(LIST).content.decode()

    assert re.findall(r'href="\?kind=([a-z]+)"', page) == [*KINDS]
    assert ">Review</a>" in page


@pytest.mark.parametrize("kind", ["unheard-of", "'; --"])
def test_an_unknown_kind_gives_an_empty_list(admin_client: Client, kind: str) -> None:
    create_activity()

    assert list_rows(admin_client, kind=kind) == []


@pytest.mark.parametrize(
    "query", [{"kind": "a\0b"}, {"q": "a\0b"}, {"created_at__year": "x"}, {"reach__exact": "\0"}]
)
def test_invalid_filters_redirect_to_the_list(admin_client: Client, query: dict[str, str]) -> None:
    create_activity()

    assert admin_client.get(LIST, query).status_code == 302


def test_the_date_hierarchy_leads_to_days(admin_client: Client) -> None:
    for day in (0, 1):
        create_activity(day * 86_400)
    wanted = create_activity(-86_400)
    changelist = admin_client.get(LIST, {"created_at__year": "2026", "created_at__month": "1"})

    assert [each.title for each in changelist.context["cl"].choices()] == [
        "January 30",
        "January 31",
    ]
    link = changelist.context["cl"].choices()[0].link
    assert list(admin_client.get(LIST + link).context["cl"].result_list) == [wanted]
    assert "January 30" in changelist.content.decode()


def test_the_query_count_does_not_grow_with_the_rows(admin_client: Client) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            list_rows(admin_client)
        return len(captured)

    create_activity()
    few = queries()
    for number in range(20):
        create_activity(number / 100)

    assert queries() == few


def many_activities() -> None:
    """Store 30,000 activities of half a year. One in 5,000 is hidden; the last are held."""
    nothing_was_ever_stored()
    span = timedelta(days=180)
    store_many(
        Activity,
        (
            {
                "kind": "signup" if number % 100 else "purchase",
                "text": "joined",
                "actor": "Ana",
                "created_at": NOON - span + span * number / 30_000,
                "external_id": f"crm-{number}" if number % 2 else None,
                "is_hidden": not number % 5_000,
                "reach": "pushed" if number < 28_000 else "held",
                "decided_at": NOON - span + span * number / 30_000,
            }
            for number in range(30_000)
        ),
    )
    analyze()


def test_no_query_of_the_list_scans_or_sorts_the_whole_table(
    admin_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    many_activities()
    monkeypatch.setattr(search, "MAX_READ", 1_000)
    month = {"created_at__year": "2026", "created_at__month": "1"}
    for query in (
        {},
        {"p": "100"},
        {"o": "1"},
        {"o": "3"},
        {"kind": "signup"},
        {"kind": "purchase"},
        {"is_hidden__exact": "0"},
        {"is_hidden__exact": "1"},
        {"reach__exact": "pushed"},
        {"reach__exact": "held"},
        {"reach__exact": "waiting"},
        {"created_at__year": "2025"},
        month,
        month | {"created_at__day": "7", "kind": "signup"},
        {"q": "crm-4711"},
        {"q": "ana JOINED"},
        {"q": "nobody"},
        month | {"q": "nobody"},
    ):
        with plans() as found:
            assert admin_client.get(LIST, query).status_code == 200

        assert len(found) >= 2
        for sql, plan in found:
            assert not reads_or_sorts_all(plan), f"{query}\n{sql}\n{plan}"
            assert "COUNT(" not in sql or f"LIMIT {CappedPaginator.most_rows + 1}" in sql


def test_the_list_needs_staff_and_the_permission(client: Client) -> None:
    assert client.get(LIST).status_code == 302
    assert staff_client("view_analytics").get(LIST).status_code == 403


# -- one activity ----------------------------------------------------------------------------


def test_an_activity_can_be_viewed_but_not_edited(admin_client: Client) -> None:
    one = create_activity(external_id="crm-1", data={"order": 4711})
    address = reverse("admin:landing_activity_change", args=[one.pk])

    page = admin_client.get(address).content.decode()

    for text in ("crm-1", "4711", "Ana María", "pending", "31 Jan 2026, 12:00:00"):
        assert text in page
    assert 'name="_save"' not in page
    assert admin_client.post(address, {"text": "left"}).status_code == 403
    assert Activity.objects.get().text == "joined"


# -- delete ----------------------------------------------------------------------------------


def test_deleting_removes_activities_from_pages_after_the_commit(
    admin_client: Client,
    pushed: list[FeedChange],
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    one, other, held = (
        create_activity(reach=reach)
        for reach in (Activity.Reach.PUSHED, Activity.Reach.PUSHED, Activity.Reach.HELD)
    )
    address = reverse("admin:landing_activity_delete", args=[other.pk])

    with django_capture_on_commit_callbacks() as callbacks:
        act(admin_client, "delete_selected", [one, held], post="yes")
        admin_client.post(address, {"post": "yes"})
    assert not Activity.objects.exists()
    assert pushed == [], "nothing before the commit"
    for callback in callbacks:
        callback()

    assert pushed == [Removed(one.pk), Removed(other.pk)]


def test_the_log_keeps_no_deleted_text(admin_client: Client) -> None:
    act(admin_client, "delete_selected", [create_activity(), create_activity()], post="yes")
    admin_client.post(
        reverse("admin:landing_activity_delete", args=[create_activity().pk]), {"post": "yes"}
    )

    entries = LogEntry.objects.order_by("pk")
    assert [entry.object_repr for entry in entries] == ["2 activities", "1 activity"]
    assert {(entry.object_id, entry.change_message) for entry in entries} == {(None, "")}


def test_deleting_more_rows_than_the_limit_fails(
    admin_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(CappedPaginator, "most_rows", 3)
    rows = [create_activity() for _ in range(4)]

    response = act(admin_client, "delete_selected", rows[:1], select_across="1", post="yes")

    assert messages_of(response)[0].startswith("Can't delete more than 3 rows at once.")
    assert Activity.objects.count() == 4


def test_deleting_needs_the_permission() -> None:
    client = staff_client("view_activity", "change_activity")

    act(client, "delete_selected", [create_activity()], post="yes")

    assert Activity.objects.count() == 1
