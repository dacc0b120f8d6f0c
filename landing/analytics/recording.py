"""Record page views and dwell rows.

A page view waits a few seconds for the connection of its page, which has the width of the window,
and shows that a new browser keeps its cookie. Views of visitors whose width is known do not wait.

Paths are sanitized here, because browsers may send anything. A recorded row
goes into the write buffer, which inserts it later in a batch.
"""

from __future__ import annotations

import atexit
import logging
import os
from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING

from .. import conf
from ..dates import utc_now
from ..limits import hits
from ..limits.hits import Limit
from ..limits.visitors_per_network import VisitorsPerNetwork
from ..measures import counter
from ..models import Analytics
from ..resilience.counted_log import CountedLog
from ..tables.rollups import PATH_LENGTH
from ..visitors.identity import Identity
from .dimensions.daily_values import daily_values
from .dimensions.request import UNKNOWN, Dimensions
from .dimensions.widths import widths
from .write_buffer.buffer import WriteBuffer
from .write_buffer.insert import PendingRow, insert

if TYPE_CHECKING:
    from ..limits.shared_visitors_per_network import SharedVisitorsPerNetwork

#: How long a visitor counts for the limit of its network after its last row.
VISITOR_SECONDS = 3600.0

_log = CountedLog(logging.getLogger(__name__))

#: Rows that are not stored although nothing failed.
rows_left_out = counter("analytics_rows_left_out", "Rows not stored on purpose.", "reason")
_left_out_over_limit = rows_left_out.labels("visitor_limit")
_left_out_as_duplicates = rows_left_out.labels("duplicate")


def record_page_view(
    identity: Identity,
    path: str,
    referrer_host: str,
    now: datetime | None = None,
    *,
    dimensions: Dimensions = UNKNOWN,
    connects_as: bytes | None = None,
) -> None:
    """Record one page view at ``now``, without waiting for the database.

    The page may soon open a connection as the visitor ``connects_as``. The view is then that
    visitor's, and has the width that :func:`confirm_connection` receives.
    """
    at = now or utc_now()
    event = Analytics.Event.PAGE_VIEW.value
    columns = event, clean_path(path), referrer_host, at
    width = widths.get(identity.visitor)
    row = PendingRow(
        identity.visitor, identity.user, *columns, identity.network, *dimensions, width
    )
    if connects_as is None or (connects_as == identity.visitor and width):
        writer.extend((row,))
    else:
        writer.hold(connects_as, row)


def confirm_visitor(visitor: bytes) -> None:
    """Give a visitor that returned its new cookie the view that waits for it, if any does."""
    writer.change_held(visitor, lambda row: row._replace(visitor=visitor))


def confirm_connection(visitor: bytes, width: str) -> bool:
    """Give the visitor of a new connection the view that waits for it; return whether one did.

    ``width`` is the class of the window's width, empty if unknown.
    """
    widths.note(visitor, width)
    return writer.confirm(visitor, lambda row: row._replace(visitor=visitor, width=width))


def discard(visitor: bytes) -> None:
    """Remove the rows of a visitor that wait in this process."""
    writer.discard(lambda row: row.visitor == visitor)


def record_dwell(identities: Iterable[Identity], at: datetime) -> None:
    """Record one dwell row per visitor at ``at``, without waiting for the database.

    Workers that pass the same ``at`` store one row per visitor. While the database fails, this
    records nothing and so leaves the space in the buffer to page views.
    """
    if writer.is_failing:
        return
    event = Analytics.Event.HEARTBEAT.value
    writer.extend(
        [
            PendingRow(each.visitor, each.user, event, "", "", at, each.network)
            for each in identities
        ]
    )


def clean_path(path: str) -> str:
    """Replace control, bidi, and invalid characters, and cut the path to the column's length."""
    cut = path[:PATH_LENGTH]
    if cut.isprintable():
        return cut
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in cut)


def admits(network: str, visitor: bytes) -> bool:
    """Return whether a visitor may leave a row, as far as this process knows; count a refusal."""
    if visitors.admit(network, visitor):
        return True
    _count_over_limit(1)
    return False


def store(rows: Sequence[PendingRow]) -> int:
    """Insert the rows, without those of visitors that other processes left no place for.

    Return how many rows are new in the database.
    """
    shared, limit = shared_visitors(), conf.read().LANDING_NETWORK_MAX_PEOPLE
    refused = (
        shared.find_refused(((row.network, row.visitor) for row in rows), limit) if shared else ()
    )
    for network, visitor in refused:
        visitors.refuse(network, visitor)
        _log.warn(
            f"A network has {conf.spell('LANDING_NETWORK_MAX_PEOPLE')} new visitors across all "
            "processes; more leave no analytics rows"
        )
    kept = [row for row in rows if (row.network, row.visitor) not in refused]
    inserted = insert(daily_values.limit(kept)) if kept else 0
    # An insert that fails is repeated, so count after it.
    _count_over_limit(len(rows) - len(kept))
    _left_out_as_duplicates.inc(len(kept) - inserted)
    return inserted


def _count_over_limit(rows: int) -> None:
    _left_out_over_limit.inc(rows)
    hits.count(Limit.VISITOR_ROWS, rows)


@cache
def shared_visitors() -> SharedVisitorsPerNetwork | None:
    """Return the visitors of each network over all processes; None without Redis."""
    url = conf.redis_url()
    if not url:
        return None
    from ..limits.shared_visitors_per_network import SharedVisitorsPerNetwork

    landing_settings = conf.read()
    return SharedVisitorsPerNetwork(
        url,
        landing_settings.LANDING_REDIS_PREFIX,
        VISITOR_SECONDS,
        landing_settings.LANDING_REDIS_TIMEOUT_SECONDS,
    )


writer = WriteBuffer(store)
#: The visitors of each network that may leave rows, as far as this process knows.
visitors = VisitorsPerNetwork(lambda: conf.read().LANDING_NETWORK_MAX_PEOPLE, VISITOR_SECONDS)


def _finish() -> None:
    writer.finish()


def _reset() -> None:
    writer.reset()
    visitors.clear()
    shared_visitors.cache_clear()


# The interpreter exits after every graceful shutdown, whatever the server.
atexit.register(_finish)
# A forked child has no thread, and the parent writes the rows in the buffer.
os.register_at_fork(after_in_child=_reset)
