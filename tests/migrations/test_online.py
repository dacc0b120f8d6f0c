"""Indexes and checks are added to a large table without blocking its writers."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest
from django.db import IntegrityError, NotSupportedError, models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState

from landing.migrations._online import AddCheckOnline, AddIndexOnline
from tests.migrations.conftest import ON_POSTGRES, TABLE
from tests.migrations.database import run
from tests.migrations.rules import find_problems
from tests.services.ports import wait_until

INDEX = AddIndexOnline("visit", models.Index(fields=["path"], name="online_index"))
CHECK = AddCheckOnline(
    "visit", models.CheckConstraint(condition=~models.Q(path="/forbidden"), name="online_check")
)


def undo(database: BaseDatabaseWrapper, old: ProjectState, operation: Operation) -> None:
    new = old.clone()
    operation.state_forwards("landing", new)
    with database.schema_editor(atomic=False) as editor:
        operation.database_backwards("landing", editor, new, old)


def constraints(database: BaseDatabaseWrapper) -> dict[str, list[str]]:
    """Return the columns of each valid index and constraint of the table."""
    with database.cursor() as cursor:
        found = database.introspection.get_constraints(cursor, TABLE)
        if database.vendor == "postgresql":
            cursor.execute(
                "SELECT conname FROM pg_constraint WHERE NOT convalidated UNION "
                "SELECT relname FROM pg_index JOIN pg_class ON oid = indexrelid "
                "WHERE NOT indisvalid"
            )
            for (name,) in cursor.fetchall():
                del found[name]
    return {name: each["columns"] for name, each in found.items()}


@pytest.mark.parametrize(("operation", "name"), [(INDEX, "online_index"), (CHECK, "online_check")])
def test_an_online_operation_obeys_the_rules_and_can_be_undone(
    own_database: BaseDatabaseWrapper, state: ProjectState, operation: Operation, name: str
) -> None:
    statements = run(own_database, state, operation)
    assert name in constraints(own_database)
    if own_database.vendor == "postgresql":
        assert list(find_problems(statements, {TABLE: {"path"}}, is_atomic=False)) == []

    undo(own_database, state, operation)
    assert name not in constraints(own_database)


def test_a_row_that_violates_a_check_stops_the_migration_until_it_is_changed(
    own_database: BaseDatabaseWrapper, state: ProjectState
) -> None:
    change = f"UPDATE {TABLE} SET path = %s"
    with own_database.cursor() as cursor:
        cursor.execute(change, ["/forbidden"])
        with pytest.raises(IntegrityError):
            run(own_database, state, CHECK)
        cursor.execute(change, ["/"])
    run(own_database, state, CHECK)
    undo(own_database, state, CHECK)


@ON_POSTGRES
def test_the_rest_of_an_interrupted_attempt_is_replaced(
    own_database: BaseDatabaseWrapper, state: ProjectState
) -> None:
    with own_database.cursor() as cursor:
        cursor.execute(f"CREATE INDEX online_index ON {TABLE} (id)")
    run(own_database, state, INDEX)
    assert constraints(own_database)["online_index"] == ["path"]
    undo(own_database, state, INDEX)


@contextmanager
def long_transaction(database: BaseDatabaseWrapper) -> Iterator[None]:
    """Write in a transaction that ends after another connection has waited for ten timeouts."""
    is_waiting = (
        "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'CREATE INDEX CONCURRENTLY%' "
        "AND wait_event_type = 'Lock' AND clock_timestamp() - query_start > interval '200 ms'"
    )
    over = threading.Event()
    parameters = database.get_connection_params()
    parameters = {
        name: parameters[name] for name in ("dbname", "user", "host") if parameters.get(name)
    }
    with (
        psycopg.connect(**parameters) as writer,
        psycopg.connect(**parameters, autocommit=True) as watcher,
    ):
        writer.execute(f"INSERT INTO {TABLE} (path) VALUES ('/long')")

        def end() -> None:
            wait_until(
                lambda: over.is_set() or watcher.execute(is_waiting).fetchone() == (1,),
                "the index waits",
            )
            writer.rollback()

        thread = threading.Thread(target=end, daemon=True)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()


@ON_POSTGRES
def test_an_index_waits_for_long_transactions_in_spite_of_a_lock_timeout(
    own_database: BaseDatabaseWrapper, state: ProjectState, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGOPTIONS", "-c lock_timeout=20ms")
    own_database.close()
    try:
        with long_transaction(own_database):
            run(own_database, state, INDEX)
        assert "online_index" in constraints(own_database)
        with own_database.cursor() as cursor:
            cursor.execute("SHOW lock_timeout")
            assert cursor.fetchone() == ("20ms",)
        undo(own_database, state, INDEX)
    finally:
        own_database.close()


@ON_POSTGRES
@pytest.mark.parametrize("operation", [INDEX, CHECK], ids=["index", "check"])
def test_an_online_operation_refuses_to_run_in_a_transaction(
    own_database: BaseDatabaseWrapper, state: ProjectState, operation: Operation
) -> None:
    with pytest.raises(NotSupportedError, match="atomic = False"):
        run(own_database, state, operation, atomic=True)
