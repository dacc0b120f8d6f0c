"""The visitor cookie of a page, and the visitors that leave no row."""

from __future__ import annotations

from typing import Any

import pytest
from django.test.utils import override_script_prefix

from landing.visitors import visitor_cookie
from tests.analytics.middleware_harness import COOKIE, page, recorded, send, send_as, visitor_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("each_server")]


def test_the_first_page_is_recorded_under_its_new_cookie() -> None:
    response = send()

    assert [visitor_of(response)] == recorded()


def test_the_cookie_is_secure_http_only_and_same_site(settings: Any) -> None:
    settings.DEBUG = False
    settings.LANDING_VISITOR_COOKIE_DAYS = 30
    cookie = send().cookies[COOKIE]

    assert cookie["httponly"]
    assert cookie["secure"]
    assert cookie["samesite"] == "Lax"
    assert cookie["path"] == "/"
    assert cookie["domain"] == ""
    assert cookie["max-age"] == 30 * 24 * 60 * 60


@pytest.mark.parametrize(
    ("root_path", "cookie_path"),
    [("/app/", "/app/"), ("/müller/", "/m%C3%BCller/"), ("/日/x/", "/%E6%97%A5/x/")],
)
def test_the_path_of_the_cookie_is_the_encoded_root_path(root_path: str, cookie_path: str) -> None:
    with override_script_prefix(root_path):
        assert send().cookies[COOKIE]["path"] == cookie_path


def test_with_debug_the_cookie_works_without_tls(settings: Any) -> None:
    settings.DEBUG = True

    assert not send().cookies[COOKIE]["secure"]


def test_an_existing_cookie_is_kept() -> None:
    first = send()
    visitor = visitor_of(first)
    assert visitor is not None

    second = send_as(visitor)

    assert COOKIE not in second.cookies
    assert recorded() == [visitor, visitor]


@pytest.mark.parametrize("value", ["", "tampered", "AAAA:BBBB", "\x01", "ä"])
def test_an_invalid_cookie_is_replaced(value: str) -> None:
    response = send(HTTP_COOKIE=f"{COOKIE}={value}")

    assert visitor_of(response) is not None
    assert len(recorded()) == 1


def test_a_page_with_a_new_cookie_is_private() -> None:
    public = page()
    public["Cache-Control"] = "public, max-age=60"
    private = page()
    private["Cache-Control"] = "private, no-cache"

    assert send(answer=public)["Cache-Control"] == "max-age=60, private"
    assert send(answer=private)["Cache-Control"] == "private, no-cache"
    assert send()["Cache-Control"] == "private"
    assert send()["Vary"] == "Cookie"


def test_a_page_without_a_new_cookie_keeps_its_headers() -> None:
    response = send_as(visitor_cookie.create_visitor())

    assert not response.has_header("Cache-Control")
    assert not response.has_header("Vary")


LEFT_OUT = [
    {"HTTP_SEC_GPC": "1"},
    {"HTTP_DNT": "1"},
    {"HTTP_SEC_PURPOSE": "prefetch"},
    {"HTTP_SEC_PURPOSE": "prefetch;prerender"},
    {"HTTP_PURPOSE": "prefetch"},
    {"HTTP_X_MOZ": "prefetch"},
    {"HTTP_X_SEC_PURPOSE": "prefetch"},
    {"HTTP_HX_PRELOADED": "true"},
    {"HTTP_NEXT_ROUTER_PREFETCH": "1"},
    {"HTTP_SEC_FETCH_DEST": "empty"},
    {"HTTP_SEC_FETCH_DEST": "empty", "HTTP_SEC_FETCH_MODE": "cors"},
    {"HTTP_SEC_FETCH_DEST": "script"},
    {"HTTP_USER_AGENT": "WhatsApp/2.23.20.0"},
    {"HTTP_USER_AGENT": "StudyBot/1.0 (+https://example.org/bot)"},
    {"HTTP_USER_AGENT": ""},
]


@pytest.mark.parametrize("headers", LEFT_OUT)
def test_an_excluded_client_leaves_no_row_but_gets_a_cookie(
    headers: dict[str, str],
) -> None:
    response = send(**headers)

    assert visitor_of(response) is not None
    assert recorded() == []


@pytest.mark.parametrize("headers", LEFT_OUT[2:])
def test_an_excluded_client_keeps_its_cookie(headers: dict[str, str]) -> None:
    cookie = f"{COOKIE}={visitor_cookie.dump_cookie(visitor_cookie.create_visitor())}"

    assert COOKIE not in send(HTTP_COOKIE=cookie, **headers).cookies
    assert recorded() == []


def test_a_prefetched_page_that_is_shown_later_is_one_view() -> None:
    ahead = send(HTTP_SEC_PURPOSE="prefetch")
    visitor = visitor_of(ahead)
    assert visitor is not None
    send_as(visitor)

    assert recorded() == [visitor]


def test_an_excluded_client_is_not_remembered_as_a_newcomer() -> None:
    send(HTTP_DNT="1")
    response = send()

    assert recorded() == [visitor_of(response)]


def test_a_client_that_rejects_cookies_is_one_visitor() -> None:
    for _ in range(3):
        send()

    assert len(recorded()) == 3
    assert len(set(recorded())) == 1


def test_cookies_distinguish_two_browsers_at_one_address() -> None:
    cookies = [visitor_of(send()) for _ in range(2)]
    for visitor in cookies:
        assert visitor is not None
        send_as(visitor)

    assert len(set(cookies)) == 2
    assert set(recorded()) == set(cookies)


def test_clients_without_cookies_differ_by_address_and_user_agent() -> None:
    send(REMOTE_ADDR="192.0.2.1")
    send(REMOTE_ADDR="192.0.2.2")
    send(REMOTE_ADDR="192.0.2.2", HTTP_USER_AGENT="Mozilla/5.0 Firefox/143")

    assert len(set(recorded())) == 3
