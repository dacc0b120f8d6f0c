"""``manage.py presence_doctor``: lines, JSON, and exit statuses."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from django.core.management import call_command

from landing.doctor import examination
from landing.doctor.examination import Examination
from landing.doctor.finding import Finding, ok, problem, warning
from landing.doctor.reader import Cost
from tests.services.site import python

OK = ok("role", "The server is a primary.")
WARNING = warning("eviction", "Redis may evict keys.", "Set maxmemory-policy to noeviction.")
PROBLEM = problem("snapshot", "The counts differ.", "Run manage.py presence_clear.")


@pytest.fixture
def find(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return a function that lets the examination have these findings."""

    def find(*findings: Finding) -> None:
        cost = Cost(commands=1_200, entries=300_000, seconds=0.5, slowest_seconds=0.004)
        monkeypatch.setattr(examination, "examine", lambda limit: Examination(findings, cost))

    return find


def run(*options: str) -> tuple[int, str]:
    """Return the exit status and the output."""
    out = io.StringIO()
    status = 0
    try:
        call_command("presence_doctor", *options, stdout=out)
    except SystemExit as end:
        status = int(end.code or 0)
    return status, out.getvalue()


@pytest.mark.parametrize(
    ("findings", "options", "status"),
    [
        ((OK,), (), 0),
        ((OK, WARNING), (), 0),
        ((OK, WARNING), ("--strict",), 1),
        ((OK,), ("--strict",), 0),
        ((PROBLEM, OK, WARNING), (), 2),
        ((PROBLEM,), ("--strict", "--json"), 2),
    ],
)
def test_the_exit_status_is_the_severity(
    find: Any, findings: tuple[Finding, ...], options: tuple[str, ...], status: int
) -> None:
    find(*findings)
    assert run(*options)[0] == status


def test_each_finding_is_one_line_with_its_remedy(find: Any) -> None:
    find(OK, WARNING, PROBLEM)
    assert run()[1].splitlines() == [
        "ok       role: The server is a primary.",
        "warning  eviction: Redis may evict keys. Set maxmemory-policy to noeviction.",
        "problem  snapshot: The counts differ. Run manage.py presence_clear.",
        "problems: 1, warnings: 1, ok: 1; 1,200 commands read 300,000 entries in 0.50 s, "
        "the slowest in 4 ms",
    ]
    assert [line[:7] for line in run("--verbosity=0")[1].splitlines()[:-1]] == [
        "warning",
        "problem",
    ]


def test_the_json_has_a_stable_schema(find: Any) -> None:
    find(OK, WARNING)
    assert json.loads(run("--json")[1]) == {
        "schema": 1,
        "status": "warning",
        "findings": [
            {
                "check": "role",
                "status": "ok",
                "sentence": "The server is a primary.",
                "remedy": None,
            },
            {
                "check": "eviction",
                "status": "warning",
                "sentence": "Redis may evict keys.",
                "remedy": "Set maxmemory-policy to noeviction.",
            },
        ],
        "cost": {
            "commands": 1_200,
            "entries": 300_000,
            "seconds": 0.5,
            "slowest_seconds": 0.004,
        },
    }


def test_a_deployment_without_a_database_and_redis_gets_findings_instead_of_a_traceback() -> None:
    given = {
        "DEBUG": "true",
        "DATABASE_URL": "postgres://nobody@127.0.0.1:1/none",
        "REDIS_URL": "redis://127.0.0.1:1/0",
    }
    done = python("manage.py", "presence_doctor", "-v", "0", **given)
    assert (done.returncode, done.stderr) == (2, "")
    assert [line.partition(".")[0] for line in done.stdout.splitlines()[:2]] == [
        "problem  database: The database cannot be reached",
        "problem  redis: Redis cannot be reached: Error 111 connecting to 127",
    ]
