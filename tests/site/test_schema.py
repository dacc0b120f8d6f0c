"""Links of static files and of the schema below a root path."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.urls import set_script_prefix
from pytest_django import Settings

from landing_site.schema import add_root_path
from landing_site.storage import HashedStaticFilesStorage


@pytest.fixture(autouse=True)
def _root() -> Iterator[None]:
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
