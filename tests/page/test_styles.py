"""The tags load the style sheet of the elements once per page, in any template."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.template import Context, Template
from django.template.loader import get_template, render_to_string
from django.test import Client
from pytest_django import Settings

from landing.activity import recent
from landing.brand import files
from landing.page.assets import styles
from tests.page.test_templatetags import known
from tests.services.site import ROOT

SHEET = '<link rel="stylesheet" href="/static/live_user_counter/live-user-counter.css">'
PAGES = SHEET.replace("live-user-counter.css", "pages.css")
TAGS = ("live_user_counter", "live_activity_feed", "live_places")


@pytest.fixture(autouse=True)
def _no_activities(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recent, "recent_items", lambda limit: ())


def render(source: str, **context: Any) -> str:
    page: str = Template("{% load live_user_counter %}" + source).render(
        Context({"live": known(), **context})
    )
    return page


def links(page: str) -> list[str]:
    return re.findall(r'<link rel="stylesheet"[^>]*>', page)


@pytest.mark.parametrize("tag", TAGS)
def test_each_tag_loads_the_styles_before_its_element(tag: str) -> None:
    page = render("{% " + tag + " %}")

    assert links(page) == [SHEET]
    assert page.index(SHEET) < page.index("<live-")


def test_a_page_loads_the_styles_once() -> None:
    assert links(render("".join("{% " + tag + " %}" for tag in TAGS * 2))) == [SHEET]


def test_the_head_loads_them_for_all_tags() -> None:
    page = render("<head>{% live_counter_head %}</head><body>{% live_user_counter %}</body>")

    assert links(page) == [SHEET]
    assert page.index(SHEET) < page.index("</head>")


def test_an_included_template_with_a_context_of_its_own_does_not_load_them_again() -> None:
    included = Template("{% load live_user_counter %}{% live_user_counter %}")
    page = render("{% live_counter_head %}{% include part with live=live only %}", part=included)

    assert links(page) == [SHEET]


def test_the_links_have_the_nonce_of_the_page() -> None:
    page = render("{% live_counter_head %}", csp_nonce='a"b')

    assert links(page) == [SHEET.replace(">", ' nonce="a&quot;b">')]


def test_another_brand_color_is_the_accent_of_the_elements(settings: Settings) -> None:
    settings.LANDING_BRAND_COLOR = "#c2185b"

    sheet, accent = links(render("{% live_user_counter %}"))

    assert sheet == SHEET
    assert accent.endswith('/accent.css">')
    content = files.build("#c2185b")[files.ACCENT].content.decode()
    assert content.startswith("live-user-counter,live-activity-feed,live-places,.luc-page{")
    assert set(re.findall(r"--[\w-]+", content)) == {"--luc-chroma", "--luc-hue", "--luc-brand"}


@pytest.mark.parametrize("name", [styles.ELEMENTS, styles.PAGES])
def test_a_sheet_has_only_names_of_the_package(name: str) -> None:
    """A host has its own names, and its own root, body, and classes."""
    sheet = re.sub(r"/\*.*?\*/", "", (ROOT / "static" / name).read_text(), flags=re.DOTALL)

    assert {
        each for each in re.findall(r"--[a-z][\w-]*", sheet) if not each.startswith("--luc")
    } == set()
    classes = re.findall(r"\.[a-z][\w-]*", sheet)
    assert {each for each in classes if not re.match(r"\.luc\b", each)} == set()
    frames = re.findall(r"@keyframes ([\w-]+)", sheet)
    assert {each for each in frames if not each.startswith("luc-")} == set()
    # Custom properties of a list of selectors, and states of the root, are not rules for the root.
    selectors = re.findall(r"(?:^|\})\s*([^{}@]+?)\s*\{", sheet)
    assert not [
        each for each in selectors if re.search(r"(^|,)\s*(\*|html|body|:root)\s*(,|$)", each)
    ]
    assert "color-scheme" not in sheet


class TestPagesOfTheApp:
    """The page about privacy and the form of a shared dashboard, in any base template."""

    @pytest.fixture
    def base(self, settings: Settings, request: pytest.FixtureRequest) -> str:
        source: str = request.param
        templates = [{**settings.TEMPLATES[0], "APP_DIRS": False}]
        loader = "django.template.loaders.locmem.Loader"
        templates[0]["OPTIONS"] = {
            **templates[0]["OPTIONS"],
            "loaders": [
                (loader, {"base.html": source}),
                "django.template.loaders.filesystem.Loader",
                "django.template.loaders.app_directories.Loader",
            ],
        }
        settings.TEMPLATES = templates
        return source

    @pytest.mark.parametrize("base", ["<p>Not for others</p>"], indirect=True)
    @pytest.mark.parametrize("name", ["privacy", "shared_link"])
    def test_the_own_base_template_is_complete_beside_a_foreign_one(
        self, base: str, name: str, settings: Settings
    ) -> None:
        page = render_to_string(f"live_user_counter/{name}.html", {"base_template": ""})

        assert "Not for others" not in page
        assert page.startswith("<!doctype html>")
        assert links(page) == [PAGES]
        assert '<section class="luc-page"' in page
        assert "</html>" in page

    @pytest.mark.parametrize(
        "base",
        [
            "<title>{% block title %}{% endblock %}</title>{% block content %}{% endblock %}",
            "<head>{% block head %}{% endblock %}</head>{% block content %}{% endblock %}",
        ],
        indirect=True,
    )
    @pytest.mark.django_db
    def test_the_base_template_of_a_project_needs_only_the_content(
        self, base: str, settings: Settings, client: Client
    ) -> None:
        settings.LANDING_BASE_TEMPLATE = "base.html"

        page = client.get("/privacy/").content.decode()

        assert links(page) == [PAGES]
        assert "What we store" in page
        assert page.index(PAGES) < page.index('class="luc-page"')

    def test_the_site_has_its_own_design(self) -> None:
        assert get_template("landing/app_page.html")
