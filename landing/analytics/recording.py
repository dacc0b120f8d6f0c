"""The write side of analytics: page views and heartbeats on their way to their table.

Owns what a row may contain: paths and referrers are cleaned here, from whatever
a browser sent. Recording only remembers a row; :mod:`landing.analytics.write_buffer` has it
written in batches. Reads nothing; :mod:`landing.stats` does.
"""

from __future__ import annotations

import atexit
import os
import re
from collections.abc import Iterable
from datetime import datetime
from urllib.parse import urlsplit

from django.utils import timezone

from ..models import HOST_LENGTH, PATH_LENGTH, Analytics
from ..visitors.identity import Identity
from .insert import PendingRow, insert
from .write_buffer import WriteBuffer

#: Names in DNS's letters (also as in ``xn--``) and addresses; ``:`` is IPv6's.
HOST = re.compile(rf"[a-z0-9._:-]{{1,{HOST_LENGTH}}}")


def record_page_view(who: Identity, path: str, referrer: str, now: datetime | None = None) -> None:
    """Remember one row, dated now and not when it is written. Never waits."""
    at = now or timezone.now()
    event = Analytics.Event.PAGE_VIEW.value
    row = PendingRow(who.visitor, who.user, event, clean_path(path), referrer_host(referrer), at)
    writer.extend((row,))


def record_dwell(people: Iterable[tuple[bytes, str | None]], at: datetime) -> None:
    """Remember that these are here: visitor, and the user's key as text or None. Never waits.

    Workers that give the same ``at`` leave one row of a visitor between them. None while the
    database is away: what waits for it then are page views, which are to be lost last.
    """
    if writer.is_away:
        return
    event = Analytics.Event.HEARTBEAT.value
    writer.extend([PendingRow(visitor, user, event, "", "", at) for visitor, user in people])


def clean_path(path: str) -> str:
    """Fit for a column and a screen: no control, bidi or broken characters, cut to length."""
    cut = path[:PATH_LENGTH]
    if cut.isprintable():
        return cut
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in cut)


def referrer_host(referrer: str) -> str:
    """The host of a web page's address, lower case; empty for anything else."""
    if not referrer:
        return ""
    try:
        parts = urlsplit(referrer)
        host = (parts.hostname or "").rstrip(".")
    except ValueError:
        return ""
    is_web = parts.scheme in {"http", "https"}
    return host if is_web and HOST.fullmatch(host) else ""


writer = WriteBuffer(insert)


def _finish() -> None:
    writer.finish()


def _forget() -> None:
    writer.forget()


# The interpreter's end follows every stop in order, of any server.
atexit.register(_finish)
# A child has no thread of its own yet, and its rows are the parent's to write.
os.register_at_fork(after_in_child=_forget)
