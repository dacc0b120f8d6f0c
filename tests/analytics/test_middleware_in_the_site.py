"""The middleware of visitors in the whole site."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from functools import partial
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.db import OperationalError, connection
from django.http import HttpResponse
from django.test import AsyncClient, Client
from django.urls import set_script_prefix
from pytest_django import Settings

from landing.visitors import visitor_cookie
from tests.analytics.middleware_harness import (
    CHROME,
    COOKIE,
    recorded,
    send,
    send_as,
    stored,
    visitor_of,
)

pytestmark = pytest.mark.django_db


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
        "landing.analytics.aggregates_reader",
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
