"""The database, and several processes that count in their own memory over it."""

from __future__ import annotations

import pytest
from django.db import OperationalError, connection, connections

from landing.doctor.database import examine_database, examine_split
from landing.doctor.finding import Status
from landing.health import readiness
from landing.models import ServingProcess

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _keep_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the connection of the test open: a probe closes that of its thread."""
    monkeypatch.setattr(type(connections["default"]), "close", lambda self: None)


def test_a_migrated_database_is_ok() -> None:
    assert examine_database().sentence == "The sqlite database answers and is migrated."


def test_missing_migrations_have_a_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readiness, "_count_missing_migrations", lambda: 2)
    found = examine_database()
    assert (found.status, found.sentence) == (Status.PROBLEM, "The database lacks migrations.")
    assert found.remedy == "Run manage.py migrate."


def test_an_unreachable_database_is_a_problem_without_details() -> None:
    def refuse(*arguments: object) -> None:
        raise OperationalError("password authentication failed for user ana")

    with connection.execute_wrapper(refuse):
        found = examine_database()
        watched = examine_split(0)
    assert (found.status, found.sentence) == (Status.PROBLEM, "The database cannot be reached.")
    assert watched.status is Status.WARNING


@pytest.mark.parametrize("turns", ["abab", "aabba", "abca"])
def test_processes_that_take_turns_are_a_split_presence(turns: str) -> None:
    waiting = [*turns]

    def sleep(seconds: float) -> None:
        if waiting:
            ServingProcess.objects.claim(waiting.pop(0))

    found = examine_split(5, sleep)
    assert found.status is Status.PROBLEM
    assert found.remedy == "Set REDIS_URL for all processes, or run only one."


@pytest.mark.parametrize("turns", ["", "a", "aaa", "ab"])
def test_one_process_and_a_restart_are_not_a_split_presence(turns: str) -> None:
    waiting, slept = [*turns], []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        if waiting:
            ServingProcess.objects.claim(waiting.pop(0))

    assert examine_split(5, sleep).status is Status.OK
    assert sum(slept) > 10, "two heartbeats"
