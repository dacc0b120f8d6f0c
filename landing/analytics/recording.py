"""Record page views and dwell rows.

Paths are sanitized here, because browsers may send anything. A recorded row
goes into the write buffer, which inserts it later in a batch.
"""

from __future__ import annotations

import atexit
import os
from collections.abc import Iterable
from datetime import datetime

from .. import conf
from ..dates import utc_now
from ..limits.members import NetworkMembers
from ..models import PATH_LENGTH, Analytics
from ..visitors.identity import Identity
from .insert import PendingRow, insert
from .write_buffer import WriteBuffer

#: How long a visitor counts for the limit of its network after its last row.
VISITOR_SECONDS = 3600.0


def record_page_view(
    identity: Identity,
    path: str,
    referrer_host: str,
    now: datetime | None = None,
    *,
    new_visitor: bytes | None = None,
) -> None:
    """Record one page view at ``now``, without waiting for the database.

    If :func:`confirm_visitor` is called with ``new_visitor`` soon, the view is that visitor's.
    """
    at = now or utc_now()
    event = Analytics.Event.PAGE_VIEW.value
    row = PendingRow(identity.visitor, identity.user, event, clean_path(path), referrer_host, at)
    if new_visitor is None:
        writer.extend((row,))
    else:
        writer.hold(new_visitor, row)


def confirm_visitor(visitor: bytes) -> bool:
    """Give a visitor that returned its new cookie the view that waits for it, if any does."""
    return writer.confirm(visitor, lambda row: row._replace(visitor=visitor))


def discard(visitor: bytes) -> None:
    """Remove the rows of a visitor that wait in this process."""
    writer.discard(lambda row: row.visitor == visitor)


def record_dwell(visitors: Iterable[tuple[bytes, str | None]], at: datetime) -> None:
    """Record one dwell row per visitor at ``at``, without waiting for the database.

    ``visitors`` are pairs of a visitor id and a user's primary key as text, or None. Workers
    that pass the same ``at`` store one row per visitor. While the database fails, this
    records nothing and so leaves the space in the buffer to page views.
    """
    if writer.is_failing:
        return
    event = Analytics.Event.HEARTBEAT.value
    writer.extend([PendingRow(visitor, user, event, "", "", at) for visitor, user in visitors])


def clean_path(path: str) -> str:
    """Replace control, bidi, and invalid characters, and cut the path to the column's length."""
    cut = path[:PATH_LENGTH]
    if cut.isprintable():
        return cut
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in cut)


writer = WriteBuffer(insert)
#: The visitors of each network that may leave rows.
visitors = NetworkMembers(lambda: conf.read().LANDING_NETWORK_MAX_PEOPLE, VISITOR_SECONDS)


def _finish() -> None:
    writer.finish()


def _reset() -> None:
    writer.reset()


# The interpreter exits after every graceful shutdown, whatever the server.
atexit.register(_finish)
# A forked child has no thread, and the parent writes the rows in the buffer.
os.register_at_fork(after_in_child=_reset)
