"""Delete the rows of tests that commit, but keep the permissions.

Django deletes them, too, and creates them again with dozens of queries. That took more time than
most of these tests.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.core.management.color import no_style
from django.db import connections
from django.test import TransactionTestCase

#: Tables that migrations fill and tests only read.
KEPT = {"auth_permission", "django_content_type"}


def flush(database: str) -> None:
    """Delete the rows of all tables of models, except those in :data:`KEPT`."""
    connection = connections[database]
    tables = connection.introspection.django_table_names(only_existing=True, include_views=False)
    emptied = sorted(set(tables) - KEPT)
    connection.ops.execute_sql_flush(connection.ops.sql_flush(no_style(), emptied))


@contextmanager
def keeping_permissions() -> Iterator[None]:
    """Let all tests that commit end with :func:`flush`."""

    def tear_down(case: TransactionTestCase) -> None:
        for database in case._databases_names(include_mirrors=False):  # type: ignore[attr-defined]
            flush(database)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", tear_down)
        yield
