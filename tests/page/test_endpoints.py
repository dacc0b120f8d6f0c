"""The addresses of an element, and the view behind that of the WebSocket."""

from __future__ import annotations

import sys
from io import BytesIO
from types import ModuleType
from typing import Any
from wsgiref.handlers import SimpleHandler

import pytest
from django.conf.urls.i18n import i18n_patterns
from django.core.wsgi import get_wsgi_application
from django.template import Context, Template
from django.test import AsyncClient, AsyncRequestFactory, Client, RequestFactory
from django.urls import include, path, set_script_prefix, set_urlconf
from django.utils import translation
from pytest_django import Settings

from landing.page import endpoints

TAGS = (
    "{% load live_user_counter %}{% live_user_counter %}{% live_activity_feed %}{% live_places %}"
)


def render() -> str:
    return Template(TAGS).render(Context())


@pytest.mark.django_db
def test_each_element_names_the_addresses_of_the_site() -> None:
    pair = ' socket="/ws/landing/" stats="/api/landing/stats/"'
    assert render().count(pair) == 3


@pytest.mark.django_db
def test_the_addresses_begin_with_the_root_path() -> None:
    set_script_prefix("/app/é/")
    try:
        page = render()
    finally:
        set_script_prefix("/")
    assert page.count(' socket="/app/%C3%A9/ws/landing/"') == 3


@pytest.mark.django_db
def test_the_addresses_contain_the_language_of_the_page(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    module: Any = ModuleType("routes_by_language")
    module.urlpatterns = i18n_patterns(path("live/", include("landing.urls")))
    monkeypatch.setitem(sys.modules, module.__name__, module)
    settings.ROOT_URLCONF = module.__name__
    for language in ("de", "en", "ar", "de"):
        with translation.override(language):
            assert endpoints.find() == {
                "socket": f"/{language}/live/ws/",
                "stats": f"/{language}/live/stats/",
            }


@pytest.mark.django_db
def test_without_the_routes_the_elements_keep_their_numbers(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    module: Any = ModuleType("no_routes")
    module.urlpatterns = []
    monkeypatch.setitem(sys.modules, module.__name__, module)
    settings.ROOT_URLCONF = module.__name__
    for _ in range(2):
        page = render()
        assert "<live-user-counter" in page
        assert "socket=" not in page
        assert "stats=" not in page
    assert [each for each in caplog.messages if "include" in each] == [
        "Pages show a number that does not change, because the URLs of the live counter are "
        'missing. Add path("live/", include("landing.urls")) to urlpatterns.'
    ]


async def test_a_request_without_a_handshake_is_answered_with_426() -> None:
    answer = await AsyncClient().get("/ws/landing/")
    assert answer.status_code == 426
    assert answer.content == b"This address accepts WebSocket connections only.\n"
    assert answer["Content-Type"] == "text/plain; charset=utf-8"
    assert "no-store" in answer["Cache-Control"]
    assert "Set-Cookie" not in answer


async def test_the_header_is_for_http_1_only() -> None:
    for version, expected in (("1.1", "websocket"), ("2", None)):
        built = AsyncRequestFactory().get("/ws/landing/")
        built.scope["http_version"] = version
        assert (await endpoints.upgrade_required(built)).headers.get("Upgrade") == expected


@pytest.mark.django_db
def test_a_wsgi_server_gets_no_header_that_it_forbids() -> None:
    output = BytesIO()
    environ = RequestFactory().get("/ws/landing/").environ
    handler = SimpleHandler(BytesIO(), output, BytesIO(), environ)
    handler.run(get_wsgi_application())
    assert b"426 Upgrade Required" in output.getvalue()
    assert Client().get("/ws/landing/").status_code == 426


@pytest.mark.django_db
def test_the_addresses_follow_the_routes_of_a_request(monkeypatch: pytest.MonkeyPatch) -> None:
    """A middleware may choose other routes, for example by host."""
    module: Any = ModuleType("other_routes")
    module.urlpatterns = [path("other/", include("landing.urls"))]
    monkeypatch.setitem(sys.modules, module.__name__, module)
    before = endpoints.find()
    set_urlconf(module.__name__)
    try:
        assert endpoints.find()["socket"] == "/other/ws/"
    finally:
        set_urlconf(None)
    assert endpoints.find() == before
