"""Operations on large tables that do not block their writers on PostgreSQL.

PostgreSQL does the long part of both without a lock against writers, which needs a migration with
``atomic = False``. Other databases run the plain operation in a transaction. An attempt that was
interrupted leaves an invalid index or an unchecked constraint, which the next attempt replaces.
django.contrib.postgres needs psycopg, so only PostgreSQL imports it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import NotSupportedError, transaction
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations import AddConstraint, AddIndex
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState


def _is_postgresql(editor: BaseDatabaseSchemaEditor) -> bool:
    return editor.connection.vendor == "postgresql"


def _ensure_not_in_transaction(operation: Operation, editor: BaseDatabaseSchemaEditor) -> None:
    if editor.connection.in_atomic_block:
        raise NotSupportedError(
            f"{type(operation).__name__} cannot run in a transaction: set atomic = False on the "
            "migration."
        )


@contextmanager
def _without_lock_timeout(editor: BaseDatabaseSchemaEditor) -> Iterator[None]:
    """Let concurrent statements wait for all older transactions.

    Their wait blocks no writer, and a timeout leaves an invalid index.
    """
    editor.execute("SET lock_timeout = 0")
    try:
        yield
    finally:
        editor.execute("RESET lock_timeout")


class AddIndexOnline(AddIndex):
    """Add an index."""

    atomic = False

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        """Build the index; on PostgreSQL, concurrently with writers."""
        if _is_postgresql(schema_editor):
            _ensure_not_in_transaction(self, schema_editor)
            name = schema_editor.quote_name(self.index.name)
            with _without_lock_timeout(schema_editor):
                schema_editor.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")
                self._change("add_index", app_label, schema_editor, to_state)
            return
        with transaction.atomic(schema_editor.connection.alias):
            super().database_forwards(app_label, schema_editor, from_state, to_state)

    def database_backwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        """Drop the index."""
        if _is_postgresql(schema_editor):
            _ensure_not_in_transaction(self, schema_editor)
            with _without_lock_timeout(schema_editor):
                self._change("remove_index", app_label, schema_editor, from_state)
            return
        super().database_backwards(app_label, schema_editor, from_state, to_state)

    def _change(
        self, method: str, app_label: str, editor: BaseDatabaseSchemaEditor, state: ProjectState
    ) -> None:
        """Add or remove the index concurrently. Only the editor of PostgreSQL can."""
        model = state.apps.get_model(app_label, self.model_name)
        if self.allow_migrate_model(editor.connection.alias, model):
            getattr(editor, method)(model, self.index, concurrently=True)


class AddCheckOnline(AddConstraint):
    """Add a check constraint."""

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        """Add the constraint; on PostgreSQL for new rows first, and then for all."""
        states: tuple[Any, ...] = (app_label, schema_editor, from_state, to_state)
        if _is_postgresql(schema_editor):
            from django.contrib.postgres.operations import AddConstraintNotValid, ValidateConstraint

            _ensure_not_in_transaction(self, schema_editor)
            table = to_state.apps.get_model(app_label, self.model_name)._meta.db_table
            name = self.constraint.name
            quote = schema_editor.quote_name
            schema_editor.execute(
                f"ALTER TABLE IF EXISTS {quote(table)} DROP CONSTRAINT IF EXISTS {quote(name)}"
            )
            AddConstraintNotValid(self.model_name, self.constraint).database_forwards(*states)
            ValidateConstraint(self.model_name, name).database_forwards(*states)
            return
        with transaction.atomic(schema_editor.connection.alias):
            super().database_forwards(*states)

    def database_backwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        """Drop the constraint."""
        with transaction.atomic(schema_editor.connection.alias):
            super().database_backwards(app_label, schema_editor, from_state, to_state)
