"""The addresses of the script and the style sheets of the elements, and a view that serves them.

A project need not configure static files for them. If the project has collected them for its server
of static files, pages use the address there. Otherwise a route of the app serves them: with
``DEBUG``, only ``runserver`` serves static files, and other servers do not.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import NamedTuple

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.templatetags.static import static
from django.urls import NoReverseMatch, reverse
from django.views.decorators.http import require_safe

from ... import conf
from ...brand.views import FOREVER
from ...names import URLS

_MEDIA_TYPES = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8"}
#: The package is two folders above this one. In this repository, its static files are beside it.
_PARENTS = Path(__file__).resolve().parents[2:4]


class OwnFile(NamedTuple):
    """A file of the package, and a hash of its content."""

    content: bytes
    media_type: str
    version: str


def address(name: str) -> str:
    """Return the address of a static file, such as ``live_user_counter/live-user-counter.js``."""
    if not conf.is_host():
        return static(name)
    if _is_collected(name):
        with suppress(ValueError):  # the names of a storage are older than the file
            return static(name)
    own = name.removeprefix(f"{URLS}/")
    found = read(own)
    try:
        return reverse(f"{URLS}:file", args=[found.version if found else "0", own])
    except NoReverseMatch:
        # A system check reports that the routes are missing.
        return _static_or_plain(name)


def read(name: str) -> OwnFile | None:
    """Return a style sheet or a script of the package by its name; None for any other name."""
    path = _paths().get(name)
    return None if path is None else _load(path)


@require_safe
async def own_file(request: HttpRequest, version: str, name: str) -> HttpResponse:
    """Return a file. Its address contains a hash of the content, so it is cached forever.

    During a deploy, pages of the release before request their own version. They get the current
    one, which caches do not keep.
    """
    found = read(name)
    if found is None:
        raise Http404(name)
    caching = FOREVER if version == found.version else "no-cache"
    headers = {"Cache-Control": caching, "X-Content-Type-Options": "nosniff"}
    return HttpResponse(found.content, content_type=found.media_type, headers=headers)


@cache
def _paths() -> Mapping[str, Path]:
    """Return all files by name. Only these can be read, whatever a request names."""
    folders = [parent / "static" / URLS for parent in _PARENTS]
    return {
        path.relative_to(folder).as_posix(): path
        for folder in folders
        for path in folder.rglob("*")
        if path.suffix in _MEDIA_TYPES
    }


@cache
def _load(path: Path) -> OwnFile:
    content = path.read_bytes()
    version = hashlib.sha256(content).hexdigest()[:12]
    return OwnFile(content, _MEDIA_TYPES[path.suffix], version)


def _is_collected(name: str) -> bool:
    """Return whether the project's own server of static files has the file."""
    root = settings.STATIC_ROOT
    return not settings.DEBUG and bool(root) and (Path(root) / name).is_file()


def _static_or_plain(name: str) -> str:
    try:
        return static(name)
    except ValueError:  # a storage with hashed names does not know the file
        return f"{settings.STATIC_URL}{name}"
