"""Record dwell rows: periodically one row per connected visitor who may be recorded.

Without dwell rows, a visitor who reads one page for half an hour would not stay active.
:mod:`landing.background` calls :func:`record` when rows are due.

A visitor without the cookie gets no dwell row. Such a connection has an identity from its
address and user agent, which differs from the cookie's, so the visitor would count twice.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from itertools import islice
from typing import TypeVar

from .. import conf
from ..live.connection import Connection
from ..live.registry import Registry
from ..visitors.identity import Identity
from . import recording

#: Items between two yields to the event loop, which take one or two milliseconds.
CHUNK = 500

T = TypeVar("T")


def last_due_at(now: datetime) -> datetime:
    """Return the last due time that is not after ``now``.

    Due times are whole intervals since 1970 in UTC, whatever the time zone of the site. So
    all workers give their rows the same time, and the table keeps one row per visitor.
    """
    interval = _interval_seconds()
    return datetime.fromtimestamp(now.timestamp() // interval * interval, UTC)


def next_due_at(now: datetime) -> datetime:
    """Return the first due time after ``now``."""
    interval = _interval_seconds()
    return datetime.fromtimestamp((now.timestamp() // interval + 1) * interval, UTC)


def _interval_seconds() -> int:
    return 60 * conf.read().LANDING_ANALYTICS_HEARTBEAT_MINUTES


async def record(registry: Registry, at: datetime) -> int:
    """Record one row per connected visitor and return the count of the rows.

    ``at`` is a due time. Repeated calls with one ``at`` store one row per visitor.
    """
    visitors = await find_visitors(registry)
    async for chunk in _chunks(visitors):
        recording.record_dwell(chunk, at)
    return len(visitors)


async def find_visitors(registry: Registry) -> list[Identity]:
    """Return each visitor who may be recorded once, with a user if a connection has one.

    Connections that open or close during the call have no effect on the result.
    """
    found: dict[bytes, Identity] = {}
    async for connections in _chunks(list(registry)):
        for connection in connections:
            if not connection.is_recorded:
                continue
            if not recording.admits(connection.network, connection.visitor):
                continue
            if connection.user is not None or connection.visitor not in found:
                found[connection.visitor] = identity_of(connection)
    return list(found.values())


def identity_of(connection: Connection) -> Identity:
    """Return the identity under which a connection leaves rows."""
    return Identity(connection.visitor, connection.user, network=connection.network)


async def _chunks(items: Sequence[T]) -> AsyncIterator[list[T]]:
    """Yield all items in chunks, and yield to the event loop after each chunk."""
    remaining = iter(items)
    while chunk := list(islice(remaining, CHUNK)):
        yield chunk
        await asyncio.sleep(0)
