"""Answers to probes of orchestrators and load balancers.

They ask for no host, no cookie, and no language, so a middleware may call them first.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, HttpResponseBase, HttpResponseNotAllowed, JsonResponse

from ..dates import isoformat, to_unix_ms
from .dependency import Failure
from .readiness import is_draining, readiness


async def live(request: HttpRequest) -> HttpResponseBase:
    """Return 200. The answer itself proves that the event loop runs."""
    return _answer(request, {"status": "ok"})


async def ready(request: HttpRequest) -> HttpResponseBase:
    """Return 200, or 503 while the process drains or a dependency fails."""
    if is_draining():
        return _answer(request, {"status": "draining"}, HTTPStatus.SERVICE_UNAVAILABLE)
    failures = await readiness.find_failures()
    if not failures:
        return _answer(request, {"status": "ok"})
    content = {"status": "unavailable", "failing": [_as_dict(failure) for failure in failures]}
    return _answer(request, content, HTTPStatus.SERVICE_UNAVAILABLE)


def _answer(
    request: HttpRequest, content: dict[str, Any], status: HTTPStatus = HTTPStatus.OK
) -> HttpResponseBase:
    if request.method not in ("GET", "HEAD"):
        return HttpResponseNotAllowed(["GET", "HEAD"])
    response = JsonResponse(content, status=status, headers={"Cache-Control": "no-store"})
    # Django would log a line for each probe of an unavailable process. Outages are logged once.
    response._has_been_logged = True  # type: ignore[attr-defined]
    return response


def _as_dict(failure: Failure) -> dict[str, str]:
    return {
        "dependency": failure.name,
        "problem": failure.problem,
        "since": isoformat(to_unix_ms(failure.since)),
    }
