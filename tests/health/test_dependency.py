"""A dependency is checked rarely, and its failure is known with its beginning."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from threading import Event

import pytest

from landing.health.dependency import REFRESH_SECONDS, TOO_SLOW, Dependency, Failure

NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)
ENOUGH_SECONDS = 30.0


class Stage:
    """A dependency with a clock and a problem that the test sets."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.problem: str | None = None
        self.checks = 0
        self.dependency = self.depend_on(self._find_problem)

    def depend_on(self, find_problem: Callable[[], str | None]) -> Dependency:
        return Dependency(
            "database",
            find_problem,
            clock=lambda: self.seconds,
            now=lambda: NOON + timedelta(seconds=self.seconds),
        )

    def _find_problem(self) -> str | None:
        self.checks += 1
        return self.problem

    def probe(self) -> Failure | None:
        self.dependency.start_check()
        self.dependency.wait(ENOUGH_SECONDS)
        return self.dependency.failure


@pytest.fixture
def stage() -> Stage:
    return Stage()


def test_probes_within_the_interval_share_one_check(stage: Stage) -> None:
    for _ in range(100):
        assert stage.probe() is None
    assert stage.checks == 1

    stage.seconds += REFRESH_SECONDS
    stage.probe()
    assert stage.checks == 2


def test_a_failure_keeps_its_beginning_and_shows_the_newest_problem(stage: Stage) -> None:
    stage.problem = "cannot be reached"
    assert stage.probe() == ("database", "cannot be reached", NOON)

    stage.seconds += REFRESH_SECONDS
    stage.problem = "lacks migrations"
    assert stage.probe() == ("database", "lacks migrations", NOON)

    stage.seconds += REFRESH_SECONDS
    stage.problem = None
    assert stage.probe() is None


def test_a_check_that_hangs_is_a_failure_and_no_second_one_starts(stage: Stage) -> None:
    answers, starts = Event(), []

    def hang() -> None:
        starts.append(stage.seconds)
        answers.wait(ENOUGH_SECONDS)

    dependency = stage.depend_on(hang)
    for _ in range(3):
        dependency.start_check()
        dependency.wait(0)
        stage.seconds += REFRESH_SECONDS
    assert dependency.failure == ("database", TOO_SLOW, NOON)
    assert len(starts) == 1

    answers.set()
    dependency.wait(ENOUGH_SECONDS)
    assert dependency.failure is None


def test_an_error_in_a_check_is_a_failure_and_is_logged(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    def fail() -> None:
        raise ZeroDivisionError

    dependency = stage.depend_on(fail)
    dependency.start_check()
    dependency.wait(ENOUGH_SECONDS)

    assert dependency.failure == ("database", "could not be checked", NOON)
    assert "ZeroDivisionError" in caplog.text
