"""Publish tokens in the admin: created, shown once, limited to kinds, and revoked."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.urls import reverse

from landing.activity import kinds
from landing.activity.kinds import KINDS, ActivityKind
from landing.models import PublishToken
from tests.admin.activities.rows import NOON, staff_client

pytestmark = [pytest.mark.django_db, pytest.mark.each_database]

TOKENS = "/admin/landing/publishtoken/"


def create_token(client: Client, scope: list[str]) -> str:
    """Create a token in the form, and return the key on the next page."""
    page = client.post(TOKENS + "add/", {"name": "crm", "scope": scope}, follow=True)
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
    key = create_token(admin_client, ["signup"])
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

    for text in ("crm", "purchase", "31 Jan 2026, 12:00", "Last used (UTC)"):
        assert text in page


@pytest.mark.parametrize(
    ("columns", "state"),
    [
        ({}, "valid"),
        ({"expiry_date": NOON}, "expired"),
        ({"expiry_date": NOON, "revoked": True}, "revoked"),
    ],
)
def test_the_token_list_has_the_state_as_text(
    admin_client: Client, columns: dict[str, Any], state: str
) -> None:
    PublishToken.objects.create_key(name="crm", **columns)

    page = admin_client.get(TOKENS).content.decode()

    assert f'<td class="field-state">{state}</td>' in page
    assert ("31 Jan 2026, 12:00" in page) == ("expiry_date" in columns)
    assert "icon-no" not in page


def test_the_page_of_an_unused_token_has_a_dash_for_its_last_use(admin_client: Client) -> None:
    token, _ = PublishToken.objects.create_key(name="unused")
    url = reverse("admin:landing_publishtoken_change", args=(token.pk,))
    page = admin_client.get(url).content.decode()
    assert "None" not in page
    assert re.search(r"Last used \(\w+\):</label>\s*<div class=\"readonly\">-</div>", page)


def choices(page: str) -> dict[str, bool]:
    """Return the values of the checkboxes, and whether each is checked."""
    boxes = re.findall(r'<input type="checkbox" name="scope"([^>]*)>', page)
    return {re.findall(r'value="([^"]*)"', box)[0]: "checked" in box for box in boxes}


def test_the_scope_is_selected_from_the_registered_kinds(
    admin_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(kinds._kinds, "review", ActivityKind("Review", "M4 12h16"))
    page = admin_client.get(TOKENS + "add/").content.decode()

    assert choices(page) == dict.fromkeys(["", *KINDS], False)
    assert 'aria-label="Date"' in page
    assert 'aria-label="Time"' in page
    for label in ("Every kind, also future ones", "Sign-up (signup)", "Review (review)"):
        assert label in page
    create_token(admin_client, ["signup", "review"])
    assert PublishToken.objects.get().scope == "signup,review"
    assert PublishToken.objects.get().kinds == ["signup", "review"]


def test_every_kind_is_an_empty_scope(admin_client: Client) -> None:
    create_token(admin_client, [""])
    token = PublishToken.objects.get()
    change = reverse("admin:landing_publishtoken_change", args=[token.pk])

    assert token.scope == ""
    assert choices(admin_client.get(change).content.decode())[""]
    assert "every kind" in admin_client.get(TOKENS).content.decode()


@pytest.mark.parametrize(
    ("scope", "error"),
    [
        ([], "Select the kinds that this token may publish."),
        (["", "signup"], "Select either every kind or some of the kinds."),
        (["signup", "unheard-of"], "Select a valid choice. unheard-of is not one of"),
    ],
)
def test_an_unclear_scope_is_an_error(admin_client: Client, scope: list[str], error: str) -> None:
    response = admin_client.post(TOKENS + "add/", {"name": "crm", "scope": scope})

    assert error in response.content.decode()
    assert not PublishToken.objects.exists()


def test_kinds_that_are_no_longer_registered_stay_selected(admin_client: Client) -> None:
    token, _ = PublishToken.objects.create_key(name="crm", scope="gone, signup")
    change = reverse("admin:landing_publishtoken_change", args=[token.pk])

    page = admin_client.get(change).content.decode()
    assert "gone (not registered)" in page
    assert [value for value, is_checked in choices(page).items() if is_checked] == [
        "signup",
        "gone",
    ]
    for scope, stored in (
        (["signup", "gone"], "gone, signup"),
        (["signup", "purchase", "gone"], "signup,purchase,gone"),
        (["signup"], "signup"),
    ):
        response = admin_client.post(change, {"name": "shop", "scope": scope})
        assert response.status_code == 302
        token.refresh_from_db()
        assert (token.name, token.scope) == ("shop", stored)


def test_a_name_in_the_message_with_the_key_is_escaped(admin_client: Client) -> None:
    response = admin_client.post(
        TOKENS + "add/", {"name": "<b>crm", "scope": "signup"}, follow=True
    )

    page = response.content.decode()
    assert "&lt;b&gt;crm” is shown only once" in page
    assert "<b>crm" not in page
    assert re.search(r'<script src="[^"]+copy-secret[^"]*" type="module">', page)


@pytest.mark.parametrize("scope", ["", "signup", "a-kind-that-is-gone"])
def test_a_token_is_revoked_for_good_whatever_its_scope(admin_client: Client, scope: str) -> None:
    token, key = PublishToken.objects.create_key(name="crm", scope=scope)
    change = reverse("admin:landing_publishtoken_change", args=[token.pk])

    revoked = {"name": "crm", "scope": [scope], "revoked": "on"}
    assert admin_client.post(change, revoked).status_code == 302
    assert post(key) == 401

    assert admin_client.post(change, {"name": "other", "scope": "signup"}).status_code == 302
    token.refresh_from_db()
    assert (token.name, token.scope, token.revoked) == ("crm", scope, True)
    assert post(key) == 401


def test_tokens_need_their_permission() -> None:
    client = staff_client("view_activity", "change_activity")

    assert client.get(TOKENS).status_code == 403
    assert client.get(TOKENS + "add/").status_code == 403
