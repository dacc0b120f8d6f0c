"""The write side of analytics: one row per page view.

Owns what a row may contain: paths and referrers are cleaned here, from whatever
a browser sent. Reads nothing; :mod:`landing.stats` does.
"""

from __future__ import annotations

import logging
import re
from datetime import datetime
from urllib.parse import urlsplit

from django.db import Error as DatabaseError
from django.utils import timezone

from landing.identity import Identity
from landing.models import HOST_LENGTH, PATH_LENGTH, Analytics
from landing.outage import Outage

outage = Outage(logging.getLogger(__name__), "Recording page views", "they are lost")

#: Names in DNS's letters (also as in ``xn--``) and addresses; ``:`` is IPv6's.
HOST = re.compile(rf"[a-z0-9._:-]{{1,{HOST_LENGTH}}}")


async def record_page_view(
    who: Identity, path: str, referrer: str, now: datetime | None = None
) -> None:
    """Write one row: one INSERT. A database that fails is logged and costs this row."""
    row = Analytics(
        visitor_id=who.visitor,
        user_id=who.user,
        event=Analytics.Event.PAGE_VIEW,
        path=clean_path(path),
        referrer_host=referrer_host(referrer),
        created_at=now or timezone.now(),
    )
    try:
        await row.asave(force_insert=True)
    except DatabaseError as error:
        outage.began(error)
    else:
        outage.ended()


def clean_path(path: str) -> str:
    """Fit for a column and a screen: no control, bidi or broken characters, cut to length."""
    cut = path[:PATH_LENGTH]
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in cut)


def referrer_host(referrer: str) -> str:
    """The host of a web page's address, lower case; empty for anything else."""
    try:
        parts = urlsplit(referrer)
        host = (parts.hostname or "").rstrip(".")
    except ValueError:
        return ""
    is_web = parts.scheme in {"http", "https"}
    return host if is_web and HOST.fullmatch(host) else ""
