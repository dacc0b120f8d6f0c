"""Signed places."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote

import pytest
from django.core.signing import Signer
from hypothesis import given
from hypothesis import strategies as st

from landing.places.names import ELSEWHERE, MAX_BYTES, is_private, normalize
from landing.places.tokens import MAX_TOKEN_LENGTH, PlaceSigner, resolve, sign, verify


@given(st.text().map("/".__add__).map(normalize).filter(lambda place: not is_private(place)))
def test_a_token_has_its_place(place: str) -> None:
    token = sign(place)
    assert token.isascii() and not set("&#+\"'<> ") & set(token)
    assert resolve(unquote(token)) == place


def test_the_longest_place_has_a_token() -> None:
    place = "/" + "x" * (MAX_BYTES - 1)
    assert len(sign(place)) == MAX_TOKEN_LENGTH
    assert verify(sign(place)) == place


def test_elsewhere_has_no_token() -> None:
    assert sign(ELSEWHERE) == ""
    assert resolve("") == ELSEWHERE


@pytest.mark.parametrize(
    "token",
    [
        "/pricing",
        ":",
        "/pricing:",
        "/pricing:AAAAAAAAAAAAAAAA",
        "/pricing:é",
        "/pricing:\N{REPLACEMENT CHARACTER}",
        "/pricing\ud800:x",
        "/" + "x" * 100_000,
        Signer().sign("/pricing"),
        Signer(salt="landing.visitor").sign("/pricing"),
        Signer(salt="landing.place").sign("/pricing"),
        PlaceSigner().sign("/pricing").replace("pricing", "secret"),
        PlaceSigner().sign("/pricing")[:-1],
    ],
)
def test_a_token_that_the_site_has_not_signed_is_refused(token: str) -> None:
    assert verify(token) is None
    assert resolve(token) is None


@given(st.text())
def test_no_text_breaks_the_check(token: str) -> None:
    assert verify(token) is None
    assert resolve(token) in (None, ELSEWHERE)


def test_a_token_outlives_a_rotation_of_the_key(settings: Any) -> None:
    token = sign("/pricing")
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "new" * 20, [settings.SECRET_KEY]
    assert verify(token) == "/pricing"
    assert sign("/pricing") != token
    settings.SECRET_KEY_FALLBACKS = []
    assert verify(token) is None


def test_a_place_that_became_private_is_elsewhere(settings: Any) -> None:
    token = sign("/pricing")
    assert resolve(token) == "/pricing"
    settings.LANDING_PRIVATE_PLACES = ("/pricing/",)
    assert resolve(token) == ELSEWHERE


def test_a_place_below_the_root_path_of_the_site_can_become_private(settings: Any) -> None:
    token = sign("/app/pricing")
    assert resolve(token, "/app") == "/app/pricing"
    settings.LANDING_PRIVATE_PLACES = ("/pricing/",)
    assert resolve(token, "/app") == ELSEWHERE
    assert resolve(token, "/ap") == "/app/pricing"


def test_without_places_nothing_is_signed_or_refused(settings: Any) -> None:
    token = sign("/pricing")
    settings.LANDING_MAX_PLACES = 0
    assert sign("/pricing") == ""
    assert resolve(token) == resolve("forged") == ELSEWHERE


def test_below_a_prefix_of_the_settings_a_path_needs_no_signature(settings: Any) -> None:
    settings.LANDING_UNSIGNED_PLACES = ("/app/", "/de/account/")
    assert resolve("/app/inbox/?unread=1") == "/app/inbox"
    assert resolve("/%61pp//%C3%A9t%C3%A9") == "/app/été"
    assert resolve("/app") == "/app"
    assert resolve("/site/app/inbox", "/site") == "/site/app/inbox"
    assert resolve("/de/account/orders") == ELSEWHERE, "private"


@pytest.mark.parametrize(
    "text",
    [
        "/apple",
        "app/inbox",
        "article:42",
        "/app\0",
        "/app/%FF",
        "/app/../pricing\ud800",
        "x" * 9999,
    ],
)
@pytest.mark.parametrize("prefix", ["/app/", "/app"])
def test_no_other_text_is_an_unsigned_place(settings: Any, text: str, prefix: str) -> None:
    settings.LANDING_UNSIGNED_PLACES = (prefix,)
    assert resolve(text) is None


def test_a_site_may_leave_every_path_unsigned(settings: Any) -> None:
    settings.LANDING_UNSIGNED_PLACES = ("/",)
    assert resolve("/") == "/"
    assert resolve("/pricing/") == "/pricing"
    assert resolve("pricing") is None
    assert resolve("/admin/landing") == ELSEWHERE
