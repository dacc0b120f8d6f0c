"""The people by place on a page: ``metric="here"``, names of places, and ``{% live_places %}``."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote

import pytest
from django.http import HttpRequest
from django.template import Context, Template, TemplateSyntaxError
from django.utils import translation
from pytest_django import Settings

from landing.activity import recent
from landing.live.current_snapshot import Source
from landing.live.places.counts import PlaceCounts
from landing.live.presence.contract import PlaceCount, Places, Snapshot
from landing.places import tokens
from tests.live.fake_worker import FakePlaces, FakeWorker
from tests.page.markup import Page
from tests.page.test_templatetags import known, served, simulated

TOP = {"/": 40, "/pricing": 12, "article:42": 8, "/blog/été": 2, "/blog/b": 1}


class KnownPlaces(FakePlaces):
    """The places of a test, which an async view knows, too."""

    def latest(self) -> PlaceCounts | None:
        return self.get()


@pytest.fixture(autouse=True)
def fake(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeWorker]:
    monkeypatch.setattr(recent, "recent_items", lambda limit: ())
    with FakeWorker().installed() as fake:
        show(fake, TOP)
        yield fake


def show(fake: FakeWorker, people_by_place: dict[str, int], elsewhere: int = 6) -> None:
    people = elsewhere + sum(people_by_place.values())
    snapshot = Snapshot(0, people, people, version=7, as_of_ms=1_769_860_800_123, epoch="e1")
    top = tuple(PlaceCount(place, number) for place, number in people_by_place.items())
    fake.places = KnownPlaces(Places(snapshot, elsewhere, top))


def render(tags: str, path: str | None = "/pricing/", **context: Any) -> Page:
    request: HttpRequest | None = served(path) if path else None
    template = Template("{% load live_user_counter %}{% " + tags + " %}")
    return Page(template.render(Context({"live": known(), "request": request, **context})))


def place_count(page: Page) -> Any:
    return json.loads(page.one("live-user-counter").attributes["place-count"])


def test_the_counter_of_a_page_shows_the_people_on_it() -> None:
    page = render('live_user_counter metric="here"')

    counter = page.one("live-user-counter").attributes
    assert counter["metric"] == "here" and "below" not in counter
    assert page.part("figure").text == "12"
    assert page.part("label").text == "People on this page"
    assert page.part("more").text == "17 on the whole site"
    assert place_count(page) == {
        "place": "/pricing",
        "people": 12,
        "source": "live",
        "epoch": "e1",
        "version": 7,
        "timestamp": "2026-01-31T12:00:00.123Z",
    }


@pytest.mark.parametrize("path", ["/blog/été/", "/blog/b/", "/nobody/"])
def test_a_small_number_is_words(path: str) -> None:
    page = render('live_user_counter metric="here"', path)

    assert "below" in page.one("live-user-counter").attributes
    assert page.part("words").text == "A few people are here"
    assert page.part("figure").text == "–"
    assert place_count(page)["people"] is None


@pytest.mark.parametrize("path", ["/account/", None])
def test_a_page_elsewhere_has_words(path: str | None) -> None:
    page = render('live_user_counter metric="here"', path)

    assert "below" in page.one("live-user-counter").attributes
    assert (place_count(page)["place"], place_count(page)["people"]) == ("", None)


def test_an_unknown_number_is_a_dash(fake: FakeWorker) -> None:
    fake.places = FakePlaces()
    page = render('live_user_counter metric="here"')

    attributes = page.one("live-user-counter").attributes
    assert page.part("figure").text == "–"
    assert "below" not in attributes and "place-count" not in attributes


def test_demo_data_has_no_number_of_a_page(fake: FakeWorker) -> None:
    fake.places = FakePlaces()
    page = render('live_user_counter metric="here"', live=simulated())

    assert page.part("figure").text == page.part("second").text == "–"
    assert "state" not in page.one("live-user-counter").attributes


def test_the_words_of_the_script_are_those_of_the_page() -> None:
    with translation.override("de"):
        page = render('live_user_counter metric="here"')

    words = json.loads(page.one("live-user-counter").attributes["words"])
    assert words["words"] == "Ein paar Leute sind hier"
    assert words["on_page"]["one"] == "Person auf dieser Seite"
    assert words["here"] == "auf dieser Seite"


def test_with_a_minimum_of_one_every_number_is_shown(settings: Settings) -> None:
    settings.LANDING_MIN_PLACE_PEOPLE = 1

    assert render('live_user_counter metric="here"', "/blog/b/").part("figure").text == "1"
    empty = render('live_user_counter metric="here"', "/nobody/")
    assert (empty.part("figure").text, place_count(empty)["people"]) == ("0", 0)


def test_a_developer_may_name_the_place_of_a_page() -> None:
    page = render('live_user_counter metric="here" place="article:42"')

    counter = page.one("live-user-counter").attributes
    assert counter["place"] == "article:42"
    assert tokens.verify(unquote(counter["data-luc-place"])) == "article:42"
    assert (page.part("figure").text, place_count(page)["place"]) == ("8", "article:42")


def test_a_name_replaces_the_path_for_later_elements_of_the_page() -> None:
    page = render(
        "live_activity_feed %}{% live_user_counter place=name %}{% live_places %}"
        '{% live_user_counter metric="here"',
        name="article:42",
    )

    named, unnamed = page.all("live-user-counter")
    assert page.one("live-activity-feed").attributes["data-luc-place"].startswith("/pricing:")
    assert named.attributes["data-luc-place"].startswith("article:42:")
    assert "data-luc-place" not in page.one("live-places").attributes
    assert "data-luc-place" not in unnamed.attributes
    assert json.loads(unnamed.attributes["place-count"])["place"] == "article:42"


@pytest.mark.parametrize("name", ["", " ", "/account/orders", "a\nb", "\ud800"])
def test_a_name_that_is_elsewhere_hides_the_page(name: str) -> None:
    page = render("live_user_counter place=name %}{% live_activity_feed", name=name)

    assert "data-luc-place" not in page.one("live-user-counter").attributes
    assert "data-luc-place" not in page.one("live-activity-feed").attributes


@pytest.mark.parametrize(
    ("prefixes", "most", "expected"), [((), 9, 0), (("/app",), 0, 0), (("/app",), 9, 1)]
)
def test_the_first_element_permits_unsigned_places_if_the_site_does(
    settings: Settings, prefixes: tuple[str, ...], most: int, expected: int
) -> None:
    settings.LANDING_UNSIGNED_PLACES, settings.LANDING_MAX_PLACES = prefixes, most
    page = render("live_activity_feed %}{% live_user_counter %}{% live_places")

    assert sum("unsigned-places" in element.attributes for element in page.elements) == expected


@pytest.mark.parametrize("name", [None, 42, True])
def test_a_name_must_be_a_text(name: Any) -> None:
    with pytest.raises(TemplateSyntaxError, match="live_user_counter: place must be "):
        render("live_user_counter place=name", name=name)


def test_a_name_is_escaped() -> None:
    name = '<b>"it\'s" & more'
    page = render('live_user_counter metric="here" place=name', name=name)

    assert page.one("live-user-counter").attributes["place"] == name
    assert place_count(page)["place"] == name
    assert not list(page.all("b"))


def list_of(page: Page) -> list[str]:
    return [item.text for item in page.all("li")]


def test_the_list_has_the_pages_with_the_most_people() -> None:
    page = render("live_places")

    assert list_of(page) == [
        "/ 40 people",
        "/pricing 12 people",
        "article:42 8 people",
        "/blog/b a few people",
        "/blog/été a few people",
    ]
    assert page.one("ol").attributes["role"] == "list"
    links = [link.attributes["href"] for link in page.all("a")]
    assert links == ["/", "/pricing", "/blog/b", "/blog/%C3%A9t%C3%A9"]
    assert "hidden" in page.part("note").attributes
    assert (
        page.one("script")
        .attributes["src"]
        .endswith("live_user_counter/js/elements/live-places.js")
    )


def test_the_list_has_its_frame_for_the_script() -> None:
    attributes = render("live_places limit=2").one("live-places").attributes

    assert attributes["limit"] == "2"
    assert json.loads(attributes["places"]) == {
        "people": 69,
        "elsewhere": 17,
        "places": [{"place": "/", "people": 40}, {"place": "/pricing", "people": 12}],
        "source": "live",
        "epoch": "e1",
        "version": 7,
        "timestamp": "2026-01-31T12:00:00.123Z",
    }
    assert set(json.loads(attributes["words"])) == {"people", "few", "none", "off"}


def test_the_list_has_the_signed_place_of_its_page() -> None:
    assert (
        render("live_places")
        .one("live-places")
        .attributes["data-luc-place"]
        .startswith("/pricing:")
    )


@pytest.mark.parametrize("is_known", [True, False])
def test_an_empty_list_has_a_note(fake: FakeWorker, is_known: bool) -> None:
    show(fake, {})
    if not is_known:
        fake.places = FakePlaces()
    page = render("live_places")

    assert list_of(page) == []
    assert "hidden" not in page.part("note").attributes and page.part("note").text
    content = json.loads(page.one("live-places").attributes["places"])
    assert content["people"] == (6 if is_known else None)
    assert content["source"] == (Source.LIVE if is_known else Source.UNKNOWN)


def test_no_place_of_the_list_leads_to_another_site(fake: FakeWorker) -> None:
    show(fake, {"/\\evil.example": 9, "/a b?c": 9, "javascript:alert(1)": 9, "<u>": 9})
    page = render("live_places")

    links = [link.attributes["href"] for link in page.all("a")]
    assert links == ["/%5Cevil.example", "/a%20b%3Fc"]
    assert not list(page.all("u"))


@pytest.mark.parametrize("limit", [0, 21, '"5"', "None"])
def test_a_list_has_one_to_twenty_rows(limit: object) -> None:
    with pytest.raises(TemplateSyntaxError, match="live_places: limit must be "):
        render(f"live_places limit={limit}")


async def test_an_async_view_renders_the_last_numbers_without_waiting() -> None:
    assert render('live_user_counter metric="here"').part("figure").text == "12"
    assert len(list_of(render("live_places"))) == 5


def test_the_api_and_the_page_have_the_same_numbers(fake: FakeWorker, client: Any) -> None:
    content = client.get("/api/landing/places/").json()
    page = json.loads(render("live_places limit=20").one("live-places").attributes["places"])

    assert (page["places"], page["elsewhere"]) == (content["places"], content["elsewhere"])
