"""The texts by language in the form of the page."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from pytest_django import Settings

from landing.admin.page import languages, layout
from landing.content.values import Content
from landing.models import Page
from tests.admin.page.test_page_admin import ADD, CHANGE, UNCHANGED, editor, errors_of
from tests.admin.page.test_preview import preview
from tests.page.markup import Page as Markup

__all__ = ["editor"]

pytestmark = [pytest.mark.django_db, pytest.mark.each_database]

BUTTON = {"call_text": "Buy", "call_link": "/"}


def test_each_text_is_stored_by_language_and_shown_again(editor: Client) -> None:
    texts = {"headline_de": "Hallo", "lead_es": "Hola", "call_text_ar": "اشتر", "subtext_de": "Wir"}
    editor.post(ADD, {**UNCHANGED, **BUTTON, **texts})
    page = Page.objects.get()

    assert (page.headlines, page.leads) == ({"de": "Hallo"}, {"es": "Hola"})
    assert (page.call_texts, page.subtexts) == ({"ar": "اشتر"}, {"de": "Wir"})
    form = editor.get(CHANGE).context["adminform"].form
    assert {name: form[name].value() for name in texts} == texts
    editor.post(CHANGE, {**UNCHANGED, **BUTTON, **texts, "headline_de": ""})
    assert Page.objects.get().headlines == {}
    assert LogEntry.objects.latest("pk").get_change_message() == "Changed Headline in German."


@pytest.mark.parametrize(
    ("field", "value", "error"),
    [
        ("headline_de", "A" * 201, "at most 200 characters"),
        ("lead_de", "A" * 301, "at most 300 characters"),
        ("call_text_de", "A" * 61, "at most 60 characters"),
        ("headline_ar", "A\nB", "Must be one line."),
        ("lead_en", "A\rB", "Must be one line."),
        ("call_text_es", "A\r\nB", "Must be one line."),
    ],
)
def test_an_invalid_text_is_refused(editor: Client, field: str, value: str, error: str) -> None:
    errors = errors_of(editor.post(ADD, {**UNCHANGED, **BUTTON, field: value}))

    assert list(errors) == [field]
    assert error in errors[field][0]


def test_a_button_of_one_language_needs_one_for_the_others(editor: Client) -> None:
    errors = errors_of(editor.post(ADD, {**UNCHANGED, "call_text_de": "Kaufen"}))

    assert list(errors) == ["call_text"]


def test_a_language_that_the_site_loses_keeps_its_texts(editor: Client, settings: Settings) -> None:
    Page.objects.create(headlines={"de": "Hallo", "pt": "Olá"}, subtexts={"de": "Wir"})
    settings.LANGUAGES = [("en", "English"), ("pt-br", "Portuguese")]
    form = editor.get(CHANGE).context["adminform"].form
    # The page in pt-br has the text of pt, so the form shows it.
    assert form["headline_pt_br"].value() == "Olá"

    editor.post(CHANGE, {**UNCHANGED, "headline_pt_br": "Oi"})

    page = Page.objects.get()
    assert page.headlines == {"de": "Hallo", "pt-br": "Oi"}
    assert page.subtexts == {"de": "Wir"}


@pytest.mark.parametrize("junk", [5, "Hallo", ["Hallo"], {"de": None}])
def test_values_that_only_sql_can_write_do_not_break_the_form(editor: Client, junk: Any) -> None:
    Page.objects.create(headlines=junk, leads=junk, call_texts=junk)

    assert editor.get(CHANGE).status_code == 200


def test_only_languages_without_a_text_are_collapsed() -> None:
    stored = Content(leads={"de": "Hallo"}, subtexts={"en": "By us"})
    collapsed = [
        title
        for title, options in layout.fieldsets(stored)
        if "collapse" in options.get("classes", ())
    ]

    assert set(collapsed) == {"Text in Arabic", "Text in Spanish"}
    assert languages.field_names("pt-br")[0] == "headline_pt_br"


@pytest.mark.parametrize(("language", "headline"), [("de", "Hallo"), ("es", "Who is <here>?")])
def test_a_preview_has_the_texts_of_its_language(
    editor: Client, language: str, headline: str
) -> None:
    response = preview(editor, headline_de="Hallo", preview_language=language)

    assert Markup(response.content.decode()).one("h1").text == headline
