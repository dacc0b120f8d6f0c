"""Error responses below ``/api/`` as JSON, in the form of the REST framework.

A URL configuration names these views as its ``handler400`` to ``handler500``. Other paths get
Django's error pages. With ``DEBUG``, Django shows its own pages to developers instead.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, JsonResponse
from django.http.response import HttpResponseBase
from django.views import defaults

#: Below the root path of the site.
PREFIX = "/api/"


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    """Answer a request that Django refuses, with status 400."""
    return _respond(request, 400, "Bad request.", defaults.bad_request, exception)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    """Answer a request without permission, with status 403."""
    return _respond(request, 403, "Permission denied.", defaults.permission_denied, exception)


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    """Answer a request for an unknown path, with status 404."""
    return _respond(request, 404, "Not found.", defaults.page_not_found, exception)


def server_error(request: HttpRequest) -> HttpResponseBase:
    """Answer a request that failed, with status 500."""
    return _respond(request, 500, "Internal server error.", defaults.server_error)


def _respond(
    request: HttpRequest,
    status: int,
    detail: str,
    show_page: Callable[..., HttpResponseBase],
    *arguments: Any,
) -> HttpResponseBase:
    if not _is_api(request):
        return show_page(request, *arguments)
    response = JsonResponse({"detail": detail}, status=status)
    response["Cache-Control"] = "no-store"
    return response


def _is_api(request: HttpRequest) -> bool:
    """Return whether the path is below ``/api/``; not if that may be the root path of the site."""
    path = request.path_info
    root = request.path.removesuffix(path)
    return path.startswith(PREFIX) and not (root and path.startswith(f"{root}/"))
