"""The page that explains what is stored, with the button that forgets the visitor."""

from __future__ import annotations

import logging
from threading import Lock

from asgiref.sync import sync_to_async
from django.db import Error as DatabaseError
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.views.decorators.cache import cache_control
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.http import require_http_methods

from .. import conf
from ..live import worker
from ..live.sync import visitor_changes
from ..resilience import errors
from ..resilience.outage import Outage
from ..visitors import set_cookie_header, visitor_cookie
from . import forgetting

TEMPLATE = "live_user_counter/privacy.html"

#: Held during a deletion. It reads the whole index of the rows, so a flood must not run many.
running = Lock()
outage = Outage(
    logging.getLogger(__name__),
    "Forgetting visitors",
    "the page asks to try again",
    errors=errors.database.labels("forget_visitor"),
)


@require_http_methods(["GET", "HEAD", "POST"])
@cache_control(private=True, no_cache=True)
@csrf_protect
async def privacy(request: HttpRequest) -> HttpResponse:
    """Return the page; forget the visitor of the cookie if the form was sent.

    Only the signed cookie names the visitor, so nobody can delete the rows of somebody else.
    """
    if request.method == "POST":
        return await _forget(request)
    return _respond(request)


async def _forget(request: HttpRequest) -> HttpResponse:
    cookie = visitor_cookie.read(request.COOKIES)
    if cookie is None:
        response = _respond(request, outcome="unknown")
    elif await _delete(cookie.visitor):
        response = _respond(request, outcome="forgotten")
    else:
        return _respond(request, outcome="failed", status=503)
    set_cookie_header.expire(request, response)
    return response


async def _delete(visitor: bytes) -> bool:
    """Forget the visitor; return False if the database fails or is busy with another one."""
    if not running.acquire(blocking=False):
        return False
    try:
        # First the rows that wait, else one of them could be written after the deletion.
        forgetting.forget_here(visitor)
        worker.current().publish_change(visitor_changes.forget(visitor))
        await sync_to_async(forgetting.delete_rows)(visitor)
    except DatabaseError as error:
        outage.record_failure(error)
        return False
    finally:
        running.release()
    outage.record_success()
    return True


def _respond(request: HttpRequest, *, outcome: str = "", status: int = 200) -> TemplateResponse:
    context = {"outcome": outcome, "base_template": conf.read().LANDING_BASE_TEMPLATE}
    return TemplateResponse(request, TEMPLATE, context, status=status)
