from __future__ import annotations

from typing import Any

import pytest
from django.http import HttpRequest
from django.test import RequestFactory
from hypothesis import given
from hypothesis import strategies as st

from landing.visitors import client
from landing.visitors.exclusions import is_navigation, is_person, may_be_recorded
from tests.visitors.user_agents import CHROME, HEADLESS, PEOPLE, PROGRAMS


def headers_with(**headers: str) -> dict[str, str]:
    """Return the headers of a browser and these ones: ``headers_with(sec_gpc="1")``."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return {"user-agent": CHROME, **named}


# -- programs


def test_a_program_is_neither_counted_nor_recorded() -> None:
    programs = [{"user-agent": agent} for agent in (*PROGRAMS, *HEADLESS, "", " \t")]
    assert [each for each in programs if is_person(each)] == []
    assert [each for each in programs if may_be_recorded(each)] == []


def test_a_client_without_a_user_agent_is_neither_counted_nor_recorded() -> None:
    assert not is_person({})
    assert not may_be_recorded({})


def test_a_person_is_counted_and_recorded() -> None:
    people = [{"user-agent": agent} for agent in PEOPLE]
    assert [each for each in people if not is_person(each)] == []
    assert [each for each in people if not may_be_recorded(each)] == []


def test_a_person_who_is_not_recorded_is_counted() -> None:
    assert is_person(headers_with(sec_gpc="1", sec_purpose="prefetch"))


# -- opt-outs


@pytest.mark.parametrize("name", ["sec_gpc", "dnt"])
@pytest.mark.parametrize("value", ["1", " 1 ", "1,1", "0, 1", "1, 0", "1;anything"])
def test_a_visitor_who_opts_out_is_not_recorded(name: str, value: str) -> None:
    assert not may_be_recorded(headers_with(**{name: value}))


@pytest.mark.parametrize("name", ["sec_gpc", "dnt"])
@pytest.mark.parametrize("value", ["", "0", "null", "unspecified", "0,0", "yes", "ü", "\x01", "²"])
def test_other_values_are_not_an_opt_out(name: str, value: str) -> None:
    assert may_be_recorded(headers_with(**{name: value}))


def test_one_opt_out_header_is_enough() -> None:
    assert not may_be_recorded(headers_with(sec_gpc="1", dnt="0"))
    assert not may_be_recorded(headers_with(sec_gpc="0", dnt="1"))


# -- prefetching


@pytest.mark.parametrize(
    "headers",
    [
        {"sec_purpose": "prefetch"},
        {"sec_purpose": "prefetch;prerender"},
        {"sec_purpose": "prefetch; prerender"},
        {"sec_purpose": "prefetch;anonymous-client-ip"},
        {"sec_purpose": "Prefetch"},
        {"sec_purpose": "other, prefetch"},
        {"purpose": "prefetch"},
        {"x_purpose": "preview"},
        {"x_moz": "prefetch"},
        {"x_sec_purpose": "prefetch"},
        {"sec_fetch_purpose": "prefetch"},
        {"moz_purpose": "prefetch"},
        {"purpose": "prerender"},
        {"hx_preloaded": "true"},
        {"next_router_prefetch": "1"},
        {"next_router_segment_prefetch": "/_tree"},
        {"x_middleware_prefetch": "1"},
    ],
)
def test_a_prefetched_page_is_not_recorded(headers: dict[str, str]) -> None:
    assert not may_be_recorded(headers_with(**headers))


@pytest.mark.parametrize(
    "value", ["", ";", ",", "prefetching", "no-prefetch", "\xff", "x=prefetch"]
)
def test_other_purposes_are_recorded(value: str) -> None:
    assert may_be_recorded(headers_with(sec_purpose=value, purpose=value, x_moz=value))


@pytest.mark.parametrize(
    "headers",
    [
        {"hx_preloaded": "false"},
        {"next_router_prefetch": "0"},
        {"hx_request": "true"},
        {"x_dns_prefetch_control": "off"},
        # A service worker starts the request of a real navigation.
        {"service_worker_navigation_preload": "true"},
    ],
)
def test_other_headers_of_these_libraries_are_not_a_prefetch(headers: dict[str, str]) -> None:
    assert may_be_recorded(headers_with(**headers))


# -- navigations


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"sec_fetch_dest": ""},
        {"sec_fetch_dest": "document", "sec_fetch_mode": "navigate"},
        {"sec_fetch_dest": "Document"},
        {"sec_fetch_dest": "iframe"},
        {"sec_fetch_dest": "frame"},
        {"sec_fetch_dest": "fencedframe"},
        {"sec_fetch_dest": "embed"},
        # A service worker fetches the page for a navigation.
        {"sec_fetch_dest": "empty", "sec_fetch_mode": "navigate"},
        {"sec_fetch_mode": "navigate"},
        {"sec_fetch_mode": "nested-navigate"},
        {"sec_fetch_dest": "iframe", "sec_fetch_mode": "cors"},
    ],
)
def test_opening_a_page_is_a_navigation(headers: dict[str, str]) -> None:
    assert is_navigation(headers_with(**headers))


@pytest.mark.parametrize(
    "headers",
    [
        {"sec_fetch_dest": "empty"},
        {"sec_fetch_dest": " Empty "},
        {"sec_fetch_dest": "empty", "sec_fetch_mode": "cors"},
        {"sec_fetch_dest": "empty", "sec_fetch_mode": "same-origin"},
        {"sec_fetch_dest": "script"},
        {"sec_fetch_dest": "image", "sec_fetch_mode": "no-cors"},
        {"sec_fetch_dest": "serviceworker"},
        {"sec_fetch_dest": "style"},
        {"sec_fetch_dest": "report"},
        {"sec_fetch_dest": "unknown"},
        {"sec_fetch_mode": "cors"},
        {"sec_fetch_mode": "no-cors"},
        {"sec_fetch_dest": "", "sec_fetch_mode": "same-origin"},
    ],
)
def test_fetching_a_page_from_a_script_or_an_element_is_not_a_navigation(
    headers: dict[str, str],
) -> None:
    assert not is_navigation(headers_with(**headers))


@pytest.mark.parametrize("destination", ["websocket", "empty"])
def test_the_destination_of_a_handshake_does_not_matter(destination: str) -> None:
    headers = headers_with(sec_fetch_dest=destination, sec_fetch_mode="websocket")
    assert may_be_recorded(headers)


# -- pages and WebSockets

NAMES = st.sampled_from(
    ["Sec-GPC", "sec-gpc", "DNT", "dnt", "Sec-Purpose", "X-Moz", "User-Agent", "HX-Preloaded"]
)
VALUES = st.sampled_from(["1", "0", "prefetch", CHROME, "curl/8.5.0", "", "Bräu"]) | st.text(
    st.characters(min_codepoint=0x20, max_codepoint=0xFF), max_size=20
)


def request_with(headers: list[tuple[str, str]]) -> HttpRequest:
    """Return a request as Django's ASGI handler creates it, with repeated headers joined."""
    meta: dict[str, Any] = {}
    for name, value in headers:
        key = "HTTP_" + name.upper().replace("-", "_")
        meta[key] = f"{meta[key]},{value}" if key in meta else value
    return RequestFactory().get("/", **meta)


@given(st.lists(st.tuples(NAMES, VALUES), max_size=6))
def test_a_page_and_a_websocket_with_equal_headers_get_the_same_decision(
    headers: list[tuple[str, str]],
) -> None:
    handshake = {"headers": [(name.encode(), value.encode("latin-1")) for name, value in headers]}

    decision = may_be_recorded(request_with(headers).headers)
    assert may_be_recorded(client.headers_of_scope(handshake)) is decision


@given(st.dictionaries(NAMES.map(str.encode), st.binary(max_size=600)))
def test_a_handshake_may_have_any_bytes_in_its_headers(headers: dict[bytes, bytes]) -> None:
    decision = may_be_recorded(client.headers_of_scope({"headers": list(headers.items())}))

    assert decision in (True, False)
