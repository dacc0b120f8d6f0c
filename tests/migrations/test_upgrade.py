"""A database of the previous release migrates with its data, while its code still writes."""

from __future__ import annotations

from django.apps import apps
from django.db.migrations.executor import MigrationExecutor

from tests.migrations import previous
from tests.migrations.conftest import ON_POSTGRES, Upgrade
from tests.migrations.database import ALIAS
from tests.migrations.rules import find_problems


def starts_with(rows: previous.Rows, earlier: previous.Rows) -> bool:
    """Return whether all earlier rows are unchanged, and rows in each table of the app follow."""
    return all(
        rows[table][: len(earlier[table])] == earlier[table]
        and len(rows[table]) > len(earlier[table])
        for table in previous.TABLES
    )


def test_all_rows_of_the_previous_release_are_kept_and_its_code_still_writes(
    upgrade: Upgrade,
) -> None:
    assert starts_with(upgrade.code.read(), upgrade.rows)


def test_this_release_reads_all_rows(upgrade: Upgrade) -> None:
    for table in previous.TABLES:
        model = apps.get_model("landing", table)
        rows = list(model._default_manager.using(ALIAS).order_by("pk"))
        assert len(rows) >= len(upgrade.rows[table])
        for row in rows:
            row.clean_fields()
            assert str(row)


def test_no_migration_is_missing(upgrade: Upgrade) -> None:
    executor = MigrationExecutor(upgrade.connection)
    assert executor.migration_plan(executor.loader.graph.leaf_nodes()) == []
    assert any(name.startswith("landing.") for name in upgrade.statements)


@ON_POSTGRES
def test_no_migration_blocks_writers_or_breaks_the_previous_release(upgrade: Upgrade) -> None:
    earlier: list[str] = []
    problems: list[str] = []
    for name, (statements, is_atomic) in upgrade.statements.items():
        found = find_problems(statements, upgrade.columns, is_atomic=is_atomic, earlier=earlier)
        problems += (f"{name}: {problem}" for problem in found)
        earlier += statements
    assert problems == []


def test_migrating_back_keeps_the_rows_of_the_previous_release(upgrade: Upgrade) -> None:
    before = upgrade.code.read()
    upgrade.migrations.migrate([*previous.NODES, *((app, None) for app in previous.NEW_APPS)])
    try:
        assert upgrade.code.read() == before
        upgrade.code.write()
    finally:
        for migration in upgrade.migrations.later():
            upgrade.migrations.apply(migration)
    assert starts_with(upgrade.code.read(), before)
