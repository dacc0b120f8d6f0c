"""Readiness: the database and its migrations, the presence backend, and the drain."""

from __future__ import annotations

from queue import SimpleQueue
from typing import Any

import pytest
from django.db import OperationalError, connection, connections
from django.db.utils import ConnectionHandler

from landing.health import readiness
from landing.health.dependency import REPLACE_SECONDS, Dependency
from landing.health.readiness import DatabaseProbe, Readiness, find_presence_problem
from landing.live import worker
from landing.tables import own_database
from landing_site.environment import derived_settings
from landing_site.environment.database_url import parse_database_url
from tests.live.worker_harness import WorkerHarness
from tests.services import postgres

ENOUGH_SECONDS = 60.0


@pytest.fixture(autouse=True)
def _keep_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the connection of the test open: a probe closes that of its thread."""
    monkeypatch.setattr(type(connections["default"]), "close", lambda self: None)


@pytest.mark.django_db
def test_a_migrated_database_has_no_problem_and_then_costs_one_query(
    django_assert_num_queries: Any,
) -> None:
    probe = DatabaseProbe()
    assert probe.find_problem() is None

    with django_assert_num_queries(1):
        assert probe.find_problem() is None


@pytest.mark.django_db
def test_missing_migrations_are_a_problem_until_they_are_applied(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    probe = DatabaseProbe()
    monkeypatch.setattr(readiness, "_count_missing_migrations", lambda: 2)
    assert "manage.py migrate" in (probe.find_problem() or "")

    monkeypatch.setattr(readiness, "_count_missing_migrations", lambda: 0)
    assert probe.find_problem() is None


@pytest.mark.django_db
def test_an_unreachable_database_is_a_problem_without_details() -> None:
    def refuse(*arguments: object) -> None:
        raise OperationalError("password authentication failed for user ana")

    with connection.execute_wrapper(refuse):
        assert DatabaseProbe().find_problem() == "cannot be reached"


@pytest.mark.django_db
def test_a_query_that_is_never_answered_ends_with_the_next_check(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    config = derived_settings.build_database(parse_database_url(postgres.url()))
    handler = ConnectionHandler({"default": config})
    monkeypatch.setattr(own_database, "connections", handler)
    hung: SimpleQueue[None] = SimpleQueue()
    ended: SimpleQueue[str | None] = SimpleQueue()
    queries = iter(["SELECT pg_sleep(600)", "SELECT 1"])

    def ask() -> int:
        with handler["default"].cursor() as cursor:
            hung.put(None)
            cursor.execute(next(queries))
        return 0

    def find_problem() -> str | None:
        problem = probe.find_problem()
        ended.put(problem)
        return problem

    monkeypatch.setattr(readiness, "_count_missing_migrations", ask)
    probe, seconds = DatabaseProbe(), [0.0]
    database = Dependency("database", find_problem, clock=lambda: seconds[0])
    database.start_check()
    hung.get(timeout=ENOUGH_SECONDS)
    database.wait(0)
    assert database.failure is not None

    seconds[0] += REPLACE_SECONDS
    database.start_check()
    database.wait(ENOUGH_SECONDS)
    assert database.failure is None
    results = {ended.get(timeout=ENOUGH_SECONDS) for _ in range(2)}
    assert results == {None, "cannot be reached"}


async def test_a_worker_knows_whether_presence_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    harness = WorkerHarness()
    monkeypatch.setattr(worker, "_current", harness.worker)
    await harness.worker.parts.sync.sync()
    assert find_presence_problem() is None

    harness.presence.is_unavailable = True
    await harness.worker.parts.sync.sync()
    assert find_presence_problem() == "does not answer"

    harness.presence.is_unavailable = False
    await harness.worker.parts.sync.sync()
    assert find_presence_problem() is None


async def test_readiness_names_each_failing_dependency() -> None:
    checked = Readiness(
        [
            Dependency("database", lambda: "cannot be reached"),
            Dependency("redis", lambda: None),
            Dependency("queue", lambda: "does not answer"),
        ]
    )
    # A busy machine may need more than the timeout of a probe for a thread.
    failures = await checked.find_failures() or await checked.find_failures()
    assert {failure.name for failure in failures} >= {"database", "queue"}
