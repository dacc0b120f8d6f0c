"""Statements that block writers or break the previous release are found, others are not."""

from __future__ import annotations

import pytest
from django.db import models, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations import operations
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState

from tests.migrations.conftest import ON_POSTGRES, TABLE
from tests.migrations.database import run
from tests.migrations.rules import find_problems

USED = {"visits": {"id", "path"}}


@pytest.mark.parametrize(
    ("statement", "remedy"),
    [
        ('CREATE INDEX "i" ON "visits" ("path")', "AddIndexOnline"),
        ('CREATE UNIQUE INDEX "i" ON "visits" ("path") WHERE "id" > 1', "AddIndexOnline"),
        ('ALTER TABLE "visits" ALTER COLUMN "path" TYPE text USING "path"::text', "new type"),
        ('ALTER TABLE "visits" ALTER COLUMN "path" SET NOT NULL', "AddCheckOnline"),
        ('ALTER TABLE "visits" ALTER COLUMN "new" DROP DEFAULT', "db_default"),
        ('ALTER TABLE "visits" ADD COLUMN "new" integer NOT NULL', "db_default"),
        ('ALTER TABLE "visits" ADD COLUMN "new" integer NULL UNIQUE', "nullable column first"),
        ('ALTER TABLE "visits" ADD COLUMN "new" integer NULL CHECK ("new" >= 0)', "AddCheckOnline"),
        ('ALTER TABLE "visits" ADD COLUMN "new" uuid DEFAULT gen_random_uuid()', "in batches"),
        ('ALTER TABLE "visits" ADD CONSTRAINT "c" CHECK ("id" > 0)', "AddCheckOnline"),
        ('ALTER TABLE "visits" ADD CONSTRAINT "c" FOREIGN KEY ("id") REFERENCES "a" ("id")', "NOT"),
        ('ALTER TABLE "visits" ADD CONSTRAINT "c" UNIQUE ("path")', "USING INDEX"),
        ('ALTER TABLE "visits" RENAME COLUMN "path" TO "place"', "beside it"),
        ('ALTER TABLE "visits" RENAME TO "views"', "beside it"),
        ('ALTER TABLE "visits" DROP COLUMN "path" CASCADE', "a release later"),
        ('DROP TABLE "visits" CASCADE', "a release later"),
        ('UPDATE "visits" SET "path" = %s', "in batches"),
        ('DELETE FROM "visits"', "in batches"),
        ('LOCK TABLE "visits" IN EXCLUSIVE MODE', "blocks writers"),
        ("VACUUM FULL visits", "blocks writers"),
        ('CREATE INDEX "i" ON "public"."visits" ("path")', "AddIndexOnline"),
        ('ALTER TABLE "visits" ADD "c" integer NOT NULL', "db_default"),
        ('ALTER TABLE "visits" ADD CHECK ("id" > 0)', "AddCheckOnline"),
        ('ALTER TABLE "visits" ADD PRIMARY KEY ("id")', "USING INDEX"),
        ('UPDATE ONLY "visits" SET "path" = %s', "in batches"),
        ('WITH a AS (SELECT 1) UPDATE "visits" SET "path" = %s', "in batches"),
        ('ALTER TABLE "visits" SET (fillfactor = 90), ALTER "path" TYPE text', "new type"),
        ('ALTER TABLE "visits" SET TABLESPACE fast', "copies the table"),
    ],
)
def test_a_harmful_statement_is_refused_with_a_remedy(statement: str, remedy: str) -> None:
    (problem,) = find_problems([statement], USED)
    assert problem.startswith(statement)
    assert remedy in problem
    other = statement.replace("visits", "new_table")
    assert list(find_problems([other], USED)) == []


def test_comments_and_other_statements_do_not_hide_a_harmful_one() -> None:
    harmful = 'CREATE INDEX "i" ON "visits" ("path")'
    for text in (f"-- why\n{harmful}", f"/* why */ {harmful}", f"SELECT 1;\n{harmful};"):
        (problem,) = find_problems([text], USED)
        assert problem.startswith(harmful)


def test_a_plain_removal_of_an_index_is_refused() -> None:
    (problem,) = find_problems(['DROP INDEX IF EXISTS "i"'], USED)
    assert "CONCURRENTLY" in problem


