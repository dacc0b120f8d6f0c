from __future__ import annotations

import asyncio
from collections.abc import Mapping

import pytest
from asgiref.sync import async_to_sync
from django.http import HttpResponse
from pytest_django import Settings

from landing.brand import files
from landing.brand.current import current
from landing.brand.files import File, build
from landing.content.current import show_draft
from landing.content.values import Content
from tests.site.client import new_client


def get(path: str) -> HttpResponse:
    response: HttpResponse = async_to_sync(new_client().get)(path)
    return response


def test_a_file_is_cached_for_ever_and_for_all_visitors(settings: Settings) -> None:
    settings.LANDING_BRAND_COLOR = "#c2185b"
    response = get(current().style_url)

    assert response.status_code == 200
    assert response.headers["Content-Type"] == "text/css; charset=utf-8"
    assert response.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert "Vary" not in response.headers
    assert not response.cookies
    assert response.content.startswith(b":root{--brand:#c2185b}")


def test_another_color_has_another_address(settings: Settings) -> None:
    settings.LANDING_BRAND_COLOR = "#c2185b"
    first = current().style_url
    settings.LANDING_BRAND_COLOR = "#c2185c"

    assert current().style_url != first


def test_a_page_from_before_a_deploy_gets_the_new_file_which_is_not_cached(
    settings: Settings,
) -> None:
    settings.LANDING_BRAND_COLOR = "#c2185b"
    response = get("/brand/0123456789ab/brand.css")

    assert b"#c2185b" in response.content
    assert response.headers["Cache-Control"] == "no-cache"


def test_an_unknown_name_is_not_found() -> None:
    assert get("/brand/0123456789ab/nothing.css").status_code == 404


def test_pictures_have_the_color_and_no_trace_of_the_default(settings: Settings) -> None:
    pictures = build("#c2185b")

    assert pictures["icon.svg"].media_type == "image/svg+xml"
    assert b"#12a56a" not in pictures["icon.svg"].content
    for name in ("touch-icon.png", "share.png"):
        assert pictures[name].content != build("#0b7a4c")[name].content
        assert len(pictures[name].content) == len(build("#0b7a4c")[name].content)


def test_a_page_in_another_color_gets_its_own_file(settings: Settings) -> None:
    """Of a preview, or of a worker that learned the new color first."""
    with show_draft(Content(brand_color="#123456")):
        address = current().style_url
    settings.LANDING_BRAND_COLOR = "#c2185b"
    response = get(address)

    assert response.content.startswith(b":root{--brand:#123456}")
    assert response.headers["Cache-Control"] == "public, max-age=31536000, immutable"


def test_the_files_of_another_color_do_not_stop_the_event_loop(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with show_draft(Content(brand_color="#33a2b3")):
        address = current().icon_url

    def build_outside_of_loops(color: str) -> Mapping[str, File]:
        with pytest.raises(RuntimeError):
            asyncio.get_running_loop()
        return build(color)

    monkeypatch.setattr(files, "build", build_outside_of_loops)

    assert get(address).status_code == 200
