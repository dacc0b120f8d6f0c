"""Decide from the headers whether a client may be recorded.

Pages and WebSockets use the same rules. Presence counts a person who is not recorded like
any other. Ignored paths and staff are handled in :mod:`landing.analytics.middleware` and
:mod:`landing.live.consumer`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from .bots import is_program

#: Opt-outs: https://w3c.github.io/gpc/ and https://www.w3.org/TR/tracking-dnt/
OPT_OUT_HEADERS = ("sec-gpc", "dnt")
#: https://wicg.github.io/nav-speculation/prefetch.html#sec-purpose-header; older versions of
#: Chromium and Safari, Safari's previews, and older versions of Firefox send the others.
PURPOSE_HEADERS = ("sec-purpose", "purpose", "x-purpose", "x-moz")
PREFETCH_VALUES = frozenset({"prefetch", "prerender", "preview"})

#: Values by lower-case header name.
Headers = Mapping[str, str]


def may_be_recorded(headers: Headers) -> bool:
    """Return True for a browser that shows the page now and has not opted out."""
    return not (
        has_opted_out(headers) or is_prefetch(headers) or is_program(headers.get("user-agent", ""))
    )


def has_opted_out(headers: Headers) -> bool:
    """Return True if any value of ``Sec-GPC`` or ``DNT`` is 1."""
    return any(
        value.lstrip().startswith("1")
        for name in OPT_OUT_HEADERS
        for value in headers.get(name, "").split(",")
    )


def is_prefetch(headers: Headers) -> bool:
    """Return True if the browser may never show the page that it fetches."""
    words = (
        word.strip().lower()
        for name in PURPOSE_HEADERS
        for word in re.split("[,;]", headers.get(name, ""))
    )
    return not PREFETCH_VALUES.isdisjoint(words)
