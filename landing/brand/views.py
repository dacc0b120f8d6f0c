"""The view of the files in the brand color."""

from __future__ import annotations

import asyncio

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from . import files, versions
from .current import current

FOREVER = "public, max-age=31536000, immutable"


@require_safe
async def brand_file(request: HttpRequest, version: str, name: str) -> HttpResponse:
    """Return a file. Its address contains a hash of the content, so it is cached forever.

    During a deploy, pages of the release before request their own version. They get the current
    one, which caches do not keep.
    """
    shown = current().color
    color = versions.color_of(version) or shown
    # Pages have built the files of their color. Those of a preview would stop the event loop.
    built = files.build(color) if color == shown else await asyncio.to_thread(files.build, color)
    file = built.get(name)
    if file is None:
        raise Http404(name)
    caching = FOREVER if version == versions.sign(color) else "no-cache"
    return HttpResponse(
        file.content, content_type=file.media_type, headers={"Cache-Control": caching}
    )
