"""The page with the content that its owner set in the admin."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from asgiref.sync import async_to_sync
from django.db import OperationalError
from django.template.loader import render_to_string
from django.test import AsyncClient
from django.utils import translation
from pytest_django import Settings

from landing import stats
from landing.brand.current import current as brand_now
from landing.content import current
from landing.content.current import ContentCopy
from landing.content.values import SECTIONS, Content
from landing.page import texts
from tests.page.markup import Page
from tests.page.test_rendering import Override, override
from tests.page.test_views import seventeen_people

__all__ = ["override", "seventeen_people"]

#: The ids of the headings of the sections.
IDS = {"about": "about", "how": "how", "action": "yours"}

Show = Callable[[Content], Page]


@pytest.fixture
def show(
    monkeypatch: pytest.MonkeyPatch, async_client: AsyncClient, seventeen_people: None
) -> Show:
    """``show(content)`` returns the page of a site whose owner set this content."""

    def get(content: Content) -> Page:
        copy = ContentCopy(lambda: content)
        copy.refresh()
        monkeypatch.setattr(current, "copy", copy)
        response = async_to_sync(async_client.get)("/")
        assert response.status_code == 200
        return Page(response.content.decode())

    return get


def headings(page: Page) -> list[str]:
    ids = [each.attributes.get("id", "") for each in page.all("h2")]
    return [id for id in ids if id in IDS.values()]


def links(page: Page) -> list[str]:
    return [each.attributes["href"] for each in page.all("a")]


@pytest.mark.parametrize("sections", [SECTIONS, ("action", "about"), ("how",), ()])
def test_sections_are_shown_in_their_order(show: Show, sections: tuple[str, ...]) -> None:
    page = show(Content(sections=sections))

    assert headings(page) == [IDS[name] for name in sections if name in IDS]
    assert page.one("h1").text == "How many of us are here?", "never hidden"
    assert page.part("figure").text == "17", "never hidden"
    for name, id in IDS.items():
        if name not in sections:
            assert f"#{id}" not in links(page), "a link to a section that is not there"


def test_the_block_of_own_sections_has_its_place(show: Show, override: Override) -> None:
    own = '<h2 id="about">Own</h2>{% endblock %}'
    override("landing/home.html", '{% extends "landing/home.html" %}{% block sections %}' + own)

    assert headings(show(Content(sections=("own", "how")))) == ["about", "how"]
    assert headings(show(Content(sections=("how",)))) == ["how"]


def test_the_feed_may_be_hidden(show: Show) -> None:
    assert list(show(Content()).all("live-activity-feed"))
    assert not list(show(Content(has_feed=False)).all("live-activity-feed"))


def test_the_button_is_the_owners(show: Show) -> None:
    page = show(Content(call_text="See prices", call_link="/pricing", sections=()))

    (button,) = (each for each in page.all("a") if each.attributes.get("class") == "button")
    assert (button.text, button.attributes["href"]) == ("See prices", "/pricing")


def test_texts_of_the_owner_have_the_direction_of_their_language(show: Show) -> None:
    content = Content(call_text="Buy!", call_link="/", sections=("how",), subtexts={"en": "Us!"})
    page = show(content)

    button = next(each for each in page.all("a") if each.text == "Buy!")
    (lead,) = (each for each in page.all("p") if each.attributes.get("class") == "landing lead")
    for element in (page.one("h1"), lead, page.part("subtext"), button):
        assert element.attributes["dir"] == "auto"


def test_texts_are_escaped(show: Show) -> None:
    evil = "<script>alert('\"&')</script>"
    page = show(
        Content(
            brand_name=evil,
            logo=f"/{evil}",
            headline=evil,
            lead=evil,
            call_text=evil,
            call_link=f"/{evil}",
            subtexts={"en": evil},
        )
    )

    assert page.one("h1").text == page.one("title").text == evil
    assert page.part("subtext").text == evil
    assert f"/{evil}" in links(page)
    (logo,) = page.all("img")
    assert (logo.attributes["src"], logo.attributes["alt"]) == (f"/{evil}", evil)
    card = {
        each.attributes.get("property"): each.attributes.get("content") for each in page.all("meta")
    }
    assert (card["og:site_name"], card["og:title"]) == (evil, evil)
    assert not [each for each in page.all("script") if each.text]


def test_the_minimum_is_the_owners_unless_the_template_has_one(
    show: Show, override: Override
) -> None:
    counter = "live-user-counter"
    assert "below" in show(Content(minimum=18)).one(counter).attributes
    assert "below" not in show(Content(minimum=0)).one(counter).attributes
    tag = "{% live_user_counter minimum=3 %}{% endblock %}"
    begin = '{% extends "landing/home.html" %}{% load live_user_counter %}{% block counter %}'
    override("landing/home.html", begin + tag)
    assert show(Content(minimum=18)).one(counter).attributes["minimum"] == "3"


@pytest.mark.parametrize(
    ("language", "line"),
    [("en", "By us"), ("de", "Von uns"), ("es", "By us"), ("de-at", "Von uns")],
)
def test_the_line_under_the_counter_has_one_text_per_language(language: str, line: str) -> None:
    content = Content(subtexts={"en": "By us", "de": "Von uns"})
    with translation.override(language), current.show_draft(content):
        assert texts.subtext() == line


@pytest.mark.usefixtures("seventeen_people")
@pytest.mark.parametrize("language", ["en", "de", "es", "de-at"])
def test_texts_have_one_version_per_language_or_the_general_one(language: str) -> None:
    content = Content(
        headline="Hello",
        headlines={"de": "Hallo"},
        lead="Come in",
        leads={"de": "Komm herein"},
        call_text="Buy",
        call_texts={"de": "Kaufen"},
        call_link="/",
    )
    with translation.override(language), current.show_draft(content):
        brand = brand_now()
        texts = (brand.headline, brand.lead, current.current().button)
        html = render_to_string("landing/home.html", {"live": stats.snapshot()})
    is_german = language.startswith("de")
    assert texts == (
        ("Hallo", "Komm herein", "Kaufen") if is_german else ("Hello", "Come in", "Buy")
    )
    page = Page(html)
    assert page.one("h1").text == page.one("title").text == texts[0]
    assert [each.text for each in page.all("a") if each.text == texts[2]]


def test_without_a_general_text_other_languages_have_that_of_the_setting() -> None:
    with current.show_draft(Content(headlines={"de": "Hallo"}, leads={"de": "Komm herein"})):
        assert brand_now().headline == "How many of us are here?"
        with translation.override("de"):
            assert (brand_now().headline, brand_now().lead) == ("Hallo", "Komm herein")
    with translation.override("de"), current.show_draft(Content(has_lead=False, leads={"de": "A"})):
        assert brand_now().lead == ""


def test_without_own_lines_the_setting_applies_unless_the_line_is_hidden(
    settings: Settings,
) -> None:
    settings.LANDING_COUNTER_SUBTEXT = {"en": "By setting"}
    with current.show_draft(Content()):
        assert texts.subtext() == "By setting"
    with current.show_draft(Content(subtexts={"en": "By us"}, has_subtext=False)):
        assert texts.subtext() == ""


@pytest.mark.parametrize("name", ["400", "403", "403_csrf", "404", "500"])
def test_an_error_page_has_the_owners_brand(name: str) -> None:
    with current.show_draft(Content(brand_name="Acme", brand_color="#c2185b")):
        html = render_to_string(f"{name}.html")

    assert "Acme" in html and "#c2185b" in html
    assert "Here, now" not in html


@pytest.mark.usefixtures("seventeen_people")
def test_while_the_database_is_down_the_page_shows_the_last_content(
    monkeypatch: pytest.MonkeyPatch, async_client: AsyncClient
) -> None:
    rows = [Content(headline="Hello")]

    def read() -> Content:
        if rows:
            return rows.pop()
        raise OperationalError("connection refused")

    copy = ContentCopy(read)
    monkeypatch.setattr(current, "copy", copy)
    for _ in range(2):
        copy.refresh()
        response = async_to_sync(async_client.get)("/")
        assert response.status_code == 200
        assert Page(response.content.decode()).one("h1").text == "Hello"
