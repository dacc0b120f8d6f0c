"""Who and what is not recorded, judged by what a client says of itself.

Pure: the same for a page and for a WebSocket, from headers by their name in lower case.
Somebody who is not recorded is counted among those who are here like everybody else.
Paths and staff, which a site may leave out, are the business of whoever records.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from .bots import is_program

#: https://w3c.github.io/gpc/ and https://www.w3.org/TR/tracking-dnt/
WISHES = ("sec-gpc", "dnt")
#: https://wicg.github.io/nav-speculation/prefetch.html#sec-purpose-header; the others are
#: what older Chromium and Safari, Safari's previews, and older Firefox send.
PURPOSES = ("sec-purpose", "purpose", "x-purpose", "x-moz")
AHEAD = frozenset({"prefetch", "prerender", "preview"})

Headers = Mapping[str, str]


def may_be_recorded(headers: Headers) -> bool:
    """Whether this is a person who looks at a page now and has not asked to be left out."""
    return not (
        asks_not_to_be(headers)
        or is_ahead_of_time(headers)
        or is_program(headers.get("user-agent", ""))
    )


def asks_not_to_be(headers: Headers) -> bool:
    """``Sec-GPC: 1`` or ``DNT: 1``; where several values came, one of them is enough."""
    return any(
        value.lstrip().startswith("1")
        for name in WISHES
        for value in headers.get(name, "").split(",")
    )


def is_ahead_of_time(headers: Headers) -> bool:
    """A browser fetches a page that its user may never see."""
    words = (
        word.strip().lower()
        for name in PURPOSES
        for word in re.split("[,;]", headers.get(name, ""))
    )
    return not AHEAD.isdisjoint(words)
