from __future__ import annotations

from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import translation

from landing.content.values import SECTIONS, Content, is_link
from landing.models import Page


@pytest.mark.parametrize(
    "link",
    [
        "/",
        "/pricing?plan=team#yearly",
        "#how",
        "?page=2",
        "https://example.org/",
        "http://example.org",
        "mailto:me@example.org?subject=Hello",
    ],
)
def test_a_link_leads_to_this_site_or_names_its_host(link: str) -> None:
    assert is_link(link)


@pytest.mark.parametrize(
    "link",
    [
        "",
        "javascript:alert(1)",
        "JavaScript:alert(1)",
        " javascript:alert(1)",
        "java\nscript:alert(1)",
        "data:text/html,hello",
        "vbscript:x",
        "//example.org/",
        "/\\example.org",
        "\\\\example.org",
        "https:///example.org",
        "https://",
        "pricing",
        "/a b",
        "/a\n",
        "mailto:me",
        "ftp://example.org/",
    ],
)
def test_another_address_is_not_a_link(link: str) -> None:
    assert not is_link(link)


def test_an_empty_row_means_the_settings() -> None:
    assert Content.from_page(Page()) == Content()


@pytest.mark.parametrize(
    ("stored", "shown"),
    [
        (None, SECTIONS),
        ([], ()),
        (["how", "about"], ("how", "about")),
        (["how", "news", "how", ["about"], None], ("how",)),
        ("how", SECTIONS),
        ({"how": 1}, SECTIONS),
    ],
)
def test_unknown_sections_are_left_out(stored: Any, shown: tuple[str, ...]) -> None:
    assert Content.from_page(Page(sections=stored)).sections == shown


@pytest.mark.parametrize(
    ("stored", "shown"),
    [
        ({"en": "Hello", "de": ""}, {"en": "Hello"}),
        ({"en": ["Hello"]}, {}),
        (["Hello"], {}),
        (None, {}),
    ],
)
def test_lines_that_are_not_texts_are_left_out(stored: Any, shown: dict[str, str]) -> None:
    assert Content.from_page(Page(subtexts=stored)).subtexts == shown


def test_a_button_has_one_text_per_language_or_the_general_one() -> None:
    page = Page(call_text="Buy", call_texts={"de": "Kaufen"}, call_link="/")
    for language, text in {"en": "Buy", "de": "Kaufen", "de-at": "Kaufen", "es": "Buy"}.items():
        with translation.override(language):
            assert Content.from_page(page).button == text
    page.call_text = ""
    with translation.override("de"):
        assert Content.from_page(page).button == "", "other languages would have the usual button"


def test_a_button_with_a_dangerous_link_is_left_out() -> None:
    content = Content.from_page(Page(call_text="Buy", call_link="javascript:alert(1)"))

    assert (content.call_text, content.call_link) == ("", "")


@pytest.mark.django_db
@pytest.mark.each_database
def test_there_is_one_page() -> None:
    Page.objects.create(headline="One")
    for key in (1, 2):
        with pytest.raises(IntegrityError), transaction.atomic():
            Page.objects.create(pk=key, headline="Two")
    assert Page.objects.get().headline == "One"
