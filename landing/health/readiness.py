"""Whether this process is ready: the database, its migrations, Redis, and the drain."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from threading import Lock
from typing import Any

from asgiref.sync import async_to_sync, sync_to_async
from django.db import Error as DatabaseError
from django.db.migrations.executor import MigrationExecutor

from ..live import worker
from ..live.presence import factory
from ..live.presence.contract import PresenceError
from ..tables import own_database
from .dependency import TIMEOUT_SECONDS, Dependency, Failure


class Readiness:
    """The dependencies of this process. Thread-safe."""

    def __init__(self, dependencies: Sequence[Dependency]) -> None:
        self._dependencies = dependencies

    @property
    def states(self) -> dict[str, bool]:
        """Return by name whether the last check of each dependency found no problem."""
        return {each.name: each.failure is None for each in self._dependencies}

    async def find_failures(self) -> list[Failure]:
        """Return the failing dependencies; only due checks need a thread."""
        if any(dependency.is_due for dependency in self._dependencies):
            await sync_to_async(self.refresh, thread_sensitive=False)()
        return [each.failure for each in self._dependencies if each.failure is not None]

    def refresh(self) -> None:
        """Run the due checks; wait briefly for them in this thread."""
        for dependency in self._dependencies:
            dependency.start_check()
        deadline = time.monotonic() + TIMEOUT_SECONDS
        for dependency in self._dependencies:
            dependency.wait(max(0.0, deadline - time.monotonic()))


class DatabaseProbe:
    """Finds problems of the database, over a connection of its own.

    A check that hangs ends when the next one starts: nothing else would end it if something
    between this machine and the database lost its query, and keeps the connection open.
    """

    def __init__(self) -> None:
        self._is_migrated = False
        self._lock = Lock()
        #: of the connections of running checks
        self._sockets: set[socket.socket] = set()

    def find_problem(self) -> str | None:
        """Return the problem of the database, or None. One query once all is migrated."""
        self._end_older_checks()
        connection = own_database.connection()
        try:
            connection.ensure_connection()
            with self._until_next_check(connection.connection):
                with connection.cursor() as cursor:
                    cursor.execute("SELECT 1")
                # The process knows its migrations from its start, so they stay applied.
                self._is_migrated = self._is_migrated or not _count_missing_migrations()
        except DatabaseError:
            return "cannot be reached"
        finally:
            connection.close()
        return None if self._is_migrated else "lacks migrations: run manage.py migrate"

    def _end_older_checks(self) -> None:
        with self._lock:
            for each in self._sockets:
                with suppress(OSError):  # the server has closed it
                    each.shutdown(socket.SHUT_RDWR)

    @contextmanager
    def _until_next_check(self, driver_connection: Any) -> Iterator[None]:
        """Let the next check shut down the connection. One of SQLite has no socket."""
        if not hasattr(driver_connection, "fileno"):
            yield
            return
        # With a descriptor of its own, a shutdown never meets one that the driver has closed.
        with socket.socket(fileno=os.dup(driver_connection.fileno())) as duplicate:
            with self._lock:
                self._sockets.add(duplicate)
            try:
                yield
            finally:
                with self._lock:
                    self._sockets.remove(duplicate)


def _count_missing_migrations() -> int:
    executor = MigrationExecutor(own_database.connection())
    return len(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def find_presence_problem() -> str | None:
    """Return the problem of Redis, or None.

    A worker knows it from its own syncs. Another process asks Redis.
    """
    live = worker.current()
    if live.is_serving:
        return None if live.parts.group.is_reachable.is_set() else "does not answer"
    return async_to_sync(_ask_presence)() if factory.is_shared() else None


async def _ask_presence() -> str | None:
    async with factory.closing(factory.from_settings()) as backend:
        try:
            await backend.snapshot()
        except PresenceError:
            return "does not answer"
    return None


def is_draining() -> bool:
    """Return whether this process is leaving."""
    live = worker.current()
    return live.is_serving and live.is_draining


readiness = Readiness(
    [
        Dependency("database", DatabaseProbe().find_problem),
        # A worker reads a flag, and its sync has already taken up to 9 s to notice an outage.
        Dependency("redis", find_presence_problem, refresh_seconds=0.5),
    ]
)
