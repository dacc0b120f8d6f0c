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

pytestmark = pytest.mark.django_db

LIST = "/admin/landing/activity/"
TOKENS = "/admin/landing/publishtoken/"
NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)


def stored(seconds: float = 0, **columns: Any) -> Activity:
    """One that happened so long after noon."""
    at = NOON + timedelta(seconds=seconds)
    return cast(
        "Activity",
        Activity.objects.create(
            **{"kind": "signup", "text": "joined", "actor": "Ana María", "created_at": at} | columns
        ),
    )


def shown(client: Client, **query: str) -> list[Activity]:
    answer = client.get(LIST, query)
    assert answer.status_code == 200
    return list(answer.context["cl"].result_list)


def act(client: Client, action: str, rows: list[Activity], **more: str) -> Any:
    chosen = {"action": action, "_selected_action": [str(each.pk) for each in rows]}
    return client.post(LIST, chosen | more)


def messages_of(answer: Any) -> list[str]:
    return [str(each) for each in get_messages(answer.wsgi_request)]


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[FeedChange]:
    """What every worker is told."""
    news: list[FeedChange] = []
    monkeypatch.setattr(delivery, "push", news.append)
    return news


@pytest.fixture
def _committing(
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> Iterator[None]:
    with django_capture_on_commit_callbacks(execute=True):
        yield


def staff(django_user_model: type[User], *codenames: str) -> Client:
    """Signed in, with these permissions."""
    eva = django_user_model.objects.create_user("eva", is_staff=True)
    eva.user_permissions.set(Permission.objects.filter(codename__in=codenames))
    client = Client()
    client.force_login(eva)
    return client


# -- the list --------------------------------------------------------------------------------


def test_activities_are_listed_newest_first_with_what_became_of_them(admin_client: Client) -> None:
    first, second = (
        stored(0, reach=Activity.Reach.HELD),
        stored(1, reach=Activity.Reach.PUSHED, skipped=41),
    )

    assert shown(admin_client) == [second, first]
    page = admin_client.get(LIST).content.decode()
    for text in ("signup", "joined", "Ana María", "reached the pages", "held back", "41"):
        assert text in page


def test_oldest_first_is_the_only_other_order(admin_client: Client) -> None:
    rows = [stored(number, text=f"joined {number % 2}") for number in range(4)]

    assert shown(admin_client, o="1") == rows
    assert shown(admin_client, o="4") == rows[::-1]


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
    stored()
    wanted = stored(**columns)

    assert shown(admin_client, **query) == [wanted]


def test_the_kinds_to_choose_from_are_those_that_are_registered(
    admin_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(kinds._kinds, "review", ActivityKind("Review", "M4 12h16"))

    page = admin_client.get(LIST).content.decode()

    assert re.findall(r'href="\?kind=([a-z]+)"', page) == [*KINDS]
    assert ">Review</a>" in page


@pytest.mark.parametrize("kind", ["unheard-of", "'; --"])
def test_of_a_kind_that_is_none_there_is_nothing(admin_client: Client, kind: str) -> None:
    stored()

    assert shown(admin_client, kind=kind) == []


@pytest.mark.parametrize(
    "query", [{"kind": "a\0b"}, {"q": "a\0b"}, {"created_at__year": "x"}, {"reach__exact": "\0"}]
)
def test_what_no_database_can_be_asked_leads_back_to_the_list(
    admin_client: Client, query: dict[str, str]
) -> None:
    stored()

    assert admin_client.get(LIST, query).status_code == 302


@pytest.mark.parametrize("id", ["crm-1", "order 42", 'a "b" \'c', "Zoë/1"])
def test_one_is_found_by_its_external_id_in_full(admin_client: Client, id: str) -> None:
    stored(external_id=f"{id}0")
    wanted = stored(external_id=id)

    assert shown(admin_client, q=f" {id} ") == [wanted]
    assert shown(admin_client, q=id[:-1]) == []


def test_days_can_be_chosen(admin_client: Client) -> None:
    for day in (0, 1):
        stored(day * 86_400)
    wanted = stored(-86_400)
    changelist = admin_client.get(LIST, {"created_at__year": "2026", "created_at__month": "1"})

    assert [each.title for each in changelist.context["cl"].choices()] == [
        "January 30",
        "January 31",
    ]
    link = changelist.context["cl"].choices()[0].link
    assert list(admin_client.get(LIST + link).context["cl"].result_list) == [wanted]
    assert "January 30" in changelist.content.decode()


def test_a_list_of_many_costs_no_more_queries_than_one_of_few(admin_client: Client) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            shown(admin_client)
        return len(captured)

    stored()
    few = queries()
    for number in range(20):
        stored(number / 100)

    assert queries() == few


def many_activities() -> None:
    """30,000 of half a year, in the order of time; one in 5,000 is hidden, the last are held."""
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


def test_no_query_of_the_list_reads_or_sorts_the_whole_table(admin_client: Client) -> None:
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


def test_only_staff_see_the_list(client: Client, django_user_model: type[User]) -> None:
    assert client.get(LIST).status_code == 302
    assert staff(django_user_model, "view_analytics").get(LIST).status_code == 403


# -- one activity ----------------------------------------------------------------------------


def test_one_can_be_looked_at_and_nobody_can_add_or_edit_any(admin_client: Client) -> None:
    one = stored(external_id="crm-1", data={"order": 4711})
    address = reverse("admin:landing_activity_change", args=[one.pk])

    page = admin_client.get(address).content.decode()

    for text in ("crm-1", "4711", "Ana María", "not yet decided"):
        assert text in page
    assert 'name="_save"' not in page
    assert admin_client.post(address, {"text": "left"}).status_code == 403
    assert admin_client.get(LIST + "add/").status_code == 403
    assert Activity.objects.get().text == "joined"


# -- hide and show ---------------------------------------------------------------------------


@pytest.mark.usefixtures("_committing")
class TestHiding:
    def test_it_is_taken_from_the_pages_at_once(
        self,
        admin_client: Client,
        told: list[FeedChange],
        django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
    ) -> None:
        on_pages, held = stored(reach=Activity.Reach.PUSHED), stored(reach=Activity.Reach.HELD)

        with django_capture_on_commit_callbacks(execute=True):
            answer = act(admin_client, "hide", [on_pages, held])

        assert messages_of(answer) == ["2 activities hidden."]
        assert not Activity.objects.published().exists()
        assert told == [Removed(on_pages.pk)]
        assert admin_client.get("/api/landing/activities/").json()["results"] == []

    def test_it_is_shown_again_where_it_was(
        self,
        admin_client: Client,
        told: list[FeedChange],
        django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
    ) -> None:
        hidden = stored(reach=Activity.Reach.PUSHED, is_hidden=True)

        with django_capture_on_commit_callbacks(execute=True):
            answer = act(admin_client, "show", [hidden, stored()])

        assert messages_of(answer) == ["1 activity shown."]
        assert [cast("Item", news).id for news in told] == [hidden.pk]

    def test_hiding_again_says_that_nothing_changed(self, admin_client: Client) -> None:
        hidden = stored(is_hidden=True)

        assert messages_of(act(admin_client, "hide", [hidden])) == ["0 activities hidden."]

    @pytest.mark.parametrize("codename", ["view_activity", "delete_activity", "add_activity"])
    def test_it_takes_the_permission_to_change_activities(
        self, django_user_model: type[User], codename: str
    ) -> None:
        one = stored()
        client = staff(django_user_model, "view_activity", codename)

        assert 'value="hide"' not in client.get(LIST).content.decode()
        act(client, "hide", [one])
        assert not Activity.objects.get().is_hidden

    def test_that_permission_is_enough_and_lets_nobody_edit(
        self, django_user_model: type[User]
    ) -> None:
        one = stored()
        client = staff(django_user_model, "view_activity", "change_activity")
        address = reverse("admin:landing_activity_change", args=[one.pk])

        assert 'value="show"' in client.get(LIST).content.decode()
        act(client, "hide", [one])
        assert Activity.objects.get().is_hidden
        assert client.post(address, {"text": "left"}).status_code == 403


# -- delete ----------------------------------------------------------------------------------


def test_what_is_deleted_disappears_from_the_pages_after_it(
    admin_client: Client,
    told: list[FeedChange],
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    one, other, held = (
        stored(reach=reach)
        for reach in (Activity.Reach.PUSHED, Activity.Reach.PUSHED, Activity.Reach.HELD)
    )
    address = reverse("admin:landing_activity_delete", args=[other.pk])

    with django_capture_on_commit_callbacks() as callbacks:
        act(admin_client, "delete_selected", [one, held], post="yes")
        admin_client.post(address, {"post": "yes"})
    assert not Activity.objects.exists()
    assert told == [], "nothing before the commit"
    for callback in callbacks:
        callback()

    assert told == [Removed(one.pk), Removed(other.pk)]


def test_what_was_deleted_is_not_kept_in_the_log(admin_client: Client) -> None:
    act(admin_client, "delete_selected", [stored(), stored()], post="yes")
    admin_client.post(reverse("admin:landing_activity_delete", args=[stored().pk]), {"post": "yes"})

    entries = LogEntry.objects.order_by("pk")
    assert [entry.object_repr for entry in entries] == ["2 activities", "1 activity"]
    assert {(entry.object_id, entry.change_message) for entry in entries} == {(None, "")}


def test_more_than_have_pages_are_not_deleted_at_once(
    admin_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(CappedPaginator, "most_rows", 3)
    rows = [stored() for _ in range(4)]

    answer = act(admin_client, "delete_selected", rows[:1], select_across="1", post="yes")

    assert messages_of(answer)[0].startswith("These are more than 3 rows")
    assert Activity.objects.count() == 4


def test_deleting_needs_its_permission(django_user_model: type[User]) -> None:
    client = staff(django_user_model, "view_activity", "change_activity")

    act(client, "delete_selected", [stored()], post="yes")

    assert Activity.objects.count() == 1


# -- tokens ----------------------------------------------------------------------------------


def make_token(client: Client, **fields: str) -> str:
    """Makes one as a person does, and returns the key that they are shown."""
    page = client.post(TOKENS + "add/", {"name": "crm", "scope": ""} | fields, follow=True)
    (key,) = re.findall(r"[A-Za-z0-9]{8}\.[A-Za-z0-9]{32}", page.content.decode())
    return str(key)


def post(key: str) -> int:
    answer = Client().post(
        "/api/landing/activities/",
        {"kind": "signup", "text": "joined"},
        content_type="application/json",
        headers={"Authorization": f"Api-Key {key}"},
    )
    return answer.status_code


def test_a_token_is_shown_once_and_kept_as_a_hash(admin_client: Client) -> None:
    key = make_token(admin_client, scope="signup")
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


def test_the_list_says_what_a_token_may_and_when_it_was_used(admin_client: Client) -> None:
    PublishToken.objects.create_key(name="crm", scope="purchase", last_used_at=NOON)

    page = admin_client.get(TOKENS).content.decode()

    for text in ("crm", "purchase", "Jan. 31, 2026, noon"):
        assert text in page


def test_a_scope_is_of_known_kinds(admin_client: Client) -> None:
    answer = admin_client.post(TOKENS + "add/", {"name": "crm", "scope": "signup, unheard-of"})

    assert "Unknown kinds: unheard-of. Known kinds: signup, purchase" in answer.content.decode()
    assert not PublishToken.objects.exists()


@pytest.mark.parametrize("scope", ["", "signup", "a-kind-that-is-gone"])
def test_a_token_can_be_revoked_for_good_whatever_its_scope(
    admin_client: Client, scope: str
) -> None:
    token, key = PublishToken.objects.create_key(name="crm", scope=scope)
    change = reverse("admin:landing_publishtoken_change", args=[token.pk])

    revoked = {"name": "crm", "scope": scope, "revoked": "on"}
    assert admin_client.post(change, revoked).status_code == 302
    assert post(key) == 401

    assert admin_client.post(change, {"name": "other", "scope": "signup"}).status_code == 302
    token.refresh_from_db()
    assert (token.name, token.scope, token.revoked) == ("crm", scope, True)
    assert post(key) == 401


def test_tokens_are_only_for_whom_they_are_permitted(django_user_model: type[User]) -> None:
    client = staff(django_user_model, "view_activity", "change_activity")

    assert client.get(TOKENS).status_code == 403
    assert client.get(TOKENS + "add/").status_code == 403


def test_keys_that_open_nothing_are_not_offered(admin_client: Client) -> None:
    assert not admin.site.is_registered(APIKey)
    page = admin_client.get("/admin/").content.decode()
    assert "Tokens" in page
    assert "API keys" not in page
