"""Record a dwell row as soon as a visitor connects whose page view has another visitor id.

A visitor with a cookie who connects and leaves soon must not be missing in the visitors of
today. A page view may have gone to another process, or may have been served from a cache,
prefetched, or booked for another browser with the same address and user agent.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from ..dates import day_start, site_day, utc_now
from ..live.connection import Connection
from . import dwell_rows, recording

#: Visitors that a process remembers, about 100 bytes each. Forgetting one costs a row.
MAX_VISITORS = 100_000


class FirstDwellRows:
    """Records a dwell row for each visitor who connects without a row.

    It remembers the visitors of this process with a row since the last due time of dwell rows.
    """

    def __init__(self, now: Callable[[], datetime] = utc_now) -> None:
        self._now = now
        self.clear()

    def clear(self) -> None:
        """Forget all visitors."""
        self._since = self._until = datetime.min.replace(tzinfo=UTC)
        self._visitors: set[bytes] = set()

    def forget(self, visitor: bytes) -> None:
        """Forget one visitor."""
        self._visitors.discard(visitor)

    def note(self, visitor: bytes) -> None:
        """Remember a visitor who has a row."""
        self._begin_interval()
        if len(self._visitors) >= MAX_VISITORS:
            self._visitors.clear()
        self._visitors.add(visitor)

    def record(self, connection: Connection) -> None:
        """Record the visitor of a new connection, who may be recorded, if there is no row.

        The time of the row is that of dwell rows, so that the table keeps one per visitor and
        interval, however often a visitor connects, and to whichever process.
        """
        if not recording.visitors.admit(connection.network, connection.visitor):
            return
        self._begin_interval()
        has_row = recording.confirm_connection(connection.visitor, connection.width)
        if not has_row and connection.visitor not in self._visitors:
            recording.record_dwell([dwell_rows.identity_of(connection)], self._since)
        self.note(connection.visitor)

    def _begin_interval(self) -> None:
        """Forget the visitors of an earlier interval, or of yesterday."""
        now = self._now()
        if self._since <= now < self._until:
            return
        today = site_day(now)
        self._since = max(dwell_rows.last_due_at(now), day_start(today))
        self._until = min(dwell_rows.next_due_at(now), day_start(today + timedelta(days=1)))
        self._visitors.clear()


first_dwell_rows = FirstDwellRows()