@pytest.mark.parametrize(
    "statement",
    [
        'CREATE TABLE "new" ("id" bigint NOT NULL PRIMARY KEY, "path" text UNIQUE)',
        'CREATE INDEX CONCURRENTLY "i" ON "visits" ("path")',
        'DROP INDEX CONCURRENTLY IF EXISTS "i"',
        'ALTER TABLE "visits" ADD COLUMN "new" integer NULL',
        'ALTER TABLE "visits" ADD COLUMN "new" integer DEFAULT 0 NOT NULL',
        'ALTER TABLE "visits" ADD COLUMN "new" timestamptz DEFAULT STATEMENT_TIMESTAMP() NOT NULL',
        'ALTER TABLE "visits" ADD CONSTRAINT "c" CHECK ("id" > 0) NOT VALID',
        'ALTER TABLE "visits" ADD CONSTRAINT "c" UNIQUE USING INDEX "i"',
        'ALTER TABLE "visits" ALTER COLUMN "path" DROP NOT NULL',
        'ALTER TABLE "visits" DROP COLUMN "of_an_older_release" CASCADE',
        "ALTER TABLE visits SET (autovacuum_vacuum_insert_scale_factor = 0)",
        "SELECT 1",
    ],
)
def test_a_harmless_statement_passes(statement: str) -> None:
    assert list(find_problems([statement], USED)) == []


def test_a_column_may_become_required_after_a_valid_check() -> None:
    check = 'ALTER TABLE "visits" ADD CONSTRAINT "c" CHECK ("path" IS NOT NULL) NOT VALID'
    validate = 'ALTER TABLE "visits" VALIDATE CONSTRAINT "c"'
    required = 'ALTER TABLE "visits" ALTER COLUMN "path" SET NOT NULL'
    assert list(find_problems([required], USED, earlier=[check, validate])) == []
    assert list(find_problems([check, validate, required], USED, is_atomic=False)) == []
    assert len(list(find_problems([required], USED, earlier=[check]))) == 1


def test_validating_under_the_lock_of_an_earlier_statement_is_refused() -> None:
    check = 'ALTER TABLE "visits" ADD CONSTRAINT "c" CHECK ("id" > 0) NOT VALID'
    validate = 'ALTER TABLE "visits" VALIDATE CONSTRAINT "c"'
    (problem,) = find_problems([check, validate], USED)
    assert "atomic = False" in problem
    assert list(find_problems([validate], USED, earlier=[check])) == []


@ON_POSTGRES
@pytest.mark.parametrize(
    ("operation", "remedy"),
    [
        (operations.AddIndex("visit", models.Index(fields=["path"], name="i")), "AddIndexOnline"),
        (
            operations.AddConstraint(
                "visit", models.CheckConstraint(condition=models.Q(id__gt=0), name="c")
            ),
            "AddCheckOnline",
        ),
        (
            operations.AddConstraint("visit", models.UniqueConstraint(fields=["path"], name="u")),
            "USING INDEX",
        ),
        (operations.AddField("visit", "new", models.IntegerField(default=0)), "db_default"),
        (operations.AddField("visit", "new", models.IntegerField(null=True, unique=True)), "first"),
        (operations.AddField("visit", "new", models.PositiveIntegerField(null=True)), "AddCheck"),
        (operations.AlterField("visit", "path", models.CharField(max_length=9)), "in batches"),
        (operations.AlterField("visit", "note", models.TextField(default="")), "AddCheckOnline"),
        (operations.RenameField("visit", "path", "place"), "beside it"),
        (operations.RemoveField("visit", "path"), "a release later"),
        (operations.DeleteModel("visit"), "a release later"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Operation) else value,
)
def test_an_operation_of_django_that_is_harmful_is_refused(
    own_database: BaseDatabaseWrapper, state: ProjectState, operation: Operation, remedy: str
) -> None:
    with transaction.atomic(own_database.alias):
        statements = run(own_database, state, operation, atomic=True)
        transaction.set_rollback(True, own_database.alias)
    problems = find_problems(statements, {TABLE: {"id", "path", "note"}})
    assert any(remedy in problem for problem in problems), statements


@ON_POSTGRES
def test_an_operation_of_django_that_is_harmless_passes(
    own_database: BaseDatabaseWrapper, state: ProjectState
) -> None:
    harmless = [
        operations.AddField("visit", "new", models.IntegerField(null=True)),
        operations.AddField("visit", "new", models.IntegerField(db_default=0)),
        operations.AddField("visit", "new", models.TextField(db_default="")),
        operations.CreateModel("New", [("id", models.BigAutoField(primary_key=True))]),
        operations.AlterField("visit", "path", models.TextField(help_text="where")),
    ]
    for operation in harmless:
        with transaction.atomic(own_database.alias):
            statements = run(own_database, state, operation, atomic=True)
            transaction.set_rollback(True, own_database.alias)
        assert list(find_problems(statements, {TABLE: {"id", "path", "note"}})) == []
