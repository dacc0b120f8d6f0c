from __future__ import annotations

from typing import Any

import crawleruseragents
import pytest
from django.http import HttpRequest
from django.test import RequestFactory
from hypothesis import given
from hypothesis import strategies as st

from landing.visitors import bots, client
from landing.visitors.exclusions import may_be_recorded

CHROME = (
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/140.0.0.0 Safari/537.36"
)

PROGRAMS = """
facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)
Twitterbot/1.0
Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)
WhatsApp/2.23.20.0
TelegramBot (like TwitterBot)
Mozilla/5.0 (compatible; Discordbot/2.0; +https://discordapp.com)
LinkedInBot/1.0 (compatible; Mozilla/5.0; Apache-HttpClient +http://www.linkedin.com)
SkypeUriPreview Preview/0.5
Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)
Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)
Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.2; +https://openai.com/gptbot)
Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/140.0.0.0 Safari/537.36
Mozilla/5.0 (Macintosh; Intel Mac OS X 10_11_1) AppleWebKit/601.2.4 (KHTML, like Gecko) Version/9.0.1 Safari/601.2.4 facebookexternalhit/1.1 Facebot Twitterbot/1.0
curl/8.5.0
Wget/1.21.4
python-requests/2.32.3
python-httpx/0.28.1
Go-http-client/1.1
""".strip().splitlines()  # noqa: E501

BROWSERS = """
Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36
Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0
Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Safari/605.1.15
Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1
Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/126.0.6478.54 Mobile/15E148 Safari/604.1
Mozilla/5.0 (X11; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.0
Mozilla/5.0 (Android 15; Mobile; rv:143.0) Gecko/143.0 Firefox/143.0
Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36
Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/139.0.0.0 Safari/537.36 OPR/124.0.0.0
Mozilla/5.0 (Linux; Android 14; SM-S918B; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/139.0 Mobile Safari/537.36 [FB_IAB/FB4A;FBAV/480.0.0.54.88;]
Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 Instagram 330.0.3.29.93 (iPhone14,5; iOS 17_5)
Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 [LinkedInApp]/9.29
Mozilla/5.0 (Linux; Android 9; CUBOT_X19) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Mobile Safari/537.36
Lynx/2.9.0 libwww-FM/2.14 SSL-MM/1.4.1 GNUTLS/3.8
""".strip().splitlines()  # noqa: E501


def headers_with(**headers: str) -> dict[str, str]:
    """Return the headers of a browser and these ones: ``headers_with(sec_gpc="1")``."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return {"user-agent": CHROME, **named}


# -- programs


@pytest.mark.parametrize("user_agent", PROGRAMS)
def test_bots_previewers_and_scripts_are_programs(user_agent: str) -> None:
    assert bots.is_program(user_agent)
    assert not may_be_recorded({"user-agent": user_agent})


@pytest.mark.parametrize("user_agent", BROWSERS)
def test_browsers_are_not_programs(user_agent: str) -> None:
    assert not bots.is_program(user_agent)
    assert may_be_recorded({"user-agent": user_agent})


@pytest.mark.parametrize("headers", [{}, {"user-agent": ""}, {"user-agent": " \t"}])
def test_a_client_without_a_user_agent_is_not_recorded(headers: dict[str, str]) -> None:
    assert not may_be_recorded(headers)


def test_only_the_start_of_a_long_user_agent_is_searched_and_cached(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    searched: list[str] = []
    monkeypatch.setattr(bots, "is_crawler", lambda agent: searched.append(agent) or False)
    bots._is_known_program.cache_clear()
    for ending in ("a", "b", "c"):
        assert not bots.is_program("x" * 60_000 + ending)

    assert searched == ["x" * bots.MAX_AGENT_LENGTH]
    bots._is_known_program.cache_clear()


def test_the_cache_of_user_agents_is_bounded() -> None:
    bots._is_known_program.cache_clear()
    for number in range(bots.CACHED_AGENTS + 10):
        bots.is_program(f"curl/{number}")

    assert bots._is_known_program.cache_info().currsize == bots.CACHED_AGENTS


def test_every_example_of_the_list_is_a_program_after_the_cut() -> None:
    examples = [
        example
        for entry in crawleruseragents.CRAWLER_USER_AGENTS_DATA
        for example in entry["instances"]
    ]

    assert len(examples) > 1000
    assert [each for each in examples if not bots.is_program(each)] == []


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
    ],
)
def test_a_prefetched_page_is_not_recorded(headers: dict[str, str]) -> None:
    assert not may_be_recorded(headers_with(**headers))


@pytest.mark.parametrize(
    "value", ["", ";", ",", "prefetching", "no-prefetch", "\xff", "x=prefetch"]
)
def test_other_purposes_are_recorded(value: str) -> None:
    assert may_be_recorded(headers_with(sec_purpose=value, purpose=value, x_moz=value))


# -- pages and WebSockets

NAMES = st.sampled_from(["Sec-GPC", "sec-gpc", "DNT", "dnt", "Sec-Purpose", "X-Moz", "User-Agent"])
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
