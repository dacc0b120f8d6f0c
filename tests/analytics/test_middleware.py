from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from functools import partial
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.db import OperationalError, connection
from django.http import HttpRequest, HttpResponse
from django.test import AsyncClient, Client, RequestFactory
from django.test.utils import override_script_prefix
from django.urls import set_script_prefix
from pytest_django import Settings

from landing.analytics import recording
from landing.analytics.middleware import VisitorMiddleware
from landing.models import Analytics
from landing.querysets import AnalyticsQuerySet
from landing.visitors import visitor_cookie

pytestmark = pytest.mark.django_db

CHROME = "Mozilla/5.0 Chrome/140"
COOKIE = "landing_visitor"


def page(status: int = 200, content_type: str = "text/html; charset=utf-8") -> HttpResponse:
    return HttpResponse("<p>Hello</p>", content_type=content_type, status=status)


def send(
    path: str = "/", *, method: str = "GET", answer: HttpResponse | None = None, **headers: str
) -> HttpResponse:
    """Send a request through the middleware to a view."""

    async def view(request: HttpRequest) -> HttpResponse:
        return answer or page()

    request = RequestFactory().generic(method, path, **{"HTTP_USER_AGENT": CHROME, **headers})
    response = async_to_sync(VisitorMiddleware(view))(request)
    assert isinstance(response, HttpResponse)
    return response


def send_as(visitor: bytes, path: str = "/") -> HttpResponse:
    return send(path, HTTP_COOKIE=f"{COOKIE}={visitor_cookie.dump_cookie(visitor)}")


def visitor_of(response: HttpResponse) -> bytes | None:
    return visitor_cookie.parse_cookie(response.cookies[COOKIE].value)


def stored() -> AnalyticsQuerySet:
    """Write the waiting rows, and return all rows."""
    assert recording.writer.flush()
    return Analytics.objects.all()


def recorded() -> list[bytes]:
    return list(stored().order_by("pk").values_list("visitor_id", flat=True))


# -- pages


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


# -- the cookie


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


# -- exclusions

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


# -- without a cookie


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


# -- in the site

Get = Callable[..., Awaitable[HttpResponse]]


@pytest.fixture
def get(async_client: AsyncClient) -> Callable[..., HttpResponse]:
    return partial(async_to_sync(async_client.get), headers={"User-Agent": CHROME})


def test_the_landing_page_takes_at_most_three_queries(
    get: Get, django_assert_max_num_queries: Any
) -> None:
    with django_assert_max_num_queries(3):
        get("/")

    assert len(recorded()) == 1


def test_the_landing_page_takes_at_most_four_queries_for_a_signed_in_user(
    get: Get, async_client: AsyncClient, django_user_model: Any, django_assert_max_num_queries: Any
) -> None:
    ana = django_user_model.objects.create_user("ana")
    async_client.force_login(ana)

    # One of them fills the feed, because this process has no worker.
    with django_assert_max_num_queries(4):
        get("/")

    assert stored().get().user == ana


def test_a_visitor_who_opts_out_gets_the_same_page(get: Get) -> None:
    response = get("/", headers={"User-Agent": CHROME, "sec-gpc": "1"})

    assert response.status_code == 200
    assert COOKIE in response.cookies
    assert recorded() == []


def test_a_setting_excludes_staff(
    get: Get, async_client: AsyncClient, django_user_model: Any, settings: Any
) -> None:
    async_client.force_login(django_user_model.objects.create_user("ana", is_staff=True))
    get("/")
    settings.LANDING_IGNORE_STAFF = True
    get("/")

    assert len(recorded()) == 1


def test_excluding_staff_keeps_other_users(
    get: Get, async_client: AsyncClient, django_user_model: Any, settings: Any
) -> None:
    settings.LANDING_IGNORE_STAFF = True
    async_client.force_login(django_user_model.objects.create_user("ana"))
    get("/")

    assert len(recorded()) == 1


def test_the_page_is_served_during_a_database_outage_that_is_logged_once(
    get: Get, async_client: AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(*arguments: object) -> None:
        raise OperationalError("the server is gone")

    async_client.cookies["sessionid"] = "0" * 32
    with connection.execute_wrapper(refuse):
        responses = [get("/") for _ in range(3)]

    assert [response.status_code for response in responses] == [200] * 3
    assert visitor_of(responses[0]) is not None
    assert sorted(record.name for record in caplog.records) == [
        "landing.activity.recent",
        "landing.analytics.aggregates",
        "landing.visitors.session_user",
    ]


def test_the_admin_is_never_recorded(get: Get, admin_client: Client) -> None:
    for path in ("/admin/", "/admin/landing/analytics/"):
        assert admin_client.get(path).status_code == 200
    get("/admin/login/")

    assert recorded() == []


def test_the_page_works_with_a_synchronous_client(client: Client) -> None:
    for _ in range(2):
        assert client.get("/", headers={"User-Agent": CHROME}).status_code == 200

    assert len(recorded()) == 2
    assert len(set(recorded())) == 1


@pytest.fixture
def _below_app() -> Iterator[None]:
    set_script_prefix("/app/")
    yield
    set_script_prefix("/")


@pytest.mark.usefixtures("_below_app")
def test_the_cookie_belongs_to_the_root_path() -> None:
    """Sites under two paths of one host have cookies of their own."""
    assert send(SCRIPT_NAME="/app").cookies[COOKIE]["path"] == "/app/"


@pytest.mark.usefixtures("_below_app")
@pytest.mark.parametrize("path", ["/admin/", "/admin/login/", "/api/docs/", "/static/a.html"])
def test_pages_of_staff_and_programs_are_none_below_a_root_path(path: str) -> None:
    assert COOKIE not in send(path, SCRIPT_NAME="/app").cookies
    assert recorded() == []


@pytest.mark.usefixtures("_below_app")
@pytest.mark.parametrize("ignored", ["/internal/", "/app/internal/"])
def test_ignored_paths_may_contain_the_root_path(ignored: str, settings: Settings) -> None:
    settings.LANDING_IGNORED_PATHS = (ignored,)
    send("/internal/a", SCRIPT_NAME="/app")
    assert recorded() == []


def test_a_network_adds_no_more_visitors_than_its_maximum(settings: Any) -> None:
    settings.LANDING_NETWORK_MAX_PEOPLE = 3
    for number in range(20):
        agent = f"Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/{100 + number}.0"
        send(HTTP_USER_AGENT=agent)
    send(HTTP_USER_AGENT=agent, REMOTE_ADDR="192.0.2.7")

    assert len(set(recorded())) == 3 + 1


def test_a_visitor_without_a_row_takes_no_place_of_its_network(settings: Any) -> None:
    settings.LANDING_NETWORK_MAX_PEOPLE = 3
    send()
    send()  # its row is held until its cookie returns
    for number in range(20):
        cookie = visitor_cookie.dump_cookie(bytes([number]) * 16)
        poll = HttpResponse("{}", content_type="application/json")
        send("/api/landing/stats/", answer=poll, HTTP_COOKIE=f"{COOKIE}={cookie}")
        send(HTTP_COOKIE=f"{COOKIE}={cookie}", HTTP_SEC_GPC="1")
    late = bytes([99]) * 16
    send_as(late)

    assert late in recorded()
