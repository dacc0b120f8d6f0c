"""Requests through the middleware of visitors, without the site around it.

With the fixture ``each_server``, a test runs under ASGI and under WSGI.
"""

from __future__ import annotations

from asgiref.sync import async_to_sync
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from landing.analytics import recording
from landing.analytics.middleware import VisitorMiddleware
from landing.models import Analytics
from landing.tables.querysets import AnalyticsQuerySet
from landing.visitors import visitor_cookie

#: Servers on which the middleware runs.
SERVERS = ("asgi", "wsgi")
server = SERVERS[0]

CHROME = "Mozilla/5.0 Chrome/140"
COOKIE = "landing_visitor"


def page(status: int = 200, content_type: str = "text/html; charset=utf-8") -> HttpResponse:
    return HttpResponse("<p>Hello</p>", content_type=content_type, status=status)


def send(
    path: str = "/", *, method: str = "GET", answer: HttpResponse | None = None, **headers: str
) -> HttpResponse:
    """Send a request through the middleware to a view."""
    request = RequestFactory().generic(method, path, **{"HTTP_USER_AGENT": CHROME, **headers})
    response = _respond(request, answer or page())
    assert isinstance(response, HttpResponse)
    return response


def _respond(request: HttpRequest, answer: HttpResponse) -> object:
    if server == "wsgi":
        return VisitorMiddleware(lambda request: answer)(request)

    async def view(request: HttpRequest) -> HttpResponse:
        return answer

    return async_to_sync(VisitorMiddleware(view))(request)


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
