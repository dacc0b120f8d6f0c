from __future__ import annotations

import dataclasses

import pytest
from django.utils import translation
from pytest_django import Settings

from landing.brand import files
from landing.brand.current import build_files, current
from landing.content.current import show_draft
from landing.content.values import Content


def test_the_default_brand_has_static_files_and_no_style_sheet() -> None:
    brand = current()

    assert (brand.name, brand.color) == ("Here, now", "#0b7a4c")
    assert brand.icon_url == "/static/live_user_counter/favicon.svg"
    assert brand.share_image_url == "/static/live_user_counter/social.png"
    assert brand.style_url == ""


def test_another_color_has_files_of_its_own(settings: Settings) -> None:
    settings.LANDING_BRAND_COLOR = "C21"
    brand = current()

    assert brand.color == "#cc2211"
    names = [
        url.rpartition("/")[2]
        for url in (brand.style_url, brand.icon_url, brand.touch_icon_url, brand.share_image_url)
    ]
    assert names == ["brand.css", "icon.svg", "touch-icon.png", "share.png"]


def test_own_pictures_win_over_drawn_ones(settings: Settings) -> None:
    settings.LANDING_BRAND_COLOR = "#c2185b"
    settings.LANDING_BRAND_ICON = "/media/icon.png"
    settings.LANDING_BRAND_SHARE_IMAGE = "live_user_counter/social.png"
    brand = current()

    assert brand.icon_url == brand.touch_icon_url == "/media/icon.png"
    assert brand.share_image_url == "/static/live_user_counter/social.png"


def test_default_texts_are_translated_and_own_ones_are_shown_as_they_are(
    settings: Settings,
) -> None:
    with translation.override("de"):
        assert current().headline == "Wie viele von uns sind hier?"
        settings.LANDING_HEADLINE = "Who is in the shop?"
        assert current().headline == "Who is in the shop?"


def test_a_brand_cannot_be_changed() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        current().name = "Another"  # type: ignore[misc]


def test_without_a_route_the_default_pictures_are_used(settings: Settings) -> None:
    settings.LANDING_BRAND_COLOR = "#c2185b"
    settings.ROOT_URLCONF = "landing.health.urls"

    assert current().icon_url == "/static/live_user_counter/favicon.svg"
    assert current().style_url == ""


def test_the_owners_choices_win_over_settings(settings: Settings) -> None:
    settings.LANDING_BRAND_NAME = settings.LANDING_HEADLINE = settings.LANDING_LEAD = "Setting"
    content = Content(
        brand_name="Acme", brand_color="C21", logo="/media/acme.svg", headline="Hello", lead="Yes"
    )
    with show_draft(content):
        brand = current()

    assert (brand.name, brand.headline, brand.lead) == ("Acme", "Hello", "Yes")
    assert (brand.color, brand.logo_url) == ("#cc2211", "/media/acme.svg")


def test_settings_are_the_defaults_of_empty_fields(settings: Settings) -> None:
    settings.LANDING_BRAND_LOGO = "/media/logo.svg"
    with show_draft(Content(brand_name="Acme")):
        brand = current()

    assert (brand.name, brand.headline) == ("Acme", "How many of us are here?")
    assert (brand.color, brand.logo_url) == ("#0b7a4c", "/media/logo.svg")


def test_an_upload_wins_over_an_address_and_a_draft_over_both(settings: Settings) -> None:
    settings.LANDING_BRAND_LOGO = "/media/setting.svg"
    upload = Content(logo="/media/owner.svg", logo_file="0123.svg")
    with show_draft(upload):
        assert current().logo_url == "/brand/logo/0123.svg"
    with show_draft(dataclasses.replace(upload, unsaved_logo="data:image/gif;base64,R0lG")):
        assert current().logo_url == "data:image/gif;base64,R0lG"


@pytest.mark.urls("landing.health.urls")
def test_a_project_without_the_route_shows_the_address_of_the_logo() -> None:
    with show_draft(Content(logo="/media/owner.svg", logo_file="0123.svg")):
        assert current().logo_url == "/media/owner.svg"


def test_a_lead_that_the_owner_hides_is_empty() -> None:
    with show_draft(Content(lead="Yes", has_lead=False)):
        assert current().lead == ""


def test_a_color_and_a_logo_that_would_break_the_page_are_left_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def find(name: str) -> str:
        if name == "brand/gone.svg":
            raise ValueError("Missing staticfiles manifest entry")
        return f"/static/{name}"

    monkeypatch.setattr("landing.brand.current.static", find)
    with show_draft(Content(brand_color="blue", logo="brand/gone.svg")):
        brand = current()

    assert (brand.color, brand.logo_url) == ("#0b7a4c", "")


def test_an_invalid_color_of_the_settings_has_the_default(settings: Settings) -> None:
    settings.LANDING_BRAND_COLOR = "blue"
    assert current().color == "#0b7a4c"


def test_a_file_of_the_settings_that_is_not_collected_is_left_out(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A host may not run the check that names it, and its pages need only the accent."""

    def find(name: str) -> str:
        raise ValueError("Missing staticfiles manifest entry")

    monkeypatch.setattr("landing.brand.current.static", find)
    for name in ("LOGO", "ICON", "SHARE_IMAGE", "STYLESHEET"):
        setattr(settings, f"LANDING_BRAND_{name}", "brand/gone.svg")
    brand = current()
    assert (brand.logo_url, brand.own_icon_url) == ("", "")
    assert (brand.own_share_image_url, brand.own_style_url) == ("", "")


@pytest.mark.parametrize(
    ("content", "setting"),
    [(Content(brand_color="#31a2b3"), "#0b7a4c"), (Content(), "#32a2b3")],
)
def test_files_built_in_advance_are_not_built_by_a_page(
    content: Content, setting: str, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.LANDING_BRAND_COLOR = setting
    build_files(content)
    monkeypatch.setattr(files, "style_sheet", None)
    with show_draft(content):
        brand = current()

        assert brand.style_url.endswith("brand.css")
        assert files.build(brand.color)


@pytest.mark.parametrize("color", ["blue", "#0b7a4c"])
def test_without_another_color_nothing_is_built_in_advance(
    color: str, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.LANDING_BRAND_COLOR = color  # a system check names the invalid one
    monkeypatch.setattr(files, "build", None)

    build_files(Content())
