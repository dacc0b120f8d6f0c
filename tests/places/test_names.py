"""Names of places, and private places."""

from __future__ import annotations

import unicodedata
from typing import Any
from urllib.parse import quote

import pytest
from django.conf.urls.i18n import i18n_patterns
from django.contrib import admin
from django.test import RequestFactory
from django.test.utils import override_script_prefix
from django.urls import ResolverMatch
from django.urls import path as route
from hypothesis import example, given
from hypothesis import strategies as st

from landing.places.names import (
    ELSEWHERE,
    MAX_BYTES,
    MAX_PATH_LENGTH,
    is_path,
    is_private,
    normalize,
)
from landing.places.names import of_request as place_of

urlpatterns = i18n_patterns(route("office/", admin.site.urls))
PATHS = st.one_of(
    st.text(),
    st.text("/%?#25aé\u0301\u212a\u200d \ud800\0", max_size=300).map("/".__add__),
)


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ("/", "/"),
        ("/pricing", "/pricing"),
        ("/pricing/", "/pricing"),
        ("//pricing///plans//", "/pricing/plans"),
        ("/pricing?plan=yearly#top", "/pricing"),
        ("/pricing#top?plan", "/pricing"),
        ("/?q=1", "/"),
        ("/%C3%A9t%C3%A9/", "/été"),
        ("/e\u0301te\u0301", "/été"),
        ("/a%2Fb", "/a/b"),
        ("/a%3Fb", "/a"),
        ("/a%2541", "/aA"),
        ("/100%", "/100%"),
        ("/mein urlaub/", "/mein urlaub"),
        ("/می\N{ZERO WIDTH NON-JOINER}خواهم/", "/می\N{ZERO WIDTH NON-JOINER}خواهم"),
    ],
)
def test_a_place_is_the_readable_path(path: str, place: str) -> None:
    assert normalize(path) == place


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/%FF",
        "/\udcff",
        "/a\N{REPLACEMENT CHARACTER}b",
        "/a\0b",
        "/a%0Ab",
        "/a\N{RIGHT-TO-LEFT OVERRIDE}b",
        "/" + "x" * MAX_PATH_LENGTH,
        "/%" + "25" * 1000 + "41",
    ],
)
def test_an_unusable_path_is_elsewhere(path: str) -> None:
    assert normalize(path) == ELSEWHERE


@pytest.mark.parametrize(
    ("given", "place"),
    [
        ("article:42", "article:42"),
        (" Cafe\u0301 \n", "Café"),
        ("50 % off? #1", "50 % off? #1"),
        ("%C3%A9", "%C3%A9"),
        ("a//b/", "a//b/"),
        ("é" * 300, "é" * 100),
        ("x" * 199 + " y", "x" * 199),
    ],
)
def test_a_name_that_a_developer_chose_stays_as_it_is(given: str, place: str) -> None:
    assert normalize(given) == place


@pytest.mark.parametrize(
    "name", ["", " ", " /pricing", "a\nb", "a\0", "\ud800", "a\N{RIGHT-TO-LEFT OVERRIDE}b"]
)
def test_an_unreadable_name_is_elsewhere(name: str) -> None:
    assert normalize(name) == ELSEWHERE


def test_a_long_name_is_cut_at_a_character() -> None:
    assert normalize("/" + "é" * 300) == "/" + "é" * 99
    assert normalize("/" + "x" * 198 + "/y/") == "/" + "x" * 198


@given(PATHS)
@example("/\u212a")
@example("/" + "x" * 198 + " /y")
def test_a_name_is_normal_and_short(path: str) -> None:
    name = normalize(path)
    assert normalize(name) == name
    assert len(name.encode()) <= MAX_BYTES
    assert unicodedata.is_normalized("NFC", name)
    assert not set("\0\n") & set(name)
    if is_path(path):
        assert name == ELSEWHERE or is_path(name)
        assert not set("?#") & set(name)
        assert "//" not in name
        assert name == "/" or not name.endswith("/")


@given(PATHS)
def test_an_encoded_path_has_the_place_of_the_path(path: str) -> None:
    name = normalize("/" + path)
    assert normalize(quote(name)) == name


@pytest.mark.parametrize(
    "place",
    [
        "/admin",
        "/admin/landing",
        "/account",
        "/account/orders/7",
        "/accounts/login",
        "/de/checkout",
    ],
)
def test_the_admin_and_personal_pages_are_private_in_every_language(place: str) -> None:
    assert is_private(place)


@pytest.mark.parametrize(
    "place",
    [
        "/",
        "/administrators",
        "/accounting",
        "/blog/account",
        "/xx/account",
        "/de",
        "xde/account",
        ELSEWHERE,
    ],
)
def test_other_places_are_not_private(place: str) -> None:
    assert not is_private(place)


@pytest.mark.parametrize("prefix", ["/members", "/members/", "//members//", "/m%65mbers/"])
def test_a_prefix_of_the_settings_matches_whole_segments(settings: Any, prefix: str) -> None:
    settings.LANDING_PRIVATE_PLACES = (prefix,)
    assert [
        is_private(place) for place in ("/members", "/members/1", "/membership", "/account")
    ] == [
        True,
        True,
        False,
        False,
    ]


def test_the_admin_is_private_under_every_name(settings: Any) -> None:
    settings.LANDING_PRIVATE_PLACES = ()
    assert is_private("/admin/landing")
    settings.LANDING_PRIVATE_PLACES = ("/",)
    assert is_private("/") and is_private("/pricing")


def test_the_admin_is_private_in_every_language_of_its_path(settings: Any) -> None:
    settings.ROOT_URLCONF = __name__
    settings.LANDING_PRIVATE_PLACES = ()
    for place in ("/en/office/users", "/de/office", "/office"):
        assert is_private(place)
    assert not is_private("/de/pricing")


def request(path: str, *, is_served: bool = True, **meta: str) -> Any:
    made = RequestFactory().get(path, **meta)
    if is_served:
        made.resolver_match = ResolverMatch(lambda: None, (), {})
    return made


def test_a_page_has_the_place_of_its_path() -> None:
    assert place_of(request("/pricing/?plan=yearly")) == "/pricing"
    assert place_of(request("/%C3%A9t%C3%A9/")) == "/été"


def test_a_page_without_a_route_is_elsewhere() -> None:
    assert place_of(request("/invented/", is_served=False)) == ELSEWHERE


def test_a_private_page_is_elsewhere_below_the_root_path_of_the_site(settings: Any) -> None:
    with override_script_prefix("/app/"):
        private = request("/account/orders/", SCRIPT_NAME="/app")
        public = request("/pricing/", SCRIPT_NAME="/app")
        assert private.path == "/app/account/orders/"
        assert (place_of(private), place_of(public)) == (ELSEWHERE, "/app/pricing")
