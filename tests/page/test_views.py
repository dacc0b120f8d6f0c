from __future__ import annotations

import re
import struct
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any, cast

import pytest
from asgiref.sync import async_to_sync
from django.template import Context, Engine
from django.template.backends.django import get_installed_libraries
from django.template.loader import render_to_string
from django.test import AsyncClient, RequestFactory
from django.utils import translation
from django.views.csrf import csrf_failure
from django.views.defaults import server_error
from pytest_django import DjangoAssertNumQueries, Settings

from landing.analytics import recording
from landing.live import worker
from landing.live.feed import Feed
from landing.live.frames import Source, SourcedSnapshot
from landing.live.presence.contract import Snapshot
from landing.live.worker import Worker
from landing.models import Analytics
from tests.live.presence.simulation import aggregates
from tests.page.markup import Page
from tests.services.site import ROOT

BROWSER = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/140.0.0.0 Safari/537.36"
DEFAULT_LOADERS = (
    "django.template.loaders.filesystem.Loader",
    "django.template.loaders.app_directories.Loader",
)
NUMBERS = Snapshot(
    signed_in=4,
    anonymous=13,
    connections=23,
    version=7,
    as_of_ms=1_769_860_800_123,
    aggregates=aggregates(31),
)


Get = Callable[..., Any]


class Screen:
    """A worker that shows seventeen people, and a feed where nothing has happened."""

    broadcaster = SimpleNamespace(feed=Feed())

    def shown(self) -> SourcedSnapshot:
        return SourcedSnapshot(NUMBERS, Source.LIVE)


@pytest.fixture
def get(async_client: AsyncClient) -> Get:
    return async_to_sync(async_client.get)


@pytest.fixture
def seventeen_people() -> Iterator[None]:
    before = worker.current()
    worker.set_current(cast("Worker", Screen()))
    yield
    worker.set_current(before)


def page_of(get: Get, path: str = "/") -> Page:
    return Page(get(path).content.decode())


@pytest.mark.django_db
@pytest.mark.usefixtures("seventeen_people")
def test_the_page_has_the_real_numbers_inside(get: Get) -> None:
    page = page_of(get)

    assert page.part("figure").text == "17"
    assert page.part("label").text == "Active Users Right Now"
    assert page.part("more").text == "31 active in the last 15 minutes"
    assert page.part("subtext").text == "Join thousands of influencers and companies"


@pytest.mark.django_db
def test_without_a_number_the_page_shows_a_dash_and_never_zero(
    get: Get,
) -> None:
    page = page_of(get)

    assert page.part("figure").text == "–"
    assert page.part("status").text == ""


@pytest.mark.django_db
def test_the_page_is_kept_by_no_shared_cache_and_may_be_gone_back_to(
    get: Get,
) -> None:
    for visit in ("first", "second"):
        response = get("/")
        directives = {each.strip() for each in response["Cache-Control"].split(",")}
        assert directives == {"private", "no-cache"}, f"{visit} visit"


