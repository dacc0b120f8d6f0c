"""Fixtures: an empty SQLite or PostgreSQL, and one of each with the previous release."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.state import ModelState, ProjectState

from tests.migrations import database, previous
from tests.migrations.database import Migrations
from tests.migrations.previous import PreviousCode, Rows
from tests.services import postgres

#: The table of the fixture ``state``.
TABLE = "landing_visit"
#: Runs a test only on PostgreSQL.
ON_POSTGRES = pytest.mark.parametrize("own_database", ["postgres"], indirect=True)


class Upgrade(NamedTuple):
    """A database that had the previous release, and what happened during its migrations."""

    connection: BaseDatabaseWrapper
    migrations: Migrations
    code: PreviousCode
    #: the rows of the previous release, before the migrations
    rows: Rows
    #: the columns that the previous release uses, by table
    columns: dict[str, set[str]]
    #: the statements of each later migration by its name, and whether it is atomic
    statements: dict[str, tuple[list[str], bool]]


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def own_database(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, django_db_blocker: Any
) -> Iterator[BaseDatabaseWrapper]:
    """Yield an empty database of its own."""
    if request.param == "postgres":
        url = postgres.create_database()
    else:
        url = f"sqlite:///{tmp_path_factory.mktemp('upgrade')}/site.sqlite3"
    with django_db_blocker.unblock(), database.connect(url) as connection:
        yield connection


@pytest.fixture(scope="module")
def upgrade(own_database: BaseDatabaseWrapper) -> Upgrade:
    """Migrate a database of the previous release, whose code writes before and after each step."""
    migrations = Migrations(own_database)
    migrations.migrate(previous.NODES)
    state = migrations.state_at(previous.NODES)
    code = PreviousCode(state.apps, database.ALIAS)
    code.fill()
    rows = code.read()
    statements = {}
    for migration in migrations.later():
        done = migrations.apply(migration)
        statements[f"{migration.app_label}.{migration.name}"] = done, migration.atomic
        code.write()
    columns = {
        model._meta.db_table: {field.column for field in model._meta.local_concrete_fields}
        for model in state.apps.get_models()
        if model._meta.app_label == "landing"
    }
    return Upgrade(own_database, migrations, code, rows, columns, statements)


@pytest.fixture(scope="module")
def state(own_database: BaseDatabaseWrapper) -> ProjectState:
    """Create a table with a row, and return the state of its model."""
    fields = [
        ("id", models.BigAutoField(primary_key=True)),
        ("path", models.TextField()),
        ("note", models.TextField(null=True)),
    ]
    state = ProjectState()
    state.add_model(ModelState("landing", "Visit", fields))
    with own_database.schema_editor() as editor:
        editor.create_model(state.apps.get_model("landing", "visit"))
    with own_database.cursor() as cursor:
        cursor.execute(f"INSERT INTO {TABLE} (path) VALUES ('/')")
    return state
