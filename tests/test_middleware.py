"""The middleware under both kinds of servers, between middleware of both kinds."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import Any

import pytest
from asgiref.sync import iscoroutinefunction
from django.http import HttpRequest, HttpResponse
from django.test import AsyncClient, Client
from django.urls import path

from landing.analytics.middleware import VisitorMiddleware as OldName
from landing.middleware import VisitorMiddleware

CHROME = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36"
COUNTER = "landing.middleware.VisitorMiddleware"
SESSIONS = "django.contrib.sessions.middleware.SessionMiddleware"

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.urls(__name__)]


def sync_only(get_response: Callable[[HttpRequest], HttpResponse]) -> Any:
    """Return middleware as many projects write it."""

    def middleware(request: HttpRequest) -> HttpResponse:
        return get_response(request)

    return middleware


def view(request: HttpRequest) -> HttpResponse:
    return HttpResponse(f"{threading.get_ident()} {_is_in_loop()}")


async def async_view(request: HttpRequest) -> HttpResponse:
    return HttpResponse("in the event loop")


def sign_in(request: HttpRequest) -> HttpResponse:
    request.session["basket"] = 1
    return HttpResponse("")


urlpatterns = [path("", view), path("async/", async_view), path("basket/", sign_in)]


def _is_in_loop() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


def test_the_old_name_is_the_same_middleware() -> None:
    assert OldName is VisitorMiddleware
    assert (VisitorMiddleware.sync_capable, VisitorMiddleware.async_capable) == (True, True)


def test_a_wsgi_server_needs_no_event_loop_and_no_other_thread(settings: Any) -> None:
    settings.MIDDLEWARE = [SESSIONS, COUNTER]
    page = Client(headers={"user-agent": CHROME}).get("/")
    assert page.content.decode() == f"{threading.get_ident()} False"
    assert "landing_visitor" in page.cookies


@pytest.mark.parametrize(
    "middleware",
    [
        [COUNTER],
        [COUNTER, SESSIONS],
        [SESSIONS, COUNTER],
        [f"{__name__}.sync_only", COUNTER],
        [SESSIONS, COUNTER, f"{__name__}.sync_only"],
        [f"{__name__}.sync_only", SESSIONS, COUNTER, f"{__name__}.sync_only"],
    ],
)
@pytest.mark.parametrize("address", ["/", "/async/"])
async def test_it_works_anywhere_in_the_list(
    middleware: list[str], address: str, settings: Any
) -> None:
    settings.MIDDLEWARE = middleware
    sent = await AsyncClient().get(address, headers={"user-agent": CHROME})
    assert sent.status_code == 200
    assert "landing_visitor" in sent.cookies
    threaded = await asyncio.to_thread(
        lambda: Client().get(address, headers={"user-agent": CHROME})
    )
    assert "landing_visitor" in threaded.cookies


def test_a_session_that_a_view_begins_is_saved(settings: Any) -> None:
    settings.MIDDLEWARE = [SESSIONS, COUNTER]
    client = Client(headers={"user-agent": CHROME})
    client.get("/")
    client.get("/basket/")
    assert client.session["basket"] == 1


def test_django_runs_it_as_a_coroutine_function_before_an_async_handler() -> None:
    async def handler(request: HttpRequest) -> HttpResponse:
        return HttpResponse()

    assert iscoroutinefunction(VisitorMiddleware(handler))
    assert not iscoroutinefunction(VisitorMiddleware(view))
