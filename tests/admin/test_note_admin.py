"""Notes: written in the admin, shown on the dashboard."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.test import Client
from django.utils import timezone

from landing.admin.site_time import local
from landing.tables.notes import ChartNote
from tests.analytics.rows import row, sample
from tests.page.markup import Page

pytestmark = pytest.mark.django_db

NOTES = "/admin/landing/chartnote/"
DASHBOARD = "/admin/landing/analytics/dashboard/"


def form(text: str = "Newsletter 12", **at: Any) -> dict[str, str]:
    time = local(timezone.now() - timedelta(minutes=1))
    return {"at_0": f"{time:%Y-%m-%d}", "at_1": f"{time:%H:%M:%S}", "text": text, **at}


def dashboard(client: Client, query: str = "") -> Page:
    return Page(client.get(DASHBOARD + query).content.decode())


def link(page: Page, text: str) -> str | None:
    return next((each.attributes["href"] for each in page.all("a") if each.text == text), None)


def test_a_note_is_added_from_the_dashboard_and_marked_on_its_charts(admin_client: Client) -> None:
    now = timezone.now()
    row(1, now)
    for days in (0, 1):
        sample(now - timedelta(days=days, minutes=1))
    address = link(dashboard(admin_client, "?range=7-days&page=%2Fa"), "Add a note")
    assert address == f"{NOTES}add/?dashboard=range%3D7-days%26page%3D%252Fa"

    response = admin_client.post(address, form())

    assert response["Location"] == f"{DASHBOARD}?range=7-days&page=%2Fa"
    page = dashboard(admin_client, "?range=7-days")
    (item,) = (each for each in page.all("li") if "by admin" in each.text)
    assert re.fullmatch(r"1 \d+ \w+, \d\d:\d\d Newsletter 12 by admin", item.text)
    drawings = [each for each in page.all("svg") if each.attributes.get("role") == "img"]
    marked = [each for each in drawings if "Marked notes: 1." in each.attributes["aria-label"]]
    assert len(marked) == 3
    other_day = dashboard(admin_client, "?from=2026-01-01&to=2026-01-01")
    assert "Newsletter" not in other_day.one("html").text


def test_notes_have_a_history_and_keep_their_author(
    admin_client: Client, django_user_model: Any
) -> None:
    admin_client.post(NOTES + "add/", form())
    note = ChartNote.objects.get()
    other = django_user_model.objects.create_superuser("bob")
    client = Client()
    client.force_login(other)

    address = link(dashboard(client), "Newsletter 12")
    assert address is not None
    response = client.post(address, form("Newsletter 13"))

    assert response["Location"].startswith(DASHBOARD)
    note.refresh_from_db()
    assert (note.text, note.author.get_username()) == ("Newsletter 13", "admin")
    assert [entry.user.get_username() for entry in LogEntry.objects.all()] == ["bob", "admin"]
    assert "by admin" not in client.get(NOTES).content.decode()


def test_a_form_of_the_list_returns_to_the_list(admin_client: Client) -> None:
    assert admin_client.post(NOTES + "add/", form())["Location"] == NOTES
    page = admin_client.get(NOTES).content.decode()
    assert "Newsletter 12" in page and "admin" in page


def test_a_note_is_at_most_80_letters_of_text_and_escaped(admin_client: Client) -> None:
    assert admin_client.post(NOTES + "add/", form("a" * 81)).status_code == 200
    assert not ChartNote.objects.exists()

    admin_client.post(NOTES + "add/", form("<script>alert(1)</script>"))

    assert "<script>alert(1)</script>" in dashboard(admin_client).one("html").text


def test_staff_see_notes_and_need_permissions_to_write(
    client: Client, django_user_model: Any
) -> None:
    ChartNote.objects.create(text="a deploy")
    ana = django_user_model.objects.create_user("ana", is_staff=True)
    ana.user_permissions.add(Permission.objects.get(codename="view_analytics"))
    client.force_login(ana)

    page = dashboard(client)
    assert "a deploy" in page.one("html").text
    assert link(page, "Add a note") is None and link(page, "a deploy") is None
    assert client.post(NOTES + "add/", form()).status_code == 403

    ana.user_permissions.add(Permission.objects.get(codename="add_chartnote"))
    assert link(dashboard(client), "Add a note") is not None
