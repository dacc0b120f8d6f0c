"""The path of the live WebSocket follows the routes of the project."""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any

import pytest
from django.conf.urls.i18n import i18n_patterns
from django.urls import include, path, set_script_prefix
from django.utils import translation
from django.utils.translation import gettext_lazy
from pytest_django import Settings

from landing.live.middleware.websocket_path import is_live_websocket
from landing.names import URLS
from landing.page.endpoints import upgrade_required

LIVE = ([path("ws/", upgrade_required, name="ws")], URLS)


@pytest.fixture
def routes(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Any:
    """``routes([path("live/", include(LIVE))])`` makes these the routes of the project."""
    module: Any = ModuleType("routes_of_the_test")
    monkeypatch.setitem(sys.modules, module.__name__, module)

    def install(urlpatterns: list[Any]) -> None:
        module.urlpatterns = urlpatterns
        settings.ROOT_URLCONF = module.__name__

    return install


@pytest.mark.parametrize("prefix", ["", "live/", "a/b/", "é/"])
def test_the_mount_is_part_of_the_path(routes: Any, prefix: str) -> None:
    routes([path(prefix, include(LIVE))])
    assert is_live_websocket(f"/{prefix}ws/")
    for other in ("/ws", f"/{prefix}ws", f"/{prefix}ws/x", f"/{prefix}", "", "/x/ws/"):
        assert not is_live_websocket(other)


def test_a_language_is_part_of_the_path(routes: Any) -> None:
    routes(i18n_patterns(path("live/", include(LIVE))))
    assert [is_live_websocket(f"/{language}/live/ws/") for language in ("en", "de", "ar")] == [
        True
    ] * 3
    for other in ("/live/ws/", "/fr/live/ws/", "/de/de/live/ws/", "/xx/live/ws/"):
        assert not is_live_websocket(other)


def test_the_language_of_the_site_may_have_no_prefix(routes: Any) -> None:
    routes(i18n_patterns(path("live/", include(LIVE)), prefix_default_language=False))
    assert is_live_websocket("/live/ws/")
    assert is_live_websocket("/de/live/ws/")
    assert not is_live_websocket("/en/live/ws/")


def test_a_translated_route_is_part_of_the_path(routes: Any) -> None:
    routes(i18n_patterns(path(gettext_lazy("here now"), include(LIVE))))
    with translation.override("de"):
        word = str(gettext_lazy("here now"))
    assert word != "here now"
    assert is_live_websocket("/en/here nowws/")
    assert is_live_websocket(f"/de/{word}ws/")


def test_without_translations_there_is_one_path(routes: Any, settings: Settings) -> None:
    settings.USE_I18N = False
    routes([path("live/", include(LIVE))])
    assert is_live_websocket("/live/ws/")


def test_neither_the_language_nor_the_root_path_of_a_request_matters(routes: Any) -> None:
    routes([path("live/", include(LIVE))])
    set_script_prefix("/app/")
    try:
        with translation.override("de"):
            assert is_live_websocket("/live/ws/")
            assert translation.get_language() == "de"
    finally:
        set_script_prefix("/")


def test_a_missing_route_is_logged_once(routes: Any, caplog: pytest.LogCaptureFixture) -> None:
    routes([])
    for requested in ("/live/ws/", "/de/live/ws/", "/ws/landing/"):
        assert not is_live_websocket(requested)
    (line,) = caplog.messages
    assert 'path("live/", include("landing.urls"))' in line
    assert "routes_of_the_test" in line
