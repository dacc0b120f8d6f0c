"""The script and the style sheets reach the browser without any configuration of static files."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType

import pytest
from asgiref.sync import async_to_sync
from django.http import Http404, HttpResponse
from django.test import RequestFactory
from django.urls import include, path
from pytest_django import Settings

from landing import conf
from landing.page.assets import own_files
from tests.services.site import ROOT

BACKENDS = "django.contrib.staticfiles.storage"
NAME = "live_user_counter/live-user-counter.js"
SCRIPT = ROOT / "static" / NAME


@pytest.fixture
def host(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> Settings:
    """Return the settings of a project that includes the routes below ``live/``."""
    monkeypatch.setattr(conf, "is_host", lambda: True)
    routes, project = ModuleType("routes"), ModuleType("project")
    routes.app_name = "live_user_counter"  # type: ignore[attr-defined]
    routes.urlpatterns = [  # type: ignore[attr-defined]
        path("files/<slug:version>/<path:name>", own_files.own_file, name="file")
    ]
    project.urlpatterns = [path("live/", include(routes))]  # type: ignore[attr-defined]
    settings.ROOT_URLCONF = project
    settings.STATIC_ROOT = None
    return settings


def get(version: str, name: str) -> HttpResponse:
    request = RequestFactory().get("/")
    response: HttpResponse = async_to_sync(own_files.own_file)(request, version, name)
    return response


def test_the_site_uses_its_static_files() -> None:
    assert own_files.address(NAME).startswith("/static/live_user_counter/live-user-counter")


def test_a_project_gets_the_files_from_a_route(host: Settings) -> None:
    address = own_files.address(NAME)
    *_, version, name = address.split("/")
    assert address == f"/live/files/{version}/live-user-counter.js"
    response = get(version, name)
    assert response.content == SCRIPT.read_bytes()
    assert response.headers["Content-Type"] == "text/javascript; charset=utf-8"
    assert response.headers["Cache-Control"] == "public, max-age=31536000, immutable"


def test_a_page_of_an_earlier_release_gets_the_current_file_uncached() -> None:
    response = get("0123", "live-user-counter.js")
    assert response.content == SCRIPT.read_bytes()
    assert response.headers["Cache-Control"] == "no-cache"


@pytest.mark.parametrize(
    "name", ["favicon.svg", "../landing/css/page.css", "/etc/passwd", "", "js", "missing.js"]
)
def test_no_other_file_is_served(name: str) -> None:
    with pytest.raises(Http404):
        get("0", name)


def test_collected_files_are_used_in_production(host: Settings, tmp_path: Path) -> None:
    collected = tmp_path / NAME
    collected.parent.mkdir()
    collected.touch()
    host.STATIC_ROOT = str(tmp_path)
    host.STORAGES = {"staticfiles": {"BACKEND": f"{BACKENDS}.StaticFilesStorage"}}
    assert own_files.address(NAME) == f"/static/{NAME}"
    # With DEBUG, they may be old, and only runserver serves them.
    host.DEBUG = True
    assert own_files.address(NAME).startswith("/live/files/")


def test_a_file_without_a_hashed_name_comes_from_the_route(host: Settings, tmp_path: Path) -> None:
    """The project has collected it for another storage, and not again since."""
    collected = tmp_path / NAME
    collected.parent.mkdir()
    collected.touch()
    host.STATIC_ROOT = str(tmp_path)
    host.STORAGES = {"staticfiles": {"BACKEND": f"{BACKENDS}.ManifestStaticFilesStorage"}}
    assert own_files.address(NAME).startswith("/live/files/")


@pytest.mark.parametrize("storage", ["StaticFilesStorage", "ManifestStaticFilesStorage"])
def test_without_the_routes_the_address_is_that_of_a_static_file(
    storage: str, host: Settings, tmp_path: Path
) -> None:
    host.ROOT_URLCONF = ModuleType("empty")
    host.ROOT_URLCONF.urlpatterns = []
    host.STATIC_ROOT = str(tmp_path)
    host.STORAGES = {"staticfiles": {"BACKEND": f"{BACKENDS}.{storage}"}}
    assert own_files.address(NAME) == f"/static/{NAME}"
