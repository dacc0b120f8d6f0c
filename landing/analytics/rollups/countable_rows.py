"""Find the analytics rows before which no other row can appear.

A key is taken before its row can be read. So a transaction that is still open may add a row with a
lower key than rows that can be read already, and counting in the order of keys would miss it.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from ...models import Analytics
from ...tables import own_database

#: How often, and at which interval, open transactions are checked. Inserts take milliseconds.
MAX_CHECKS, CHECK_SECONDS = 20, 0.025

#: Transactions of other connections that have written, or may write, rows of the table.
_WRITERS = """
    SELECT virtualtransaction FROM pg_locks
    WHERE relation = %s::regclass AND mode = 'RowExclusiveLock' AND granted
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
    AND pid <> pg_backend_pid()
"""


def read_last_key(sleep: Callable[[float], None] = time.sleep) -> int | None:
    """Return the last key up to which all rows can be read; None if a writer takes too long."""
    last = Analytics.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    # SQLite has one writer at a time, so keys appear in their order.
    if own_database.connection().vendor != "postgresql":
        return last
    writers = _read_writers()
    for _ in range(MAX_CHECKS):
        if not writers:
            return last
        sleep(CHECK_SECONDS)
        writers &= _read_writers()
    return None


def _read_writers() -> set[str]:
    with own_database.connection().cursor() as cursor:
        cursor.execute(_WRITERS, [Analytics._meta.db_table])
        return {writer for (writer,) in cursor.fetchall()}
