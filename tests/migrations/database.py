"""A real database beside that of the tests, whose migrations run one by one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations import Migration
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState

from landing_site.environment.database_url import parse_database_url
from landing_site.environment.derived_settings import build_database

ALIAS = "upgraded"


@contextmanager
def connect(url: str) -> Iterator[BaseDatabaseWrapper]:
    """Register the database with Django as :data:`ALIAS`."""
    options = {
        "default": connections.settings["default"],
        ALIAS: build_database(parse_database_url(url)),
    }
    connections.settings[ALIAS] = connections.configure_settings(options)[ALIAS]
    try:
        yield connections[ALIAS]
    finally:
        connections[ALIAS].close()
        del connections[ALIAS]
        del connections.settings[ALIAS]


@contextmanager
def recorded(connection: BaseDatabaseWrapper) -> Iterator[list[str]]:
    """Yield a list of the statements that run meanwhile."""
    statements: list[str] = []

    def record(execute: Callable[..., Any], sql: str, *arguments: Any) -> Any:
        statements.append(" ".join(str(sql).split()))
        return execute(sql, *arguments)

    with connection.execute_wrapper(record):
        yield statements


def run(
    database: BaseDatabaseWrapper, old: ProjectState, operation: Operation, *, atomic: bool = False
) -> list[str]:
    """Run an operation forwards, as a migration does; return its statements."""
    new = old.clone()
    operation.state_forwards("landing", new)
    with recorded(database) as statements, database.schema_editor(atomic=atomic) as editor:
        operation.database_forwards("landing", editor, old, new)
    return statements


class Migrations:
    """The migrations of this project on one database."""

    def __init__(self, connection: BaseDatabaseWrapper) -> None:
        self._connection = connection

    def migrate(self, nodes: Sequence[tuple[str, str | None]]) -> None:
        """Migrate forwards or backwards to the nodes; None removes all tables of an app."""
        MigrationExecutor(self._connection).migrate(list(nodes))

    def later(self) -> list[Migration]:
        """Return the migrations that are not applied, in their order."""
        executor = MigrationExecutor(self._connection)
        leaves = executor.loader.graph.leaf_nodes()
        return [migration for migration, _ in executor.migration_plan(leaves)]

    def apply(self, migration: Migration) -> list[str]:
        """Apply one migration; return its statements."""
        with recorded(self._connection) as statements:
            self.migrate([(migration.app_label, migration.name)])
        return statements

    def state_at(self, nodes: Sequence[tuple[str, str]]) -> ProjectState:
        """Return the state of the models after these migrations."""
        return MigrationExecutor(self._connection).loader.project_state(list(nodes))
