"""Activities and publish tokens in the admin."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission, User
from django.contrib.messages import get_messages
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pytest_django import DjangoCaptureOnCommitCallbacks
from rest_framework_api_key.models import APIKey

from landing.activity import delivery, kinds
from landing.activity.kinds import KINDS, ActivityKind
from landing.admin.changelist import CappedPaginator
from landing.live.feed import FeedChange, Item, Removed
from landing.models import Activity, PublishToken
from tests.analytics.plans import plans, reads_or_sorts_all
from tests.analytics.rows import analyze, nothing_was_ever_stored

pytestmark = [pytest.mark.django_db, pytest.mark.each_database]

LIST = "/admin/landing/activity/"
TOKENS = "/admin/landing/publishtoken/"
NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)


def create_activity(seconds: float = 0, **columns: Any) -> Activity:
    """Store an activity of this many seconds after noon."""
    at = NOON + timedelta(seconds=seconds)
    return cast(
        "Activity",
        Activity.objects.create(
            **{"kind": "signup", "text": "joined", "actor": "Ana María", "created_at": at} | columns
        ),
    )


def list_rows(client: Client, **query: str) -> list[Activity]:
    response = client.get(LIST, query)
    assert response.status_code == 200
    return list(response.context["cl"].result_list)


def act(client: Client, action: str, rows: list[Activity], **more: str) -> Any:
    chosen = {"action": action, "_selected_action": [str(each.pk) for each in rows]}
    return client.post(LIST, chosen | more)


def messages_of(response: Any) -> list[str]:
    return [str(each) for each in get_messages(response.wsgi_request)]


@pytest.fixture
def pushed(monkeypatch: pytest.MonkeyPatch) -> list[FeedChange]:
    """Record the changes that are sent to every worker."""
    changes: list[FeedChange] = []
    monkeypatch.setattr(delivery, "push", changes.append)
    return changes


@pytest.fixture
def _run_callbacks(
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> Iterator[None]:
    with django_capture_on_commit_callbacks(execute=True):
        yield


def staff_client(django_user_model: type[User], *codenames: str) -> Client:
    """Return a client that is signed in as staff with these permissions."""
    eva = django_user_model.objects.create_user("eva", is_staff=True)
    eva.user_permissions.set(Permission.objects.filter(codename__in=codenames))
    client = Client()
    client.force_login(eva)
    return client


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


@pytest.mark.parametrize("id", ["crm-1", "order 42", 'a "b" \'c', "Zoë/1"])
def test_search_finds_the_whole_external_id(admin_client: Client, id: str) -> None:
    create_activity(external_id=f"{id}0")
    wanted = create_activity(external_id=id)

    assert list_rows(admin_client, q=f" {id} ") == [wanted]
    assert list_rows(admin_client, q=id[:-1]) == []


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
    rows = (
        Activity(
            kind="signup" if number % 100 else "purchase",
            text="joined",
            actor="Ana",
            created_at=NOON - span + span * number / 30_000,
            external_id=f"crm-{number}" if number % 2 else None,
            is_hidden=not number % 5_000,
            reach=Activity.Reach.PUSHED if number < 28_000 else Activity.Reach.HELD,
            decided_at=NOON - span + span * number / 30_000,
        )
        for number in range(30_000)
    )
    Activity.objects.bulk_create(rows, batch_size=2_000)
    analyze()


def test_no_query_of_the_list_scans_or_sorts_the_whole_table(admin_client: Client) -> None:
    many_activities()
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
    ):
        with plans() as found:
            assert admin_client.get(LIST, query).status_code == 200

        assert len(found) >= 2
        for sql, plan in found:
            assert not reads_or_sorts_all(plan), f"{query}\n{sql}\n{plan}"
            assert "COUNT(" not in sql or f"LIMIT {CappedPaginator.most_rows + 1}" in sql


def test_the_list_needs_staff_and_the_permission(
    client: Client, django_user_model: type[User]
) -> None:
    assert client.get(LIST).status_code == 302
    assert staff_client(django_user_model, "view_analytics").get(LIST).status_code == 403


# -- one activity ----------------------------------------------------------------------------


def test_an_activity_can_be_viewed_but_not_added_or_edited(admin_client: Client) -> None:
    one = create_activity(external_id="crm-1", data={"order": 4711})
    address = reverse("admin:landing_activity_change", args=[one.pk])

    page = admin_client.get(address).content.decode()

    for text in ("crm-1", "4711", "Ana María", "pending"):
        assert text in page
    assert 'name="_save"' not in page
    assert admin_client.post(address, {"text": "left"}).status_code == 403
    assert admin_client.get(LIST + "add/").status_code == 403
    assert Activity.objects.get().text == "joined"


# -- hide and show ---------------------------------------------------------------------------


@pytest.mark.usefixtures("_run_callbacks")
class TestHiding:
    def test_hiding_removes_activities_from_pages(
        self,
        admin_client: Client,
        pushed: list[FeedChange],
        django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
    ) -> None:
        on_pages, held = (
            create_activity(reach=Activity.Reach.PUSHED),
            create_activity(reach=Activity.Reach.HELD),
        )

        with django_capture_on_commit_callbacks(execute=True):
            response = act(admin_client, "hide", [on_pages, held])

        assert messages_of(response) == ["2 activities hidden."]
        assert not Activity.objects.published().exists()
        assert pushed == [Removed(on_pages.pk)]
        assert admin_client.get("/api/landing/activities/").json()["results"] == []

    def test_showing_restores_activities_on_pages(
        self,
        admin_client: Client,
        pushed: list[FeedChange],
        django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
    ) -> None:
        hidden = create_activity(reach=Activity.Reach.PUSHED, is_hidden=True)

        with django_capture_on_commit_callbacks(execute=True):
            response = act(admin_client, "show", [hidden, create_activity()])

        assert messages_of(response) == ["1 activity shown."]
        assert [cast("Item", change).id for change in pushed] == [hidden.pk]

    def test_hiding_twice_reports_no_change(self, admin_client: Client) -> None:
        hidden = create_activity(is_hidden=True)

        assert messages_of(act(admin_client, "hide", [hidden])) == ["0 activities hidden."]

    @pytest.mark.parametrize("codename", ["view_activity", "delete_activity", "add_activity"])
    def test_hiding_needs_the_permission_to_change_activities(
        self, django_user_model: type[User], codename: str
    ) -> None:
        one = create_activity()
        client = staff_client(django_user_model, "view_activity", codename)

        assert 'value="hide"' not in client.get(LIST).content.decode()
        act(client, "hide", [one])
        assert not Activity.objects.get().is_hidden

    def test_the_permission_to_change_activities_allows_no_edit(
        self, django_user_model: type[User]
    ) -> None:
        one = create_activity()
        client = staff_client(django_user_model, "view_activity", "change_activity")
        address = reverse("admin:landing_activity_change", args=[one.pk])

        assert 'value="show"' in client.get(LIST).content.decode()
        act(client, "hide", [one])
        assert Activity.objects.get().is_hidden
        assert client.post(address, {"text": "left"}).status_code == 403


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


def test_deleting_needs_the_permission(django_user_model: type[User]) -> None:
    client = staff_client(django_user_model, "view_activity", "change_activity")

    act(client, "delete_selected", [create_activity()], post="yes")

    assert Activity.objects.count() == 1


# -- tokens ----------------------------------------------------------------------------------


def create_token(client: Client, **fields: str) -> str:
    """Create a token in the form, and return the key on the next page."""
    page = client.post(TOKENS + "add/", {"name": "crm", "scope": ""} | fields, follow=True)
    (key,) = re.findall(r"[A-Za-z0-9]{8}\.[A-Za-z0-9]{32}", page.content.decode())
    return str(key)


def post(key: str) -> int:
    response = Client().post(
        "/api/landing/activities/",
        {"kind": "signup", "text": "joined"},
        content_type="application/json",
        headers={"Authorization": f"Api-Key {key}"},
    )
    return response.status_code


def test_a_key_is_shown_once_and_stored_as_a_hash(admin_client: Client) -> None:
    key = create_token(admin_client, scope="signup")
    (stored,) = PublishToken.objects.all()
    secret = key.partition(".")[2]
    change = reverse("admin:landing_publishtoken_change", args=[stored.pk])

    assert post(key) == 201
    assert key.startswith(stored.prefix)
    assert secret not in repr(PublishToken.objects.values().get())
    for address in (TOKENS, change):
        page = admin_client.get(address).content.decode()
        assert stored.prefix in page
        assert secret not in page
    assert secret not in repr(list(LogEntry.objects.values()))


def test_the_token_list_has_the_scope_and_the_last_use(admin_client: Client) -> None:
    PublishToken.objects.create_key(name="crm", scope="purchase", last_used_at=NOON)

    page = admin_client.get(TOKENS).content.decode()

    for text in ("crm", "purchase", "Jan. 31, 2026, noon"):
        assert text in page


def test_a_scope_of_unknown_kinds_is_an_error(admin_client: Client) -> None:
    response = admin_client.post(TOKENS + "add/", {"name": "crm", "scope": "signup, unheard-of"})

    assert "Unknown kinds: unheard-of. Known kinds: signup, purchase" in response.content.decode()
    assert not PublishToken.objects.exists()


@pytest.mark.parametrize("scope", ["", "signup", "a-kind-that-is-gone"])
def test_a_token_is_revoked_for_good_whatever_its_scope(admin_client: Client, scope: str) -> None:
    token, key = PublishToken.objects.create_key(name="crm", scope=scope)
    change = reverse("admin:landing_publishtoken_change", args=[token.pk])

    revoked = {"name": "crm", "scope": scope, "revoked": "on"}
    assert admin_client.post(change, revoked).status_code == 302
    assert post(key) == 401

    assert admin_client.post(change, {"name": "other", "scope": "signup"}).status_code == 302
    token.refresh_from_db()
    assert (token.name, token.scope, token.revoked) == ("crm", scope, True)
    assert post(key) == 401


def test_tokens_need_their_permission(django_user_model: type[User]) -> None:
    client = staff_client(django_user_model, "view_activity", "change_activity")

    assert client.get(TOKENS).status_code == 403
    assert client.get(TOKENS + "add/").status_code == 403


def test_the_library_s_own_keys_are_not_registered(admin_client: Client) -> None:
    assert not admin.site.is_registered(APIKey)
    page = admin_client.get("/admin/").content.decode()
    assert "Tokens" in page
    assert "API keys" not in page
