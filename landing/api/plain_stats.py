"""The stats endpoint of a project without the REST framework.

Content, parameters, and status codes are those of :class:`.rest.views.StatsView`.
"""

from __future__ import annotations

import math
from functools import lru_cache
from http import HTTPStatus
from threading import Lock
from typing import Any

from django.http import HttpRequest, JsonResponse
from django.views.decorators.csrf import csrf_exempt

from .. import conf
from ..limits import hits
from ..limits.hits import Limit
from ..limits.rate_limits import Rate, RateLimits
from ..places import names
from ..visitors import client
from . import stats_content

#: Seconds of the units of a rate, which their first letter identifies.
UNIT_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}

_lock = Lock()


class InvalidPlace(ValueError):
    """The parameter ``place`` of a request is invalid. The text is for the client."""


# Without a session, a forged request can do nothing; with a token, it would get 403 before 405.
@csrf_exempt
def plain_stats(request: HttpRequest) -> JsonResponse:
    """Return the snapshot as JSON; with ``?place=``, also the people there."""
    if request.method not in ("GET", "HEAD"):
        detail = f'Method "{request.method}" not allowed.'
        return _respond(HTTPStatus.METHOD_NOT_ALLOWED, {"detail": detail}, Allow="GET, HEAD")
    if wait_seconds := _take(client.from_request(request).address):
        hits.count(Limit.STATS_API)
        detail = f"Too many requests. Try again in {wait_seconds} s."
        return _respond(
            HTTPStatus.TOO_MANY_REQUESTS, {"detail": detail}, **{"Retry-After": str(wait_seconds)}
        )
    try:
        place = _read_place(request)
    except InvalidPlace as error:
        return _respond(HTTPStatus.BAD_REQUEST, {"place": [str(error)]})
    user = getattr(request, "user", None)  # queried only if there is a place
    return _respond(HTTPStatus.OK, stats_content.read(place, user))


def _respond(status: HTTPStatus, content: dict[str, Any], **headers: str) -> JsonResponse:
    headers["Cache-Control"] = "no-store"  # numbers and errors are only valid now
    return JsonResponse(content, status=status, headers=headers)


def _read_place(request: HttpRequest) -> str | None:
    """Return the normalized place, or None if the request has none. Raises InvalidPlace."""
    given = request.GET.getlist("place")
    if not given:
        return None
    if len(given) > 1:
        raise InvalidPlace("Must be given only once.")
    if not given[0]:
        raise InvalidPlace("This field may not be blank.")
    if len(given[0]) > names.MAX_PATH_LENGTH:
        raise InvalidPlace(f"Must have at most {names.MAX_PATH_LENGTH} characters.")
    if "\0" in given[0]:
        raise InvalidPlace("Enter the path or the name of a page, for example /pricing.")
    return names.normalize(given[0])


def _take(address: str) -> int:
    """Count a request of an address, and return 0 or the whole seconds that it must wait."""
    with _lock:
        return math.ceil(_limits(conf.read().LANDING_STATS_THROTTLE_RATE).take(address))


@lru_cache(maxsize=1)
def _limits(rate: str) -> RateLimits[str]:
    """Return the limits for a rate such as ``120/min``; new ones if the setting has changed."""
    count, unit = rate.split("/")
    return RateLimits(Rate(int(count) / UNIT_SECONDS[unit[0]], int(count)))
