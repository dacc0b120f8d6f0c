"""Rules for the SQL of migrations on tables with many rows and many writers, on PostgreSQL.

While a migration runs, the code of the previous release still writes. A statement must neither
hold a lock against writers during a scan of the table, nor break that code.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence

import sqlparse

NAME = r'"?(\w+)"?'
TABLE = re.compile(
    r"^(?:ALTER TABLE (?:IF EXISTS )?(?:ONLY )?|(?:WITH .*?\b)?UPDATE (?:ONLY )?"
    r"|CREATE (?:UNIQUE )?INDEX .*?\bON (?:ONLY )?"
    r"|DROP TABLE (?:IF EXISTS )?|DELETE FROM (?:ONLY )?|LOCK (?:TABLE )?|TRUNCATE (?:TABLE )?"
    r"|REINDEX TABLE |CLUSTER |VACUUM FULL )"
    rf'(?:"?\w+"?\.)?{NAME}',
    re.IGNORECASE | re.DOTALL,
)
#: Expressions that PostgreSQL computes for each row, so that a new column rewrites the table.
VOLATILE = r"(?:random|gen_random_uuid|uuidv\d|clock_timestamp|timeofday|nextval)\("
#: The start of a table constraint, and that of a new column.
ADD_CONSTRAINT = r'\bADD (?:CONSTRAINT "?\w+"? )?'
ADD_COLUMN = (
    r"\bADD (?:COLUMN (?:IF NOT EXISTS )?)?"
    r"(?!(?:CONSTRAINT|CHECK|FOREIGN|UNIQUE|PRIMARY|EXCLUDE)\b)"
)
RULES = (
    (
        r"^CREATE (?:UNIQUE )?INDEX (?!CONCURRENTLY)",
        "blocks writers while it builds the index: use AddIndexOnline in a migration with "
        "atomic = False",
    ),
    (
        r'ALTER (?:COLUMN )?"?\w+"? (?:SET DATA )?TYPE ',
        "may rewrite the table: add a column with the new type, and copy the values in batches",
    ),
    (
        rf"{ADD_CONSTRAINT}(?!.*NOT VALID)(?:CHECK|FOREIGN KEY)\b",
        "checks all rows under a lock: use AddCheckOnline, or add it NOT VALID and validate it in "
        "a later migration",
    ),
    (
        rf"{ADD_CONSTRAINT}(?!.*USING INDEX)(?:UNIQUE|PRIMARY KEY|EXCLUDE)\b",
        "builds an index under a lock: build it CONCURRENTLY, then ADD CONSTRAINT … USING INDEX",
    ),
    (
        rf"{ADD_COLUMN}(?!.*DEFAULT).*NOT NULL",
        "fails on existing rows, and the inserts of the previous release fail: add db_default",
    ),
    (
        rf"{ADD_COLUMN}.*(?:\bUNIQUE\b|PRIMARY KEY|GENERATED)",
        "builds an index or computes all rows under a lock: add a nullable column first",
    ),
    (
        rf"{ADD_COLUMN}.*\bCHECK\b",
        "checks all rows under a lock: add the column without a check, then use AddCheckOnline",
    ),
    (
        rf"{ADD_COLUMN}.*DEFAULT .*{VOLATILE}",
        "rewrites the table for a volatile default: add a nullable column, fill it in batches, "
        "then set the default",
    ),
    (
        r'ALTER (?:COLUMN )?"?\w+"? DROP DEFAULT',
        "breaks the inserts of the previous release, which omit the column: use db_default",
    ),
    (
        r"\bRENAME\b",
        "breaks the previous release, which uses the old name: add the new one beside it",
    ),
    (
        r"^(?:WITH .*\bUPDATE|UPDATE|DELETE)\b",
        "locks the rows until the migration ends: change them in batches, in a command",
    ),
    (
        r"\bSET TABLESPACE\b",
        "copies the table under a lock",
    ),
    (
        r"^(?:LOCK|TRUNCATE|CLUSTER|VACUUM FULL|REINDEX(?! .*CONCURRENTLY))",
        "blocks writers",
    ),
)
COMPILED = [(re.compile(pattern, re.IGNORECASE | re.DOTALL), text) for pattern, text in RULES]
NOT_NULL = re.compile(rf"ALTER (?:COLUMN )?{NAME} SET NOT NULL", re.IGNORECASE)
DROPPED = re.compile(
    rf"DROP (?!CONSTRAINT\b|NOT\b|DEFAULT\b)(?:COLUMN )?(?:IF EXISTS )?{NAME}", re.IGNORECASE
)
VALIDATED = re.compile(rf"VALIDATE CONSTRAINT {NAME}", re.IGNORECASE)


def find_problems(
    statements: Sequence[str],
    used: Mapping[str, Collection[str]],
    *,
    is_atomic: bool = True,
    earlier: Sequence[str] = (),
) -> Iterator[str]:
    """Yield the problems of the statements of one migration, each with its remedy.

    ``used`` has the tables of the previous release, and the columns that its code uses in each.
    Newer tables are small, and may change in any way. ``earlier`` has the statements of the
    migrations before.
    """
    done = list(earlier)
    altered: set[str] = set()
    for statement in _split(statements):
        if re.match(r"DROP INDEX (?!CONCURRENTLY)", statement, re.IGNORECASE):
            yield f"{statement} blocks writers while it waits: use DROP INDEX CONCURRENTLY"
        found = TABLE.match(statement)
        table = found[1] if found else ""
        if table in used:
            for problem in _problems_of(statement, table, used, done):
                yield f"{statement} {problem}"
            if VALIDATED.search(statement) and is_atomic and table in altered:
                yield (
                    f"{statement} scans under the lock of an earlier statement: "
                    "use AddCheckOnline in a migration with atomic = False"
                )
            altered.add(table)
        done.append(statement)


def _split(statements: Sequence[str]) -> Iterator[str]:
    """Yield each statement on one line, without comments."""
    for text in statements:
        for statement in sqlparse.split(sqlparse.format(text, strip_comments=True)):
            if line := " ".join(statement.rstrip("; \n").split()):
                yield line


def _problems_of(
    statement: str, table: str, used: Mapping[str, Collection[str]], earlier: Sequence[str]
) -> Iterator[str]:
    for pattern, problem in COMPILED:
        if pattern.search(statement):
            yield problem
    for column in NOT_NULL.findall(statement):
        if not _has_valid_check(table, column, earlier):
            yield (
                "scans the table under a lock: first add a check that it is not null with "
                "AddCheckOnline"
            )
    if re.match(r"DROP TABLE", statement, re.IGNORECASE):
        yield "breaks the previous release, which uses the table: drop it a release later"
    for column in DROPPED.findall(statement):
        if column in used[table]:
            yield "breaks the previous release, which uses the column: drop it a release later"


def _has_valid_check(table: str, column: str, earlier: Sequence[str]) -> bool:
    """Return whether a validated constraint proves that no value is null."""
    added = re.compile(
        rf'ALTER TABLE "?{table}"? ADD CONSTRAINT {NAME} CHECK \("?{column}"? IS NOT NULL\)',
        re.IGNORECASE,
    )
    names = {match[1] for each in earlier if (match := added.match(each))}
    validated = {name for each in earlier for name in VALIDATED.findall(each)}
    return bool(names & validated)
