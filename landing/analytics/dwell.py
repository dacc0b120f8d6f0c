"""Who stays: once in a while, one row for everybody who is connected and may be recorded.

Without them somebody who reads one page for half an hour would cease to be active. Owns
when they are due and who leaves one. Who waits for that moment is :mod:`landing.background`.

A visitor without the cookie is left out: by address and user agent, they are somebody
else on a socket than on the page that set the cookie, and would count twice.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from itertools import islice
from typing import TypeVar

from .. import conf
from ..live.registry import Registry
from . import recording

#: Between two yields to the event loop: one or two milliseconds.
CHUNK = 500

T = TypeVar("T")


def last_due_at(now: datetime) -> datetime:
    """The newest moment at which rows were due: never after ``now``.

    A whole number of intervals since 1970 in UTC, whatever the zone of the site, so that
    all workers give their rows the same moment and the table keeps one per visitor.
    """
    interval = _interval_seconds()
    return datetime.fromtimestamp(now.timestamp() // interval * interval, UTC)


def due_at(now: datetime) -> datetime:
    """The next moment at which rows are due: always after ``now``."""
    interval = _interval_seconds()
    return datetime.fromtimestamp((now.timestamp() // interval + 1) * interval, UTC)


def _interval_seconds() -> int:
    return 60 * conf.read().LANDING_ANALYTICS_HEARTBEAT_MINUTES


async def beat(registry: Registry, at: datetime) -> int:
    """Record everybody who is connected now; returns how many rows that are.

    ``at`` is one of the moments above. Called twice with the same, it leaves one row
    per visitor all the same.
    """
    people = await collect(registry)
    async for chunk in _chunks(list(people.items())):
        recording.record_heartbeats(chunk, at)
    return len(people)


async def collect(registry: Registry) -> dict[bytes, str | None]:
    """Each visitor who may be recorded, with the user of one of their sockets if there is one.

    Sockets may come and go meanwhile: these are the visitors of when it began.
    """
    people: dict[bytes, str | None] = {}
    async for connections in _chunks(list(registry)):
        for connection in connections:
            if not connection.recorded:
                continue
            if connection.user is not None or connection.visitor not in people:
                people[connection.visitor] = connection.user
    return people


async def _chunks(items: Sequence[T]) -> AsyncIterator[list[T]]:
    """All of them, with a yield to the event loop after each part."""
    remaining = iter(items)
    while chunk := list(islice(remaining, CHUNK)):
        yield chunk
        await asyncio.sleep(0)
