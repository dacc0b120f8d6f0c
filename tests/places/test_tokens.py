"""Signed places."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote

import pytest
from django.core.signing import Signer
from hypothesis import given
from hypothesis import strategies as st

from landing.places.names import ELSEWHERE, MAX_BYTES, is_private, normalize
from landing.places.tokens import MAX_TOKEN_LENGTH, PlaceSigner, sign, verify


@given(st.text().map("/".__add__).map(normalize).filter(lambda place: not is_private(place)))
def test_a_token_has_its_place(place: str) -> None:
    token = sign(place)
    assert token.isascii() and not set("&#+\"'<> ") & set(token)
    assert verify(unquote(token)) == place


def test_the_longest_place_has_a_token() -> None:
    place = "/" + "x" * (MAX_BYTES - 1)
    assert len(sign(place)) == MAX_TOKEN_LENGTH
    assert verify(sign(place)) == place


def test_elsewhere_has_no_token() -> None:
    assert sign(ELSEWHERE) == ""
    assert verify("") == ELSEWHERE


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


@given(st.text())
def test_no_text_breaks_the_check(token: str) -> None:
    assert verify(token) in (None, ELSEWHERE)


def test_a_token_outlives_a_rotation_of_the_key(settings: Any) -> None:
    token = sign("/pricing")
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "new" * 20, [settings.SECRET_KEY]
    assert verify(token) == "/pricing"
    assert sign("/pricing") != token
    settings.SECRET_KEY_FALLBACKS = []
    assert verify(token) is None


def test_a_place_that_became_private_is_elsewhere(settings: Any) -> None:
    token = sign("/pricing")
    settings.LANDING_PRIVATE_PLACES = ("/pricing/",)
    assert verify(token) == ELSEWHERE


def test_without_places_nothing_is_signed_or_refused(settings: Any) -> None:
    token = sign("/pricing")
    settings.LANDING_MAX_PLACES = 0
    assert sign("/pricing") == ""
    assert verify(token) == verify("forged") == ELSEWHERE
