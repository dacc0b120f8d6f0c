"""Links of static files and of the schema below a root path."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import set_script_prefix
from drf_spectacular.generators import SchemaGenerator
from pytest_django import Settings

from landing_site import api_schema
from landing_site.api_schema import add_root_path
from landing_site.static_files import HashedStaticFilesStorage


@pytest.fixture(autouse=True)
def _root() -> Iterator[None]:
    api_schema._render.cache_clear()
    yield
    set_script_prefix("/")


@pytest.mark.parametrize(("prefix", "url"), [("/", "/static/a.js"), ("/a/b/", "/a/b/static/a.js")])
def test_the_url_of_a_static_file_is_below_the_root_path(
    prefix: str, url: str, settings: Settings, tmp_path: Path
) -> None:
    settings.DEBUG = True
    storage = HashedStaticFilesStorage(location=tmp_path)
    set_script_prefix(prefix)
    assert storage.url("a.js") == url


@pytest.mark.parametrize(
    ("base_url", "url"),
    [
        ("/app/static/", "/app/static/a.js"),
        ("https://cdn.example/", "https://cdn.example/a.js"),
    ],
)
def test_a_url_that_is_complete_stays(
    base_url: str, url: str, settings: Settings, tmp_path: Path
) -> None:
    settings.DEBUG = True
    storage = HashedStaticFilesStorage(location=tmp_path, base_url=base_url)
    set_script_prefix("/app/")
    assert storage.url("a.js") == url


@pytest.mark.parametrize(("prefix", "servers"), [("/", None), ("/a/b/", [{"url": "/a/b"}])])
def test_the_schema_names_the_root_path_as_its_server(
    prefix: str, servers: list[dict[str, str]] | None
) -> None:
    set_script_prefix(prefix)
    assert add_root_path({"paths": {}}).get("servers") == servers


@pytest.mark.django_db
def test_the_schema_is_computed_once_per_format_and_root_path(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    computed = []
    compute = SchemaGenerator.get_schema

    def count(self: SchemaGenerator, *arguments: Any, **options: Any) -> Any:
        computed.append(self)
        return compute(self, *arguments, **options)

    monkeypatch.setattr(SchemaGenerator, "get_schema", count)
    get = Client().get
    as_json = {"Accept": "application/vnd.oai.openapi+json"}
    urls = ("/api/schema/", "/api/schema/?lang=de", "/api/schema/?version=2&x=1")
    assert len({get(url).content for url in urls}) == 1
    assert len(computed) == 1

    answer = get("/api/schema/", headers=as_json)
    assert answer["Content-Type"] == as_json["Accept"]
    assert set(answer.json()["paths"]) == {
        f"/api/landing/{name}/" for name in ("activities", "history", "places", "stats")
    }
    assert "servers" not in answer.json()
    set_script_prefix("/app/")
    mounted = get("/api/schema/", headers=as_json)
    assert mounted.json()["servers"] == [{"url": "/app"}]
    assert len(computed) == 3
