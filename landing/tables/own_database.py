"""The database that has the tables of the app, which a project may route to another one."""

from __future__ import annotations

from django.db import connections, router, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.transaction import Atomic

from .rollups import RollupState


def alias() -> str:
    """Return the alias of the database. All tables of the app are in the same one."""
    return router.db_for_write(RollupState)


def connection() -> BaseDatabaseWrapper:
    """Return the connection of this thread."""
    return connections[alias()]


def atomic() -> Atomic:
    """Return a block whose writes are one transaction."""
    return transaction.atomic(using=alias())
