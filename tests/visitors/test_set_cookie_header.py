"""The visitor cookie of a response: its name, lifetime, renewal, and opt-out."""

from __future__ import annotations

import time
from http.cookies import Morsel
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.core.signing import Signer
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from django.test.utils import override_script_prefix

from landing.analytics import recording
from landing.analytics.middleware import VisitorMiddleware
from landing.live import worker
from landing.live.sync.visitor_changes import VisitorChange
from landing.models import Analytics
from landing.visitors import visitor_cookie
from landing.visitors.visitor_cookie import DAY_SECONDS, VisitorCookie

pytestmark = pytest.mark.django_db

CHROME = "Mozilla/5.0 (X11; Linux x86_64) Chrome/140.0.0.0 Safari/537.36"
PLAIN, HOST = "landing_visitor", "__Host-landing_visitor"
VISITOR = bytes(range(16))


class Browser:
    """A browser with the cookies of the site. It obeys the rules of the ``__Host-`` prefix."""

    def __init__(self, *, is_secure: bool = True, **cookies: str) -> None:
        self.is_secure, self.cookies = is_secure, cookies
        self.received: dict[str, Morsel[str]] = {}

    def view(self, path: str = "/", **headers: str) -> None:
        pairs = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        headers = {"User-Agent": CHROME, "Cookie": pairs, **headers}
        request = RequestFactory().get(path, secure=self.is_secure, headers=headers)

        async def answer(request: HttpRequest) -> HttpResponse:
            return HttpResponse("<p>Hello</p>")

        response = async_to_sync(VisitorMiddleware(answer))(request)
        self.received = dict(response.cookies)
        for name, cookie in self.received.items():
            if name.startswith("__Host-"):
                assert (cookie["secure"], cookie["path"], cookie["domain"]) == (True, "/", "")
                assert self.is_secure
            if cookie["max-age"] == 0:
                self.cookies.pop(name, None)
            else:
                self.cookies[name] = cookie.value

    @property
    def cookie(self) -> VisitorCookie:
        (value,) = self.cookies.values()
        cookie = visitor_cookie.parse(value)
        assert cookie is not None
        return cookie


def undated(visitor: bytes = VISITOR) -> str:
    """Return a cookie value of an earlier version."""
    content = visitor_cookie.dump_cookie(visitor).partition(":")[0]
    return Signer(salt="landing.identity.visitor").sign(content)


def recorded() -> list[bytes]:
    assert recording.writer.flush()
    return list(Analytics.objects.order_by("pk").values_list("visitor_id", flat=True))


# -- the name


def test_over_https_at_the_root_of_a_host_the_name_has_the_host_prefix() -> None:
    browser = Browser()
    browser.view()
    assert list(browser.cookies) == [HOST]
    browser.view()
    assert browser.received == {}
    assert recorded() == [browser.cookie.visitor] * 2


def test_over_http_the_name_has_no_prefix() -> None:
    browser = Browser(is_secure=False)
    browser.view()
    browser.view()
    assert list(browser.cookies) == [PLAIN]
    assert browser.received == {}


def test_a_site_under_a_path_has_no_prefix() -> None:
    browser = Browser()
    with override_script_prefix("/app/"):
        browser.view()
    assert list(browser.cookies) == [PLAIN]
    assert browser.received[PLAIN]["path"] == "/app/"


def test_a_cookie_that_may_be_sent_without_tls_has_no_prefix(settings: Any) -> None:
    settings.LANDING_VISITOR_COOKIE_SECURE = False
    browser = Browser()
    browser.view()
    assert list(browser.cookies) == [PLAIN]


@pytest.mark.parametrize("name", ["__Host-who", "__Secure-who"])
def test_a_configured_prefix_is_kept(settings: Any, name: str) -> None:
    settings.LANDING_VISITOR_COOKIE_NAME = name
    browser = Browser()
    browser.view()
    assert list(browser.cookies) == [name]


def test_an_existing_cookie_is_taken_over_under_the_new_name() -> None:
    issued_at = int(time.time()) - 300 * DAY_SECONDS
    value = visitor_cookie.dump_cookie(VISITOR, issued_at=issued_at)
    browser = Browser(**{PLAIN: value})
    browser.view()
    assert list(browser.cookies) == [HOST]
    assert (browser.cookie.visitor, browser.cookie.issued_at) == (VISITOR, issued_at)
    assert 64 * DAY_SECONDS < browser.received[HOST]["max-age"] <= 65 * DAY_SECONDS
    assert recorded() == [VISITOR]


def test_the_name_with_the_prefix_wins_over_a_planted_cookie() -> None:
    cookies = {
        PLAIN: visitor_cookie.dump_cookie(b"planted-by-other"),
        HOST: visitor_cookie.dump_cookie(VISITOR),
    }
    Browser(**cookies).view()
    assert recorded() == [VISITOR]


# -- renewal


