from __future__ import annotations

import pytest
from asgiref.sync import async_to_sync
from django.template.loader import render_to_string
from django.test import AsyncClient, RequestFactory
from django.utils import translation
from django.views.csrf import csrf_failure
from django.views.defaults import server_error
from pytest_django import Settings

from tests.page.markup import Page


@pytest.mark.parametrize("name", ["400", "403", "403_csrf", "404", "500"])
def test_an_error_page_renders_without_context(name: str) -> None:
    page = Page(render_to_string(f"{name}.html"))

    assert page.one("h1").text
    assert page.one("html").attributes["lang"] == "en"
    assert not list(page.all("script"))
    assert "source" not in page.one("footer").text, "the slogan of the landing page"


@pytest.mark.parametrize("name", ["400", "403", "403_csrf", "404", "500"])
def test_an_error_page_has_the_brand_without_a_query(name: str, settings: Settings) -> None:
    settings.LANDING_BRAND_NAME = "Acme"
    settings.LANDING_BRAND_COLOR = "#c2185b"
    settings.LANDING_BRAND_STYLESHEET = "/media/own.css"
    html = render_to_string(f"{name}.html")

    assert "Acme" in html
    assert "Here, now" not in html
    sheets = [each.attributes["href"] for each in Page(html).all("link")][-2:]
    assert sheets[0].endswith("/brand.css")
    assert sheets[1] == "/media/own.css"


def test_the_page_for_500_makes_no_query_and_is_translated() -> None:
    with translation.override("de"):
        response = server_error(RequestFactory().get("/"))

    assert response.status_code == 500
    page = Page(response.content.decode())
    assert page.one("h1").text == "Etwas ist schiefgelaufen"
    assert not list(page.all("form"))


def test_a_csrf_failure_shows_the_page_for_expired_forms() -> None:
    response = csrf_failure(RequestFactory().post("/"))

    assert response.status_code == 403
    assert Page(response.content.decode()).one("h1").text == "This form has expired"


@pytest.mark.django_db
def test_an_unknown_address_gets_the_error_page(async_client: AsyncClient) -> None:
    response = async_to_sync(async_client.get)("/nowhere/")

    assert response.status_code == 404
    assert Page(response.content.decode()).one("h1").text == "Page not found"
