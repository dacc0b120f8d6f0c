"""The path under which the site is mounted, such as ``/app`` in ``https://example.org/app/``.

Servers and proxies disagree about it: a proxy removes it from the path or does not, and a server
adds it again or does not. This makes every scope look as the ASGI specification demands: the path
begins with the root path.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import unquote

from django.conf import settings
from django.urls import is_valid_path

from .websocket_path import is_live_websocket

#: The root path begins every link of a page.
_VALID = re.compile(r"""(?:/(?!\.{1,2}(?:/|$))[^/\s\\"'<>?#\x00-\x1f\x7f]+)+""")

#: The begin of a request target in absolute form, before its path.
_AUTHORITY = re.compile(r"https?://[^/]*", re.IGNORECASE)

#: Whether a path below the root path is one of the site.
IsRoute = Callable[[str], bool]


class RootPath:
    """Passes scopes on with the root path in ``root_path`` and at the start of ``path``.

    ``is_route`` has a function for each type of scope that has paths.
    """

    def __init__(self, application: Any, is_route: Mapping[str, IsRoute]) -> None:
        self._application = application
        self._is_route = is_route

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Pass the call on."""
        if (is_route := self._is_route.get(scope["type"])) is not None:
            scope = find_mounted(scope, is_route)
        await self._application(scope, receive, send)


def find_mounted(scope: Mapping[str, Any], is_route: IsRoute) -> Mapping[str, Any]:
    """Return the scope with its root path in ``root_path`` and at the start of ``path``."""
    scope = _in_origin_form(scope)
    root_path = find_root_path(scope)
    if not root_path and not scope.get("root_path"):
        return scope
    path = _decode_prefix(scope["path"], scope.get("root_path", ""))
    path = root_path + find_path_below(path, root_path, is_route)
    return {**scope, "root_path": root_path, "path": path}


def _in_origin_form(scope: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a scope with a path, also for ``GET http://example.org/path``.

    Servers must accept that (https://www.rfc-editor.org/rfc/rfc9112#section-3.2.2). Proxies and
    probes send it.
    """
    path: str = scope["path"]
    if path.startswith("/") or not (found := _AUTHORITY.match(path)):
        return scope
    return {**scope, "path": path[found.end() :] or "/"}


def find_root_path(scope: Mapping[str, Any]) -> str:
    """Return the root path, decoded and without its last slash; empty at the root of the host.

    Daphne would take it from a header of the client, which
    :mod:`landing.live.transport.http_guard` removes.
    """
    given = settings.FORCE_SCRIPT_NAME or scope.get("root_path")
    if not given:
        return ""
    decoded = _decode(given)
    return decoded if _VALID.fullmatch(decoded) else ""


def find_path_below(path: str, root_path: str, is_route: IsRoute) -> str:
    """Return the path without the root path, which it has not at all, once, or twice.

    If the site has a route that begins like the root path, only one of them is a route.
    """
    possible = list(_without(path, root_path))
    likely = possible[1] if len(possible) > 1 else path
    return next((each for each in (likely, *possible) if is_route(each)), likely)


def _decode(root_path: str) -> str:
    return unquote(root_path).rstrip("/")


def _decode_prefix(path: str, given: str) -> str:
    """Decode the root path at the start of a path, where Uvicorn puts it as it is given."""
    return _decode(given) + path[len(given) :] if path.startswith(f"{given}/") else path


def _without(path: str, root_path: str) -> Iterator[str]:
    """Yield the path, and then without the root path at its start, up to twice."""
    yield path
    for _ in range(2):
        if not root_path or not f"{path}/".startswith(f"{root_path}/"):
            return
        path = path[len(root_path) :]
        yield path


def _is_http_route(path: str) -> bool:
    candidates = (path, f"{path}/")  # Django redirects from the first to the second
    return path.startswith(settings.STATIC_URL) or any(map(is_valid_path, candidates))


#: Whether a path is one of the site, by type of scope.
ROUTES: Mapping[str, IsRoute] = {"http": _is_http_route, "websocket": is_live_websocket}