def test_an_undated_cookie_is_renewed_once_and_its_visitor_counts_once() -> None:
    browser = Browser(**{PLAIN: undated()}, is_secure=False)
    for _ in range(2):
        browser.view()
    assert browser.received == {}
    assert browser.cookie.visitor == VISITOR
    assert browser.cookie.is_current
    assert recorded() == [VISITOR] * 2


def test_a_cookie_of_a_fallback_key_is_renewed_with_its_date(settings: Any) -> None:
    settings.SECRET_KEY, issued_at = "the old key", int(time.time()) - 7 * DAY_SECONDS
    value = visitor_cookie.dump_cookie(VISITOR, issued_at=issued_at)
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "the new key", ["the old key"]
    browser = Browser(**{HOST: value})
    browser.view()
    settings.SECRET_KEY_FALLBACKS = []
    browser.view()
    assert browser.received == {}
    assert (browser.cookie.visitor, browser.cookie.issued_at) == (VISITOR, issued_at)


@pytest.mark.parametrize(("age_days", "is_valid"), [(29.9, True), (30.1, False)])
def test_a_cookie_is_valid_for_its_lifetime(settings: Any, age_days: float, is_valid: bool) -> None:
    settings.LANDING_VISITOR_COOKIE_DAYS = 30
    issued_at = time.time() - age_days * DAY_SECONDS
    value = visitor_cookie.dump_cookie(VISITOR, issued_at=issued_at)
    assert (visitor_cookie.parse_cookie(value) == VISITOR) is is_valid
    browser = Browser(**{HOST: value})
    browser.view()
    assert (recorded() == [VISITOR]) is is_valid


# -- opt-out


@pytest.mark.parametrize("header", ["Sec-GPC", "DNT"])
def test_a_visitor_who_opts_out_gets_a_cookie_for_the_session(header: str) -> None:
    browser = Browser()
    browser.view(**{header: "1"})
    assert browser.cookie.is_opted_out
    assert browser.received[HOST]["max-age"] == browser.received[HOST]["expires"] == ""
    browser.view(**{header: "1"})
    assert browser.received == {}
    assert recorded() == []


def test_opting_out_later_shortens_the_existing_cookie() -> None:
    browser = Browser()
    browser.view()
    visitor = browser.cookie.visitor
    browser.view(DNT="1")
    assert browser.received[HOST]["max-age"] == ""
    assert (browser.cookie.visitor, browser.cookie.is_opted_out) == (visitor, True)
    assert recorded() == [visitor]


def test_opting_out_later_reaches_the_open_tabs_once(monkeypatch: pytest.MonkeyPatch) -> None:
    published: list[VisitorChange] = []
    monkeypatch.setattr(worker.current(), "publish_change", published.append, raising=False)
    browser = Browser()
    browser.view()
    assert published == []
    for _ in range(2):
        browser.view(DNT="1")
    visitor = browser.cookie.visitor
    assert published == [VisitorChange(visitor, visitor)]


def test_a_page_without_the_header_ends_the_opt_out() -> None:
    browser = Browser()
    browser.view(**{"Sec-GPC": "1"})
    browser.view()
    assert not browser.cookie.is_opted_out
    assert browser.received[HOST]["max-age"] == 365 * DAY_SECONDS
    assert recorded() == [browser.cookie.visitor]


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Dest": "empty", "Sec-Fetch-Mode": "cors"},
        {"Sec-Purpose": "prefetch", "Sec-Fetch-Dest": "document"},
    ],
)
def test_a_fetch_without_the_header_does_not_end_the_opt_out(headers: dict[str, str]) -> None:
    browser = Browser()
    browser.view(**{"Sec-GPC": "1"})
    browser.view(**headers)
    assert browser.received == {}
    assert browser.cookie.is_opted_out
    assert recorded() == []


def test_the_mark_of_an_opt_out_cannot_be_removed_from_a_value() -> None:
    value = visitor_cookie.dump_cookie(VISITOR, is_opted_out=True)
    assert visitor_cookie.parse_cookie(value) == VISITOR
    assert visitor_cookie.parse_cookie(value.replace(".out", "")) is None


# -- without a cookie


def test_a_site_without_cookies_sets_none_and_records_the_daily_hash(settings: Any) -> None:
    settings.LANDING_VISITOR_COOKIE = False
    browser = Browser()
    for _ in range(3):
        browser.view()
    assert browser.cookies == {}
    assert browser.received == {}
    assert len(recorded()) == 3
    assert len(set(recorded())) == 1


def test_a_site_without_cookies_deletes_those_it_receives(settings: Any) -> None:
    settings.LANDING_VISITOR_COOKIE = False
    browser = Browser(
        **{PLAIN: undated(), HOST: visitor_cookie.dump_cookie(VISITOR)},
    )
    browser.view()
    assert browser.cookies == {}
    assert VISITOR not in recorded()


def test_a_site_without_cookies_honors_the_opt_out_of_a_page(settings: Any) -> None:
    settings.LANDING_VISITOR_COOKIE = False
    Browser().view(DNT="1")
    assert recorded() == []
