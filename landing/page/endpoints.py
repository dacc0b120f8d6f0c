"""The addresses with which a page stays live, and the view behind that of the WebSocket."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from contextlib import suppress
from functools import lru_cache
from http import HTTPStatus

from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, HttpResponse
from django.urls import (
    NoReverseMatch,
    URLResolver,
    get_resolver,
    get_script_prefix,
    get_urlconf,
    reverse,
)
from django.utils.translation import get_language
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt

from ..names import URLS

logger = logging.getLogger(__name__)

#: The names of the URLs, by attribute.
ROUTES = {"socket": f"{URLS}:ws", "stats": f"{URLS}:stats"}


def find() -> Mapping[str, str]:
    """Return the attributes of an element that needs the WebSocket and the stats.

    They begin with the root path. Without the URLs of this app there are none, and the element
    keeps the number of the server.
    """
    return _find(get_resolver(get_urlconf()), get_script_prefix(), get_language())


# Reversing takes 30 µs. Every page of one language has the same addresses.
@lru_cache(maxsize=256)
def _find(resolver: URLResolver, root_path: str, language: str | None) -> Mapping[str, str]:
    """Return the attributes, which depend on these arguments only."""
    found = {}
    for attribute, name in ROUTES.items():
        with suppress(NoReverseMatch):
            found[attribute] = reverse(name)
    if "socket" not in found:
        _report_missing(resolver)
    return found


@lru_cache(maxsize=1)
def _report_missing(resolver: URLResolver) -> None:
    """Log the missing URLs, once per process."""
    package = __name__.partition(".page.")[0]
    logger.error(
        "Pages show a number that does not change, because the URLs of the live counter are "
        'missing. Add path("live/", include("%s.urls")) to urlpatterns.',
        package,
    )


@never_cache
@csrf_exempt
async def upgrade_required(request: HttpRequest) -> HttpResponse:
    """Answer a request without a WebSocket handshake, or to a server that cannot take one."""
    response = HttpResponse(
        "This address accepts WebSocket connections only.\n",
        content_type="text/plain; charset=utf-8",
        status=HTTPStatus.UPGRADE_REQUIRED,
    )
    # Python's WSGI servers forbid the header to applications, and HTTP/2 to everybody.
    if isinstance(request, ASGIRequest) and request.scope.get("http_version", "").startswith("1"):
        response.headers["Upgrade"] = "websocket"
    return response
