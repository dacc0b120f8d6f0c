"""The view of the uploaded logo."""

from __future__ import annotations

import logging
import re
from http import HTTPStatus

from asgiref.sync import sync_to_async
from django.db import Error as DatabaseError
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from ...resilience import errors
from ...resilience.outage import Outage
from . import files
from .picture import HASH_DIGITS, MEDIA_TYPES

NAME = re.compile(rf"[0-9a-f]{{{HASH_DIGITS}}}\.({'|'.join(MEDIA_TYPES)})")
#: The address contains a hash of the content. Somebody who opens it sees a picture: an SVG runs
#: no script, loads nothing but what it embeds, and has no access to the site.
HEADERS = {
    "Cache-Control": "public, max-age=31536000, immutable",
    "Content-Security-Policy": (
        "default-src 'none'; img-src data:; font-src data:; style-src 'unsafe-inline'; sandbox"
    ),
    "X-Content-Type-Options": "nosniff",
}

outage = Outage(
    logging.getLogger(__name__),
    "Reading an uploaded logo",
    "pages show its name instead",
    errors=errors.database.labels("read_logo"),
)


@require_safe
async def logo_file(request: HttpRequest, name: str) -> HttpResponse:
    """Return the file. A worker whose pages do not show the file yet reads it.

    The file before the last change is still there, and older ones are not found.
    """
    known = NAME.fullmatch(name)
    if known is None:
        raise Http404(name)
    content = files.shown.get(name)
    if content is None:
        try:
            content = await sync_to_async(files.read)(name)
        except DatabaseError as error:
            outage.record_failure(error)
            return HttpResponse(
                status=HTTPStatus.SERVICE_UNAVAILABLE, headers={"Cache-Control": "no-store"}
            )
        outage.record_success()
    if content is None:
        raise Http404(name)
    return HttpResponse(content, content_type=MEDIA_TYPES[known[1]], headers=HEADERS)
