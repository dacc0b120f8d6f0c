from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client

from landing.content import current
from landing.content.values import Content
from landing.models import Page
from tests.admin.page.test_page_admin import UNCHANGED, editor, staff_client
from tests.page.markup import Page as Markup
from tests.page.test_views import Screen

__all__ = ["editor"]

pytestmark = pytest.mark.django_db

PREVIEW = "/admin/landing/page/preview/"
DRAFT = {
    **UNCHANGED,
    "brand_name": "Acme",
    "brand_color": "#c2185b",
    "headline": "Who is <here>?",
    "subtext_de": "Von uns",
    "section_1": "how",
    "section_2": "",
    "section_4": "",
    "preview_language": "de",
}


def preview(client: Client, **changes: str) -> Any:
    return client.post(PREVIEW, {**DRAFT, **changes})


def test_a_preview_shows_the_draft_and_stores_nothing(editor: Client) -> None:
    response = preview(editor)
    page = Markup(response.content.decode())

    assert page.one("h1").text == page.one("title").text == "Who is <here>?"
    assert page.one("html").attributes["lang"] == "de"
    assert page.part("subtext").text == "Von uns"
    assert [each.attributes.get("id") for each in page.all("h2")][1:] == ["how"]
    assert "Acme" in page.one("header").text
    assert not Page.objects.exists()
    assert current.current() == Content()


def test_a_preview_of_a_stored_page_leaves_it_as_it_is(editor: Client) -> None:
    Page.objects.create(headline="Stored")
    assert Markup(preview(editor).content.decode()).one("h1").text == "Who is <here>?"
    assert Page.objects.get().headline == "Stored"


def test_a_preview_is_not_cached_and_runs_no_script(editor: Client) -> None:
    headers = preview(editor).headers

    assert "no-store" in headers["Cache-Control"]
    assert "script-src 'none'" in headers["Content-Security-Policy"]


def test_a_preview_warns_of_a_pale_color(editor: Client) -> None:
    assert b"1.3 to 1" in preview(editor, brand_color="#ffd000").content


@pytest.mark.parametrize(("minimum", "is_below"), [("18", True), ("17", False), ("", False)])
def test_a_preview_explains_a_hidden_line(editor: Client, minimum: str, is_below: bool) -> None:
    with Screen().installed():
        html = preview(editor, minimum=minimum).content.decode()

    assert ("Fewer people than the minimum are here" in html) == is_below


def test_an_unknown_language_is_the_default_one(editor: Client) -> None:
    page = Markup(preview(editor, preview_language="tlh").content.decode())
    assert page.one("html").attributes["lang"] == "en"


def test_invalid_values_are_named_instead_of_shown(editor: Client) -> None:
    html = preview(editor, brand_color="blue", subtext_es="A\nB").content.decode()

    assert "Must be a color such as #0b7a4c." in html
    assert "Subtext in Spanish" in html
    assert "Who is" not in html


@pytest.mark.parametrize("codenames", [(), ("view_page",), ("add_page",), ("delete_page",)])
def test_only_those_who_may_change_the_page_preview_it(codenames: tuple[str, ...]) -> None:
    Page.objects.create()

    assert preview(staff_client(*codenames)).status_code == 403


def test_before_the_first_page_those_who_may_add_it_preview_it() -> None:
    client = staff_client("add_page")
    assert preview(client).status_code == 200
    Page.objects.create()
    assert preview(client).status_code == 403


def test_visitors_are_refused() -> None:
    assert preview(Client()).status_code == 403


def test_users_who_are_not_staff_are_refused() -> None:
    user = User.objects.create_user("ben")
    user.user_permissions.set(Permission.objects.filter(codename="add_page"))
    client = Client()
    client.force_login(user)

    assert preview(client).status_code == 403


def test_a_preview_needs_the_form_and_its_token(editor: Client) -> None:
    assert editor.get(PREVIEW).status_code == 405
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = editor.cookies
    assert preview(strict).status_code == 403
