"""The base of middleware runs in the event loop, and Django adapts it for other middleware."""

from __future__ import annotations

import threading

from asgiref.sync import async_to_sync, iscoroutinefunction
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from landing_site.async_middleware import AsyncMiddleware


async def respond(request: HttpRequest) -> HttpResponseBase:
    return HttpResponse(str(threading.get_ident()))


async def test_a_request_is_passed_on_in_the_same_thread() -> None:
    middleware = AsyncMiddleware(respond)
    response = await middleware(HttpRequest())
    assert isinstance(response, HttpResponse)
    assert response.content.decode() == str(threading.get_ident())


def test_django_runs_it_as_a_coroutine_function() -> None:
    middleware = AsyncMiddleware(respond)
    assert iscoroutinefunction(middleware)
    assert (AsyncMiddleware.sync_capable, AsyncMiddleware.async_capable) == (False, True)
    assert async_to_sync(middleware)(HttpRequest()).status_code == 200