@pytest.mark.django_db
@pytest.mark.usefixtures("seventeen_people")
def test_a_page_makes_no_query_and_waits_for_none(
    get: Get, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(0):
        get("/", headers={"User-Agent": BROWSER})

    recording.writer.flush()
    assert Analytics.objects.count() == 1


@pytest.mark.django_db
def test_only_reading_is_allowed(async_client: AsyncClient) -> None:
    assert async_to_sync(async_client.post)("/").status_code == 405
    assert async_to_sync(async_client.head)("/").status_code == 200


@pytest.mark.django_db
def test_the_page_says_what_it_is(get: Get) -> None:
    page = page_of(get)
    said = {
        each.attributes.get("name") or each.attributes.get("property"): each.attributes
        for each in page.all("meta")
    }

    assert page.one("html").attributes["lang"] == "en"
    assert page.one("title").text
    for name in ("description", "og:type", "og:title", "og:description", "og:image:alt"):
        assert said[name]["content"], name
    assert said["og:image"]["content"] == "http://testserver/static/landing/social.png"
    assert said["og:url"]["content"] == "http://testserver/"
    assert "width=device-width" in said["viewport"]["content"]


@pytest.mark.django_db
def test_the_page_has_landmarks_and_a_way_past_the_header(
    get: Get,
) -> None:
    page = page_of(get)
    anchors = [each.attributes["href"] for each in page.all("a")]
    names = {each.attributes["id"] for each in page.elements if "id" in each.attributes}

    assert anchors[0] == f"#{page.one('main').attributes['id']}"
    assert page.one("h1").text
    for landmark in ("header", "nav", "footer"):
        assert page.one(landmark)
    assert {each.removeprefix("#") for each in anchors if each.startswith("#")} <= names


@pytest.mark.django_db
def test_nothing_on_the_page_is_inline_or_from_elsewhere(get: Get) -> None:
    page = page_of(get)

    assert not list(page.all("style"))
    for element in page.elements:
        assert "style" not in element.attributes
        assert not [name for name in element.attributes if name.startswith("on")]
        for address in (element.attributes.get("href", ""), element.attributes.get("src", "")):
            assert not re.match(r"(\w+:)?//|data:|javascript:", address), address
    for script in page.all("script"):
        assert script.attributes["src"]
        assert script.text == ""


@pytest.mark.django_db
def test_what_the_address_says_reaches_the_page_as_text(get: Get) -> None:
    page = page_of(get, '/?"><script>alert(1)</script>')

    assert all("alert" not in script.text for script in page.all("script"))


def test_the_picture_beside_a_link_has_the_size_that_others_show() -> None:
    head = (ROOT / "static/landing/social.png").read_bytes()[:24]

    assert struct.unpack(">8x8xII", head) == (1200, 630)


@pytest.mark.django_db
def test_a_site_changes_the_page_block_by_block(settings: Settings) -> None:
    own = {
        "own.html": "{% extends 'landing/home.html' %}{% block headline %}Hello{% endblock %}"
        "{% block call %}<a href='/join/'>Join</a>{% endblock %}{% block how %}{% endblock %}"
    }
    loaders = [("django.template.loaders.locmem.Loader", own), *DEFAULT_LOADERS]
    engine = Engine(
        dirs=settings.TEMPLATES[0]["DIRS"],
        loaders=loaders,
        libraries=get_installed_libraries(),
        builtins=Engine.default_builtins,
    )
    page = Page(engine.get_template("own.html").render(Context()))

    assert page.one("h1").text == "Hello"
    assert page.part("figure").text
    assert "/join/" in [each.attributes["href"] for each in page.all("a")]
    assert "how" not in [each.attributes.get("id") for each in page.elements]


def channels(colour: str) -> list[float]:
    """Red, green, blue from 0 to 1, and alpha."""
    digits = colour.removeprefix("#")
    if len(digits) <= 4:
        digits = "".join(each * 2 for each in digits)
    return [int(digits[at : at + 2], 16) / 255 for at in range(0, 8, 2) if at < len(digits)]


def over(colour: str, ground: list[float]) -> list[float]:
    red, green, blue, *alpha = channels(colour)
    share = alpha[0] if alpha else 1
    mixed = zip((red, green, blue), ground, strict=True)
    return [share * above + (1 - share) * below for above, below in mixed]


def luminance(colour: list[float]) -> float:
    red, green, blue = (
        each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in colour
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
def test_what_stands_on_rings_can_be_read(theme: int) -> None:
    """axe-core gives no verdict where the ground is a gradient."""
    tokens = (ROOT / "static/landing/css/tokens.css").read_text()
    page = (ROOT / "static/landing/css/page.css").read_text()
    board = dict(re.findall(r"--(\w+): (#\w+);", tokens.partition(".board {")[2]))
    ground = channels(re.findall(r"--board: (#\w+);", tokens)[theme])
    # Where all rings lie over each other the ground is lightest.
    for _ in range(page.count("var(--ring)")):
        ground = over(*re.findall(r"--ring: (#\w+);", page), ground)
    for name in ("ink", "soft", "live", "warn"):
        text = luminance(channels(board[name]))
        for below in (ground, over(board["card"], ground)):
            assert (text + 0.05) / (luminance(below) + 0.05) >= 4.5, name


@pytest.mark.parametrize("name", ["400", "403", "403_csrf", "404", "500"])
def test_an_error_page_needs_nothing_to_be_rendered(name: str) -> None:
    page = Page(render_to_string(f"{name}.html"))

    assert page.one("h1").text
    assert page.one("html").attributes["lang"] == "en"
    assert not list(page.all("script"))


def test_a_page_that_broke_asks_no_database_and_still_speaks_the_language() -> None:
    with translation.override("de"):
        response = server_error(RequestFactory().get("/"))

    assert response.status_code == 500
    page = Page(response.content.decode())
    assert page.one("h1").text == "Etwas ist schiefgelaufen"
    assert not list(page.all("form"))


def test_a_forged_form_gets_the_page_for_forms_that_expired() -> None:
    response = csrf_failure(RequestFactory().post("/"))

    assert response.status_code == 403
    assert Page(response.content.decode()).one("h1").text == "This form has expired"


@pytest.mark.django_db
def test_an_address_that_is_nowhere_gets_the_error_page(get: Get) -> None:
    response = get("/nowhere/")

    assert response.status_code == 404
    assert Page(response.content.decode()).one("h1").text == "Page not found"
