"""The page's content in the admin: permissions, history, and the form."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission, User
from django.contrib.messages import get_messages
from django.db.models.signals import pre_save
from django.test import Client, RequestFactory
from pytest_django import DjangoAssertNumQueries, Settings

from landing.content.values import SECTIONS
from landing.models import Page
from tests.page.markup import Page as Markup

pytestmark = [pytest.mark.django_db, pytest.mark.each_database]

LIST, ADD, CHANGE = (f"/admin/landing/page/{path}" for path in ("", "add/", "1/change/"))
#: The form as a browser sends it without any change.
UNCHANGED = {
    "has_lead": "on",
    "has_subtext": "on",
    "has_feed": "on",
    **{f"section_{place}": name for place, name in enumerate(SECTIONS, 1)},
}


def staff_client(*codenames: str, name: str = "eva") -> Client:
    """Return a client that is signed in as staff with these permissions."""
    eva = User.objects.create_user(name, is_staff=True)
    eva.user_permissions.set(Permission.objects.filter(codename__in=codenames))
    client = Client()
    client.force_login(eva)
    return client


@pytest.fixture
def editor() -> Client:
    return staff_client("add_page", "change_page", "view_page", "delete_page")


def warning_of(response: Any) -> str:
    *_, warning = get_messages(response.wsgi_request)
    return str(warning)


def errors_of(response: Any) -> dict[str, list[str]]:
    assert response.status_code == 200, "saved, although it is not valid"
    errors: dict[str, list[str]] = response.context["adminform"].form.errors
    return errors


def test_the_list_leads_to_the_form_of_the_only_page(editor: Client) -> None:
    assert editor.get(LIST).headers["Location"] == ADD
    Page.objects.create()
    assert editor.get(LIST).headers["Location"] == CHANGE
    assert editor.get(ADD).headers["Location"] == CHANGE, "there is one page"
    assert b"_addanother" not in editor.get(CHANGE).content


def test_a_second_form_of_a_new_page_leads_to_the_stored_one(editor: Client) -> None:
    """Of a second tab, or of a double click."""
    editor.post(ADD, {**UNCHANGED, "headline": "First"})
    response = editor.post(ADD, {**UNCHANGED, "headline": "Second"})

    assert response.headers["Location"] == CHANGE
    assert "this form was not" in warning_of(response)
    assert Page.objects.get().headline == "First"


@pytest.mark.parametrize(("codename", "status"), [("view_page", 302), ("add_page", 403)])
def test_of_two_forms_sent_at_once_one_is_saved(codename: str, status: int) -> None:
    """The row of the other form is here in the same transaction, which is rolled back."""
    client = staff_client("add_page", codename)

    def save_first(**kwargs: Any) -> None:
        Page.objects.bulk_create([Page(headline="First")])

    pre_save.connect(save_first, Page)
    try:
        response = client.post(ADD, {**UNCHANGED, "headline": "Second"})
    finally:
        pre_save.disconnect(save_first, Page)

    assert response.status_code == status
    assert not Page.objects.exists()
    assert not LogEntry.objects.exists()


def test_the_enter_key_saves(editor: Client) -> None:
    inputs = Markup(editor.get(ADD).content.decode()).all("input")
    buttons = [each.attributes for each in inputs if each.attributes.get("type") == "submit"]

    assert buttons[0]["name"] == "_save"
    assert any("formaction" in each for each in buttons), "the preview"


@pytest.mark.parametrize("junk", [5, "how", ["news", None], {"how": 1}])
def test_values_that_only_sql_can_write_do_not_break_the_form(editor: Client, junk: Any) -> None:
    Page.objects.create(sections=junk, subtexts=junk)

    assert editor.get(CHANGE).status_code == 200


@pytest.mark.parametrize("codename", ["add_page", "change_page", "view_page"])
def test_the_navigation_links_to_the_page_without_a_query(
    codename: str, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    client = staff_client(codename)
    html = client.get("/admin/").content.decode()

    assert f'href="{LIST}"' in html
    assert f'href="{ADD}"' not in html
    request = RequestFactory().get("/")
    request.user = User(is_superuser=True, is_active=True)
    with django_assert_num_queries(0):
        assert admin.site.get_model_admin(Page).get_model_perms(request)["change"]


def test_an_unchanged_form_stores_the_settings(editor: Client) -> None:
    assert editor.post(ADD, UNCHANGED).status_code == 302

    page = Page.objects.get()
    assert (page.brand_name, page.subtexts, page.minimum, page.sections) == ("", {}, None, None)


def test_a_form_stores_every_value_and_shows_it_again(editor: Client) -> None:
    values = {
        "brand_name": "Acme",
        "brand_color": "#c2185b",
        "logo": "/media/acme.svg",
        "headline": "Who is in the shop?",
        "lead": "Come in",
        "call_text": "See prices",
        "call_link": "/pricing",
        "minimum": "7",
        "subtext_en": "By us",
        "subtext_ar": "منا",
        "section_1": "how",
        "section_2": "",
        "section_3": "about",
        "section_4": "",
    }
    editor.post(ADD, values)
    page = Page.objects.get()

    assert page.subtexts == {"en": "By us", "ar": "منا"}
    assert page.sections == ["how", "about"]
    assert not (page.has_lead or page.has_subtext or page.has_feed)
    assert (page.minimum, page.call_link, page.brand_color) == (7, "/pricing", "#c2185b")
    form = editor.get(CHANGE).context["adminform"].form
    shown = [form[f"section_{place}"].value() for place in range(1, 5)]
    assert shown == ["how", "about", "", ""]
    assert form["subtext_ar"].value() == "منا"


def test_no_section_is_a_valid_choice(editor: Client) -> None:
    editor.post(ADD, dict.fromkeys(UNCHANGED, ""))

    assert Page.objects.get().sections == []


def test_the_form_names_the_settings_that_apply_to_empty_fields(
    editor: Client, settings: Settings
) -> None:
    settings.LANDING_HEADLINE = "Who is <here>?"
    html = editor.get(ADD).content.decode()

    assert "If empty: “Who is &lt;here&gt;?”, from LANDING_HEADLINE." in html


@pytest.mark.parametrize(
    ("field", "value", "error"),
    [
        ("brand_name", "A" * 61, "at most 60 characters"),
        ("brand_name", "A\nB", "Must be one line of 1 to 60 characters."),
        ("brand_name", "A\rB", "Must be one line of 1 to 60 characters."),
        ("call_text", "A\rB", "Must be one line."),
        ("subtext_de", "A\rB", "Must be one line."),
        ("brand_color", "blue", "Must be a color such as #0b7a4c."),
        ("brand_color", "#12345", "Must be a color such as #0b7a4c."),
        ("logo", "https://example.org/a.svg", "Browsers load files of this site only."),
        ("logo", "//example.org/a.svg", "Browsers load files of this site only."),
        ("logo", "../secret.svg", "Must be a static file"),
        ("logo", "nowhere.svg", "Must be a static file"),
        ("headline", "A" * 201, "at most 200 characters"),
        ("lead", "A" * 301, "at most 300 characters"),
        ("minimum", "-1", "greater than or equal to 0"),
        ("minimum", "1000000001", "Must be a whole number from 0 to 1000000000."),
        ("subtext_de", "A" * 201, "at most 200 characters"),
        ("subtext_de", "A\nB", "Must be one line."),
        ("call_link", "javascript:alert(1)", "Must begin with https://"),
        ("call_link", "//example.org", "Must begin with https://"),
        ("section_1", "news", "not one of the available choices"),
        ("section_2", "about", "See that you’re not alone here is already above."),
    ],
)
def test_an_invalid_value_is_refused(editor: Client, field: str, value: str, error: str) -> None:
    errors = errors_of(editor.post(ADD, {**UNCHANGED, field: value}))

    assert list(errors) == [field]
    assert error in errors[field][0]
    assert not Page.objects.exists()


@pytest.mark.parametrize("field", ["call_text", "call_link"])
def test_a_button_needs_a_text_and_a_link(editor: Client, field: str) -> None:
    (missing,) = errors_of(editor.post(ADD, {**UNCHANGED, field: "/pricing"}))

    assert missing == ({"call_text", "call_link"} - {field}).pop()


def test_a_logo_must_be_collected(editor: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("landing.admin.page.form.is_collected", lambda file: False)
    errors = errors_of(editor.post(ADD, {**UNCHANGED, "logo": "live_user_counter/favicon.svg"}))

    assert "collectstatic" in errors["logo"][0]


def test_a_pale_color_is_saved_with_a_warning_of_its_contrast(editor: Client) -> None:
    response = editor.post(ADD, {**UNCHANGED, "brand_color": "#ffd000"})
    warning, _ = (str(each) for each in get_messages(response.wsgi_request))

    assert "The color #ffd000 has a contrast of 1.3 to 1" in warning
    assert Page.objects.get().brand_color == "#ffd000"


def test_the_history_names_the_changed_fields(editor: Client) -> None:
    editor.post(ADD, UNCHANGED)
    editor.post(CHANGE, {**UNCHANGED, "headline": "Hello", "subtext_de": "Von uns"})
    added, changed = LogEntry.objects.order_by("pk")

    assert added.is_addition()
    assert changed.get_change_message() == "Changed Headline and Subtext in German."


def test_deleting_the_page_returns_to_the_settings(editor: Client) -> None:
    Page.objects.create(headline="Hello")
    editor.post("/admin/landing/page/1/delete/", {"post": "yes"})

    assert not Page.objects.exists()


@pytest.mark.parametrize("codename", ["view_analytics", "view_page"])
def test_others_cannot_change_the_page(codename: str) -> None:
    Page.objects.create(headline="Hello", subtexts={"de": "Von uns"})
    client = staff_client(codename)

    assert client.post(CHANGE, {**UNCHANGED, "headline": "Bye"}).status_code == 403
    assert client.post("/admin/landing/page/1/delete/", {"post": "yes"}).status_code == 403
    assert Page.objects.get().headline == "Hello"
    response = client.get(CHANGE)
    if codename == "view_page":
        assert "Von uns" in response.content.decode()
        assert "formaction" not in response.content.decode()
    else:
        assert response.status_code == 403


def test_without_a_page_others_see_an_empty_list() -> None:
    assert staff_client("view_page").get(LIST).status_code == 200
