"""Capture query plans, to check that no query scans or sorts a whole table."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

from django.contrib.admin.templatetags import admin_list
from django.contrib.admin.views.main import ChangeList
from django.db import connection

from landing.admin.changelist import CappedPaginator

Plans = list[tuple[str, str]]


@contextmanager
def plans() -> Iterator[Plans]:
    """Collect the SQL and the plan of each query of this app's tables.

    A list in the admin reads its rows, but does not render them.
    """
    seen: list[tuple[str, Any]] = []
    found: Plans = []

    def remember(execute: Callable[..., Any], sql: str, params: Any, *rest: Any) -> Any:
        seen.append((sql, params))
        return execute(sql, params, *rest)

    def read_only(changelist: ChangeList) -> list[object]:
        list(changelist.result_list)
        return []

    rendering = mock.patch.object(admin_list, "results", read_only)
    with connection.execute_wrapper(remember), rendering:
        yield found
    explain = "EXPLAIN" if connection.vendor == "postgresql" else "EXPLAIN QUERY PLAN"
    with connection.cursor() as cursor:
        for sql, params in seen:
            if 'FROM "landing_' in sql:
                cursor.execute(f"{explain} {sql}", params)
                steps = [str(step[-1]) for step in cursor.fetchall()]
                found.append((sql, "\n".join(steps)))


def reads_or_sorts_all(plan: str) -> bool:
    """Return True if the plan scans a table, or sorts more rows than an index found."""
    if connection.vendor == "postgresql":
        sorts = re.findall(r"(?<!Incremental )Sort  \(.* rows=(\d+)", plan)
        sorts_many = any(int(rows) > CappedPaginator.most_rows for rows in sorts)
        return sorts_many or "Seq Scan on landing_" in plan
    whole = [line for line in plan.splitlines() if line.startswith("SCAN landing_")]
    return any(" USING " not in line for line in whole) or "B-TREE FOR ORDER BY" in plan
