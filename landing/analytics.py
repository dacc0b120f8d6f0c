"""The write side of analytics: page views and heartbeats on their way to their table.

Owns what a row may contain: paths and referrers are cleaned here, from whatever
a browser sent. Recording only remembers a row; :mod:`landing.row_writer` has it
written in batches. Reads nothing; :mod:`landing.stats` does.
"""

from __future__ import annotations

import atexit
import json
import os
import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple
from urllib.parse import urlsplit

from django.db import connection, transaction
from django.utils import timezone

from landing.identity import Identity
from landing.models import HOST_LENGTH, PATH_LENGTH, Analytics
from landing.row_writer import RowWriter

#: Names in DNS's letters (also as in ``xn--``) and addresses; ``:`` is IPv6's.
HOST = re.compile(rf"[a-z0-9._:-]{{1,{HOST_LENGTH}}}")


class Row(NamedTuple):
    """What is remembered until it is written; a tenth of a model's instance."""

    visitor: bytes
    user: str | None
    event: str
    path: str
    referrer_host: str
    at: datetime


def record_page_view(who: Identity, path: str, referrer: str, now: datetime | None = None) -> None:
    """Remember one row, dated now and not when it is written. Never waits."""
    at = now or timezone.now()
    event = Analytics.Event.PAGE_VIEW.value
    row = Row(who.visitor, who.user, event, clean_path(path), referrer_host(referrer), at)
    writer.extend((row,))


def record_heartbeats(people: Iterable[tuple[bytes, str | None]], at: datetime) -> None:
    """Remember that these are here: visitor, and the user's key as text or None. Never waits.

    Workers that give the same ``at`` leave one row of a visitor between them. None while the
    database is away: what waits for it then are page views, which are to be lost last.
    """
    if writer.is_away:
        return
    event = Analytics.Event.HEARTBEAT.value
    writer.extend([Row(visitor, user, event, "", "", at) for visitor, user in people])


def store(rows: Sequence[Row]) -> None:
    """Write all of these rows or, where it raises, none."""
    with transaction.atomic():
        if connection.vendor == "postgresql":
            _store_as_json(rows)
        else:
            _store_as_instances(rows)


#: All rows are one parameter: a tenth of the work of one per row and column.
_INSERT = """
    INSERT INTO landing_analytics
        (visitor_id, user_id, event, path, referrer_host, created_at, data)
    SELECT decode(visitor, 'hex'), "user", event, path, referrer_host, at, '{{}}'
    FROM json_to_recordset(%s) AS new (
        visitor text, "user" {user_type}, event text, path text, referrer_host text, at timestamptz
    )
    ON CONFLICT (created_at, visitor_id) WHERE event = 'heartbeat' DO NOTHING
"""


def _store_as_json(rows: Sequence[Row]) -> None:
    """For PostgreSQL, in the order of the rows."""
    user_type = Analytics._meta.get_field("user").db_type(connection)
    text = json.dumps([row._asdict() for row in rows], default=_for_json)
    with connection.cursor() as cursor:
        cursor.execute(_INSERT.format(user_type=user_type), [text])


def _for_json(value: bytes | datetime) -> str:
    return value.hex() if isinstance(value, bytes) else value.isoformat()


def _store_as_instances(rows: Sequence[Row]) -> None:
    """For any other database; page views first."""
    beats = [_instance(row) for row in rows if row.event == Analytics.Event.HEARTBEAT]
    views = [_instance(row) for row in rows if row.event != Analytics.Event.HEARTBEAT]
    Analytics.objects.bulk_create(views)
    # Another worker may have written the same visitor's row of this moment. SQLite then
    # takes no offence at anything else, either: page views are not to be written so.
    Analytics.objects.bulk_create(beats, ignore_conflicts=True)


def _instance(row: Row) -> Analytics:
    return Analytics(
        visitor_id=row.visitor,
        user_id=row.user,
        event=row.event,
        path=row.path,
        referrer_host=row.referrer_host,
        created_at=row.at,
    )


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


writer = RowWriter(store)


def _finish() -> None:
    writer.finish()


def _forget() -> None:
    writer.forget()


# The interpreter's end follows every stop in order, of any server.
atexit.register(_finish)
# A child has no thread of its own yet, and its rows are the parent's to write.
os.register_at_fork(after_in_child=_forget)
