"""Distinct visitors of 15 minutes, queried with our index and without it."""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.db import connections, transaction

from landing.models import Analytics
from tests.load.bench import full_tables
from tests.load.bench.full_tables import FullTable
from tests.load.bench.report import Row
from tests.load.bench.rounds import interleaved

NAME = "window"
TABLE, INDEX = "landing_analytics", "landing_analytics_window"
MINUTES = 15
SQLITE_ROWS = 2_000_000
POSTGRES_RATIO, POSTGRES_MS, SQLITE_RATIO = 40, 25, 15
#: Repetitions of a fast query per round, of which the median counts.
TIMES = 10
#: Settings of PostgreSQL that affect the plan.
SETTINGS = ("shared_buffers", "work_mem", "max_parallel_workers_per_gather", "jit")


def run(rounds: int) -> list[Row]:
    full = full_tables.on_postgres()
    rows = [*_beside_no_index(full, "PostgreSQL", rounds, POSTGRES_RATIO)]
    rows.append(_absolute(rows[0].ours))
    print(_settings(full), end=" ", file=sys.stderr, flush=True)
    with one_process(full):
        rows += _beside_no_index(full, "PostgreSQL without parallel workers", rounds)
    with tempfile.TemporaryDirectory(prefix="bench-sqlite-") as directory:
        full = full_tables.on_sqlite(SQLITE_ROWS, Path(directory))
        rows += _beside_no_index(full, "SQLite", rounds, SQLITE_RATIO)
        connections[full.alias].close()
    return rows


def _beside_no_index(
    full: FullTable, where: str, rounds: int, bound: float | None = None
) -> Iterator[Row]:
    ours, without = compare(full, rounds)
    what = f"distinct visitors of {MINUTES} min in {full.rows:,} rows, {where}"
    yield Row(NAME, f"{what}: no index / ours", "ms", ours, without, bound, inverse=True)
    if bound is not None:
        sizes = ([full.bytes_of(name) / 1e6] for name in (INDEX, TABLE))
        yield Row(
            NAME, f"size of the index / of its table, {full.rows:,} rows, {where}", "MB", *sizes
        )


def _absolute(ours: list[float]) -> Row:
    label = f"distinct visitors of {MINUTES} min, PostgreSQL: ours"
    return Row(NAME, label, "ms", ours, bound=POSTGRES_MS, at_least=False)


def compare(full: FullTable, rounds: int) -> tuple[list[float], list[float]]:
    """Return the milliseconds of each round with our index, and without it.

    Raise RuntimeError if the results differ.
    """
    figures: dict[bool, list[float]] = {True: [], False: []}
    answers = set()
    for with_index in interleaved([True, False], rounds):
        if with_index:
            taken = [_ask(full, answers) for _ in range(TIMES)]
        else:
            with no_index(full):
                taken = [_ask(full, answers)]
        figures[with_index].append(statistics.median(taken))
    if len(answers) != 1:
        raise RuntimeError(f"The same query returned {sorted(answers)}.")
    return figures[True], figures[False]


def _ask(full: FullTable, answers: set[int]) -> float:
    visitors = Analytics.objects.using(full.alias).in_window(MINUTES, full.filled_at)
    began = time.perf_counter()
    answers.add(visitors.count_visitors())
    return 1000 * (time.perf_counter() - began)


@contextmanager
def no_index(full: FullTable) -> Iterator[None]:
    """Drop the index inside a transaction, and roll back at the end."""
    with transaction.atomic(using=full.alias):
        _run(full, f"DROP INDEX {INDEX}")
        yield
        transaction.set_rollback(True, using=full.alias)


@contextmanager
def one_process(full: FullTable) -> Iterator[None]:
    """Turn off parallel workers of PostgreSQL."""
    _run(full, "SET max_parallel_workers_per_gather = 0")
    yield
    _run(full, "RESET max_parallel_workers_per_gather")


def _settings(full: FullTable) -> str:
    with connections[full.alias].cursor() as cursor:
        found = []
        for name in SETTINGS:
            cursor.execute(f"SHOW {name}")
            found.append(f"{name} {cursor.fetchone()[0]}")
    return f"({', '.join(found)})"


def _run(full: FullTable, statement: str) -> None:
    with connections[full.alias].cursor() as cursor:
        cursor.execute(statement)
