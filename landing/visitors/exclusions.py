"""Decide from the headers whether a client is a person, and whether it may be recorded.

Pages and WebSockets use the same rules. A program is neither counted nor recorded. A person who
may not be recorded counts like any other. Ignored paths and staff are handled in
:mod:`landing.analytics.middleware` and :mod:`landing.live.consumer`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from .bots import is_program

#: Opt-outs: https://w3c.github.io/gpc/ and https://www.w3.org/TR/tracking-dnt/
OPT_OUT_HEADERS = ("sec-gpc", "dnt")
#: Values of ``Sec-Purpose`` and of the headers like it:
#: https://wicg.github.io/nav-speculation/prefetch.html#sec-purpose-header
PREFETCH_VALUES = frozenset({"prefetch", "prerender", "preview", "preload"})
#: Parts of the names of headers that announce a prefetch. Purpose, X-Purpose, and X-Moz come from
#: older browsers, X-Sec-Purpose from Turbo, HX-Preloaded from htmx, Next-Router-Prefetch from Next.
PREFETCH_NAMES = ("purpose", "x-moz", "hx-preloaded", "prefetch")
NO = frozenset({"", "0", "false", "no", "off"})
#: https://w3c.github.io/webappsec-fetch-metadata/#sec-fetch-dest-header. A frame shows a page, too.
PAGE_DESTINATIONS = frozenset({"document", "iframe", "frame", "fencedframe", "object", "embed"})
#: Chromium 76 to 79 sends only the mode, and "nested-navigate" for a frame.
PAGE_MODES = frozenset({"navigate", "nested-navigate"})

#: Values by header name, which Django writes in title case and ASGI in lower case.
Headers = Mapping[str, str]


def is_person(headers: Headers) -> bool:
    """Return False for a program."""
    return not is_program(headers.get("user-agent", ""))


def may_be_recorded(headers: Headers) -> bool:
    """Return True for a person who shows the page now and has not opted out."""
    return not has_opted_out(headers) and not is_prefetch(headers) and is_person(headers)


def has_opted_out(headers: Headers) -> bool:
    """Return True if any value of ``Sec-GPC`` or ``DNT`` is 1."""
    return any(
        value.lstrip().startswith("1")
        for name in OPT_OUT_HEADERS
        for value in headers.get(name, "").split(",")
    )


def is_prefetch(headers: Headers) -> bool:
    """Return True if the browser may never show the page that it fetches."""
    # Most requests have none of these headers, and one search of all names is fast.
    names = "\n".join(headers).lower()
    return any(part in names for part in PREFETCH_NAMES) and any(
        _announces_prefetch(name.lower(), value.lower()) for name, value in headers.items()
    )


def is_navigation(headers: Headers) -> bool:
    """Return False if a script or an element fetches the page without opening it.

    Browsers send ``Sec-Fetch-*`` over HTTPS and to localhost. A service worker that fetches the
    page for a navigation has no destination, but the mode of a navigation. Handshakes have other
    destinations and modes, so this rule is for pages only.
    """
    destination = headers.get("sec-fetch-dest", "").strip().lower()
    mode = headers.get("sec-fetch-mode", "").strip().lower()
    if mode in PAGE_MODES:
        return True
    return destination in PAGE_DESTINATIONS if destination else not mode


def _announces_prefetch(name: str, value: str) -> bool:
    if name.endswith("purpose") or name == "x-moz":
        return not PREFETCH_VALUES.isdisjoint(re.split(r"[\s,;]+", value))
    return (name == "hx-preloaded" or "prefetch" in name) and value.strip() not in NO
