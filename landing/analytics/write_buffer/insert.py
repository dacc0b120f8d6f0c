"""Insert a batch of analytics rows in one transaction."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.db.backends.base.base import BaseDatabaseWrapper

from ...models import Analytics
from ...names import LABEL
from ...tables import own_database


class PendingRow(NamedTuple):
    """One row that waits for its insert, in a tenth of the memory of a model instance."""

    visitor: bytes
    user: str | None
    event: str
    path: str
    referrer_host: str
    at: datetime
    #: The network of the visitor, for its limit. It is not stored.
    network: str = ""
    utm_source: str = ""
    utm_campaign: str = ""
    language: str = ""
    width: str = ""


#: The fields of a row that are stored.
_STORED = tuple(name for name in PendingRow._fields if name != "network")
_INSERT = f"""
    INSERT INTO {LABEL}_analytics (
        visitor_id, user_id, event, path, referrer_host, created_at,
        utm_source, utm_campaign, language, width, data
    )
    {{rows}}
    ON CONFLICT (created_at, visitor_id) WHERE event = 'heartbeat' DO NOTHING
"""
#: One JSON parameter for all rows takes a tenth of the time of one parameter per value.
_FROM_JSON = """
    SELECT decode(visitor, 'hex'), "user", event, path, referrer_host, at,
        utm_source, utm_campaign, language, width, '{data}'
    FROM json_to_recordset(%s) AS new (
        visitor text, "user" {user_type}, event text, path text, referrer_host text, at timestamptz,
        utm_source text, utm_campaign text, language text, width text
    )
"""
_VALUES = f"({', '.join(['%s'] * len(_STORED))}, '{{data}}')"


def insert(rows: Sequence[PendingRow], data: Mapping[str, bool] | None = None) -> int:
    """Insert all rows, or none if the database raises; return how many are new.

    A dwell row is skipped if another worker has inserted one for its visitor and time. All rows
    get the same ``data``, a constant of the code: it becomes a part of the statement.
    """
    text, connection = json.dumps(data or {}), own_database.connection()
    with own_database.atomic():
        if connection.vendor == "postgresql":
            return _insert_as_json(connection, rows, text)
        return _insert_as_values(connection, rows, text)


def _insert_as_json(connection: BaseDatabaseWrapper, rows: Sequence[PendingRow], data: str) -> int:
    text = json.dumps([_to_object(row, connection) for row in rows], default=_to_json)
    statement = _INSERT.format(
        rows=_FROM_JSON.format(user_type=_USER.db_type(connection), data=data)
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, [text])
        inserted: int = cursor.rowcount
        return inserted


def _to_object(row: PendingRow, connection: BaseDatabaseWrapper) -> dict[str, Any]:
    columns = row._asdict()
    del columns["network"]
    user = _USER.get_db_prep_save(row.user, connection)
    # The text of a bytea in PostgreSQL: https://www.postgresql.org/docs/current/datatype-binary.html
    is_binary = isinstance(user, bytes | memoryview)
    return columns | {"user": rf"\x{bytes(user).hex()}" if is_binary else user}


def _to_json(value: object) -> str:
    if isinstance(value, bytes):
        return value.hex()
    return value.isoformat() if isinstance(value, datetime) else str(value)


def _insert_as_values(
    connection: BaseDatabaseWrapper, rows: Sequence[PendingRow], data: str
) -> int:
    """Insert with as few statements as the limit of parameters permits.

    SQLite releases Python's lock (the GIL) only during a statement. One statement per row would
    wait 5 ms for the lock each time while the event loop is busy, and model instances would take
    three times the CPU time of this.
    """
    limit = (connection.features.max_query_params or 999) // len(_STORED)
    place = _VALUES.format(data=data)
    inserted = 0
    with connection.cursor() as cursor:
        for start in range(0, len(rows), limit):
            batch = rows[start : start + limit]
            statement = _INSERT.format(rows="VALUES " + ", ".join([place] * len(batch)))
            values = (value for row in batch for value in _to_columns(row, connection))
            cursor.execute(statement, list(values))
            inserted += cursor.rowcount
    return inserted


def _to_columns(row: PendingRow, connection: BaseDatabaseWrapper) -> tuple[Any, ...]:
    """Return the values of a row as the database's driver expects them."""
    user, at = _USER.get_db_prep_save, _CREATED_AT.get_db_prep_save
    named = user(row.user, connection), row.event, row.path, row.referrer_host
    dimensions = row.utm_source, row.utm_campaign, row.language, row.width
    return row.visitor, *named, at(row.at, connection), *dimensions


_USER = Analytics._meta.get_field("user")
_CREATED_AT = Analytics._meta.get_field("created_at")
