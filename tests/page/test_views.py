from __future__ import annotations

import re
import struct
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.template import Context, Engine
from django.template.backends.django import get_installed_libraries
from django.test import AsyncClient
from pytest_django import DjangoAssertNumQueries, Settings

from landing.analytics import recording
from landing.live.current_snapshot import Source, SourcedSnapshot
from landing.live.presence.contract import Snapshot
from landing.models import Analytics
from tests.live.fake_worker import FakeWorker
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


class Screen(FakeWorker):
    """A worker that shows 17 people and an empty feed."""

    def snapshot(self) -> SourcedSnapshot:
        return SourcedSnapshot(NUMBERS, Source.LIVE)


@pytest.fixture
def get(async_client: AsyncClient) -> Get:
    return async_to_sync(async_client.get)


@pytest.fixture
def seventeen_people() -> Iterator[None]:
    with Screen().installed():
        yield


def page_of(get: Get, path: str = "/") -> Page:
    return Page(get(path).content.decode())


@pytest.mark.django_db
@pytest.mark.usefixtures("seventeen_people")
def test_the_page_renders_the_real_numbers(get: Get) -> None:
    page = page_of(get)

    assert page.part("figure").text == "17"
    assert page.part("label").text == "Active Users Right Now"
    assert page.part("more").text == "31 in the last 15 minutes"
    assert page.part("subtext").text == "Join thousands of influencers and companies"


@pytest.mark.django_db
def test_an_unknown_number_is_a_dash_and_never_zero(
    get: Get,
) -> None:
    page = page_of(get)

    assert page.part("figure").text == "–"
    assert page.part("status").text == ""


@pytest.mark.django_db
def test_only_the_browser_may_cache_the_page(
    get: Get,
) -> None:
    for visit in ("first", "second"):
        response = get("/")
        directives = {each.strip() for each in response["Cache-Control"].split(",")}
        assert directives == {"private", "no-cache"}, f"{visit} visit"


@pytest.mark.django_db
@pytest.mark.usefixtures("seventeen_people")
def test_the_page_makes_no_query(
    get: Get, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(0):
        get("/", headers={"User-Agent": BROWSER})

    recording.writer.flush()
    assert Analytics.objects.count() == 1


@pytest.mark.django_db
def test_the_page_allows_get_and_head_only(async_client: AsyncClient) -> None:
    assert async_to_sync(async_client.post)("/").status_code == 405
    assert async_to_sync(async_client.head)("/").status_code == 200


@pytest.mark.django_db
def test_the_page_has_metadata(get: Get) -> None:
    page = page_of(get)
    metadata = {
        each.attributes.get("name") or each.attributes.get("property"): each.attributes
        for each in page.all("meta")
    }

    assert page.one("html").attributes["lang"] == "en"
    assert page.one("title").text
    for name in ("description", "og:type", "og:title", "og:description", "og:image:alt"):
        assert metadata[name]["content"], name
    assert (
        metadata["og:image"]["content"] == "http://testserver/static/live_user_counter/social.png"
    )
    assert metadata["og:url"]["content"] == "http://testserver/"
    assert "width=device-width" in metadata["viewport"]["content"]


@pytest.mark.django_db
def test_the_page_has_landmarks_and_a_skip_link(
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
def test_the_page_has_no_inline_code_and_loads_nothing_from_other_hosts(get: Get) -> None:
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
def test_the_query_string_is_escaped(get: Get) -> None:
    page = page_of(get, '/?"><script>alert(1)</script>')

    assert all("alert" not in script.text for script in page.all("script"))


@pytest.mark.django_db
def test_the_page_has_the_brand_of_the_settings(get: Get, settings: Settings) -> None:
    settings.LANDING_BRAND_NAME = "Tom & Ana"
    settings.LANDING_BRAND_COLOR = "#c2185b"
    settings.LANDING_BRAND_LOGO = "/media/logo.svg"
    settings.LANDING_BRAND_STYLESHEET = "/media/own.css"
    settings.LANDING_HEADLINE = 'Who is "here"?'
    settings.LANDING_LEAD = "Come in."
    page = page_of(get)
    metadata = {
        each.attributes.get("name") or each.attributes.get("property"): each.attributes["content"]
        for each in page.all("meta")
        if "content" in each.attributes
    }

    assert page.one("title").text == page.one("h1").text == 'Who is "here"?'
    assert metadata["og:title"] == 'Who is "here"?'
    assert metadata["og:site_name"] == "Tom & Ana"
    assert metadata["theme-color"] == "#c2185b"
    assert page.one("img").attributes["alt"] == "Tom & Ana"
    assert "Come in." in [each.text for each in page.all("p")]
    sheets = [
        each.attributes["href"]
        for each in page.all("link")
        if each.attributes["rel"] == "stylesheet"
    ]
    assert sheets[-2].endswith("/brand.css")
    assert sheets[-1] == "/media/own.css"


@pytest.mark.django_db
def test_an_icon_of_the_site_is_the_mark_beside_the_name(get: Get, settings: Settings) -> None:
    settings.LANDING_BRAND_ICON = "/media/icon.png"
    page = page_of(get)

    assert page.one("img").attributes["src"] == "/media/icon.png"
    assert "Here, now" in [each.text for each in page.all("a")]
    icons = [
        each.attributes["href"] for each in page.all("link") if "icon" in each.attributes["rel"]
    ]
    assert icons == ["/media/icon.png", "/media/icon.png"]


def test_the_social_image_has_the_recommended_size() -> None:
    head = (ROOT / "static/live_user_counter/social.png").read_bytes()[:24]

    assert struct.unpack(">8x8xII", head) == (1200, 630)


@pytest.mark.django_db
def test_a_site_can_override_single_blocks(settings: Settings) -> None:
    page = render_own(
        settings,
        "{% extends 'landing/home.html' %}{% block headline %}Hello{% endblock %}"
        "{% block call %}<a href='/join/'>Join</a>{% endblock %}{% block how %}{% endblock %}",
    )

    assert page.one("h1").text == "Hello"
    assert page.part("figure").text
    assert "/join/" in [each.attributes["href"] for each in page.all("a")]
    assert "how" not in [each.attributes.get("id") for each in page.elements]


@pytest.mark.django_db
@pytest.mark.parametrize(
    "base",
    [
        *("live_user_counter/privacy", "live_user_counter/shared_link"),
        *("landing/error_page", "base", "404", "403_csrf"),
    ],
)
def test_an_own_view_may_extend_each_page(settings: Settings, base: str) -> None:
    page = render_own(
        settings, f"{{% extends '{base}.html' %}}{{% block title %}}Own{{% endblock %}}"
    )

    assert "Own" in page.one("title").text


def render_own(settings: Settings, template: str) -> Page:
    """Render a template of the site itself, without the context of any view."""
    loaders = [("django.template.loaders.locmem.Loader", {"own.html": template}), *DEFAULT_LOADERS]
    engine = Engine(
        dirs=settings.TEMPLATES[0]["DIRS"],
        loaders=loaders,
        libraries=get_installed_libraries(),
        builtins=Engine.default_builtins,
    )
    return Page(engine.get_template("own.html").render(Context()))
