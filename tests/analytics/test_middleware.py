from __future__ import annotations

from typing import Any

import pytest

from landing.models import Analytics
from tests.analytics.middleware_harness import COOKIE, page, recorded, send, stored

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("each_server")]


def test_a_page_is_recorded_with_path_and_referrer() -> None:
    send("/pricing?coupon=private", HTTP_REFERER="https://news.example/item?id=7")

    view = stored().get()
    assert (view.event, view.path) == (Analytics.Event.PAGE_VIEW, "/pricing")
    assert view.referrer_host == "news.example"


def test_a_page_is_recorded_with_campaign_and_language() -> None:
    send("/?utm_source=News&utm_campaign=May%20Sale&utm_term=private", HTTP_ACCEPT_LANGUAGE="de-CH")

    view = stored().get()
    assert (view.utm_source, view.utm_campaign, view.language) == ("news", "may sale", "de")
    assert (view.path, view.width) == ("/", "")


@pytest.mark.parametrize("query", ["%00", "%ff", "a" * 10_000, "&" * 3000, "utm_source=1" * 2000])
def test_a_page_with_an_invalid_query_is_recorded(query: str) -> None:
    send(f"/?utm_source={query}&utm_campaign={query}", HTTP_ACCEPT_LANGUAGE=f"{query}ÿ")

    assert stored().get().language == ""


@pytest.mark.parametrize(
    "referrer",
    [
        "https://www.testserver/",
        "http://testserver.:8000/",
        "http://semalt.com/",
        "https://[broken",
    ],
)
def test_a_page_without_an_external_referrer_is_recorded(referrer: str) -> None:
    send(HTTP_REFERER=referrer)

    assert stored().get().referrer_host == ""


@pytest.mark.parametrize(
    "headers",
    [
        {"HTTP_SEC_FETCH_DEST": "document", "HTTP_SEC_FETCH_MODE": "navigate"},
        {"HTTP_SEC_FETCH_DEST": "iframe"},
        {"HTTP_SEC_FETCH_DEST": "empty", "HTTP_SEC_FETCH_MODE": "navigate"},
    ],
)
def test_a_page_that_the_browser_opens_is_recorded(headers: dict[str, str]) -> None:
    send(**headers)

    assert stored().count() == 1


@pytest.mark.parametrize(
    "request_and_answer",
    [
        {"answer": page(status=404)},
        {"answer": page(status=500)},
        {"answer": page(status=302)},
        {"answer": page(status=206)},
        {"answer": page(content_type="application/json")},
        {"answer": page(content_type="text/plain")},
        {"answer": page(content_type="text/html-sandboxed")},
        {"method": "HEAD"},
        {"method": "POST"},
        {"path": "/admin/"},
        {"path": "/admin/login/"},
        {"path": "/api/docs/"},
        {"path": "/health/live"},
        {"path": "/metrics"},
        {"path": "/metrics/"},
        {"path": "/static/landing/help.html"},
    ],
)
def test_other_responses_leave_no_row_and_set_no_cookie(request_and_answer: dict[str, Any]) -> None:
    response = send(**request_and_answer)

    assert recorded() == []
    assert COOKIE not in response.cookies


@pytest.mark.parametrize(
    "path", ["/administration/", "/apis", "/statics", "/healthy", "/metrics-explained"]
)
def test_a_path_that_only_starts_like_an_excluded_one_is_a_page(path: str) -> None:
    send(path)

    assert len(recorded()) == 1


@pytest.mark.urls("tests.admin.urls_without_admin")
def test_pages_are_recorded_on_a_site_without_an_admin() -> None:
    send("/")

    assert len(recorded()) == 1


def test_ignored_paths_leave_no_row_but_set_a_cookie(settings: Any) -> None:
    settings.LANDING_IGNORED_PATHS = ("/preview/", "/internal/")

    assert COOKIE in send("/internal/page").cookies
    assert recorded() == []
    send("/")
    assert len(recorded()) == 1
