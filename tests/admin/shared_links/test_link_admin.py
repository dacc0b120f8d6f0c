"""Shared links in the admin."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.test import Client

from landing.tables.shared_links import SharedLink
from tests.page.markup import Page

pytestmark = pytest.mark.django_db

LINKS = "/admin/landing/sharedlink/"
NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)
DASHBOARD = "/admin/landing/analytics/dashboard/"


def create(client: Client) -> str:
    """Create a link in the form, and return the address that the next page shows."""
    page = Page(client.post(LINKS + "add/", {"name": "board"}, follow=True).content.decode())
    return page.one("code").text


def test_a_link_is_shown_once_with_a_copy_button(admin_client: Client) -> None:
    address = create(admin_client)
    link = SharedLink.objects.get()
    path, secret = address.removeprefix("http://testserver").split("#")

    assert Client().post(path, {"secret": secret}).status_code == 303
    page = Page(admin_client.get(LINKS).content.decode())
    assert "board" in page.one("html").text and "Copy" not in page.one("html").text
    scripts = [each.attributes.get("src", "") for each in page.all("script")]
    assert any("live_user_counter/admin/copy-secret" in script for script in scripts)
    for found in (LINKS, f"{LINKS}{link.pk}/change/".replace("$", "%24")):
        assert secret not in admin_client.get(found, follow=True).content.decode()
    assert secret not in repr(list(LogEntry.objects.values()))


@pytest.mark.parametrize("model", ["sharedlink", "publishtoken"])
def test_the_forms_name_their_objects(admin_client: Client, model: str) -> None:
    """The library's texts call a link and a token an API key."""
    form = admin_client.get(f"/admin/landing/{model}/add/").content.decode()
    assert "until it is revoked" in form
    assert "API key" not in form


def test_the_list_has_the_last_use_and_the_status(admin_client: Client) -> None:
    SharedLink.objects.create_key(name="board", last_used_at=NOON)
    SharedLink.objects.create_key(name="guest", expiry_date=NOON)

    page = Page(admin_client.get(LINKS).content.decode())

    rows = [each.text for each in page.all("tr") if "board" in each.text or "guest" in each.text]
    assert "never31 Jan 2026, 12:00expired" in rows[0]
    assert "31 Jan 2026, 12:00neveractive" in rows[1]


def test_links_are_revoked_for_good_with_a_history(admin_client: Client) -> None:
    create(admin_client)
    link = SharedLink.objects.get()

    admin_client.post(LINKS, {"action": "revoke", "_selected_action": [link.pk]})

    link.refresh_from_db()
    assert link.revoked
    assert "Changed Revoked." in LogEntry.objects.latest("pk").get_change_message()


def test_sharing_needs_permissions_to_share_and_to_see(
    client: Client, django_user_model: Any
) -> None:
    ana = django_user_model.objects.create_user("ana", is_staff=True)
    client.force_login(ana)

    def allow(codename: str) -> None:
        ana.user_permissions.add(Permission.objects.get(codename=codename))

    allow("add_sharedlink")
    allow("view_sharedlink")
    assert client.post(LINKS + "add/", {"name": "board"}).status_code == 403
    allow("view_analytics")
    assert LINKS in client.get(DASHBOARD).content.decode()

    assert client.post(LINKS + "add/", {"name": "board"}).status_code == 302
    assert SharedLink.objects.get().name == "board"
