from __future__ import annotations

import pytest
from asgiref.sync import async_to_sync
from django.db import OperationalError
from django.http import HttpResponse

from landing.content.logo import files, picture
from landing.content.logo.files import ShownFile
from landing.content.logo.picture import Picture
from landing.tables.page import Logo
from tests.content.logo.samples import SVG, draw
from tests.site.client import new_client

pytestmark = pytest.mark.django_db

LOGO = picture.parse(SVG)
POLICY = "default-src 'none'; img-src data:; font-src data:; style-src 'unsafe-inline'; sandbox"


@pytest.fixture(autouse=True)
def shown(monkeypatch: pytest.MonkeyPatch) -> ShownFile:
    """Replace the memory by that of a worker that has not read the content yet."""
    monkeypatch.setattr(files, "shown", ShownFile())
    return files.shown


def get(name: str) -> HttpResponse:
    response: HttpResponse = async_to_sync(new_client().get)(f"/brand/logo/{name}")
    return response


def store(logo: Picture) -> str:
    Logo.objects.create(name=logo.name, content=logo.content)
    return logo.name


@pytest.mark.parametrize(
    ("content", "media_type"),
    [
        (SVG, "image/svg+xml"),
        (draw("PNG"), "image/png"),
        (draw("JPEG"), "image/jpeg"),
        (draw("GIF"), "image/gif"),
        (draw("WEBP"), "image/webp"),
    ],
)
def test_a_file_is_cached_for_ever_and_can_only_be_a_picture(
    content: bytes, media_type: str
) -> None:
    response = get(store(picture.parse(content)))

    assert response.content == content
    assert response.headers["Content-Type"] == media_type
    assert response.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Content-Security-Policy"] == POLICY
    assert "Vary" not in response.headers
    assert not response.cookies


def fail(name: str) -> bytes | None:
    raise OperationalError("connection refused")


def test_the_shown_file_needs_no_database(
    shown: ShownFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown.load(store(LOGO))
    monkeypatch.setattr(files, "read", fail)

    assert get(LOGO.name).content == SVG


def test_without_the_database_another_file_is_unavailable_and_not_cached(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(files, "read", fail)
    response = get(LOGO.name)

    assert response.status_code == 503
    assert response.headers["Cache-Control"] == "no-store"


def never(name: str) -> bytes | None:
    raise AssertionError("a query")


@pytest.mark.parametrize(
    "name",
    ["", "a.svg", "0" * 32, f"{'0' * 32}.html", f"{'0' * 33}.svg", f"{LOGO.name}%0a", "..%2fa.svg"],
)
def test_other_names_are_not_found_without_a_query(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "read", never)
    assert get(name).status_code == 404


def test_a_deleted_file_is_not_found() -> None:
    response = get(LOGO.name)

    assert response.status_code == 404
    assert "immutable" not in response.headers.get("Cache-Control", "")
