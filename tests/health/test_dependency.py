"""A dependency is checked rarely, and its failure is known with its beginning."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from queue import SimpleQueue
from threading import Semaphore

import pytest

from landing.health.dependency import (
    MAX_THREADS,
    REFRESH_SECONDS,
    REPLACE_SECONDS,
    TOO_SLOW,
    Dependency,
    Failure,
)

NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)
ENOUGH_SECONDS = 30.0


class Stage:
    """A dependency with a clock and a problem that the test sets."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.problem: str | None = None
        self.checks = 0
        self.dependency = self.depend_on(self.find_problem)

    def depend_on(
        self, find_problem: Callable[[], str | None], refresh_seconds: float = REFRESH_SECONDS
    ) -> Dependency:
        return Dependency(
            "database",
            find_problem,
            refresh_seconds=refresh_seconds,
            clock=lambda: self.seconds,
            now=lambda: NOON + timedelta(seconds=self.seconds),
        )

    def find_problem(self) -> str | None:
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


def test_a_dependency_may_have_an_interval_of_its_own(stage: Stage) -> None:
    stage.dependency = stage.depend_on(stage.find_problem, refresh_seconds=0.5)
    for _ in range(4):
        stage.probe()
        stage.seconds += 0.25
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


class Hanging:
    """A check that returns only when the test lets it, with a result of its own."""

    def __init__(self, stage: Stage) -> None:
        self.answers: list[SimpleQueue[str | None]] = []
        self.stage = stage
        self.dependency = stage.depend_on(self.find_problem)
        self._started = Semaphore(0)

    def find_problem(self) -> str | None:
        answer: SimpleQueue[str | None] = SimpleQueue()
        self.answers.append(answer)
        self._started.release()
        return answer.get(timeout=ENOUGH_SECONDS)

    def probe(self) -> str | None:
        """Probe without waiting for the answer, and return the problem."""
        self.dependency.start_check()
        self.dependency.wait(0)
        return self.dependency.failure and self.dependency.failure.problem

    def start(self) -> None:
        """Probe when a check is due, and wait until it has started."""
        self.probe()
        assert self._started.acquire(timeout=ENOUGH_SECONDS)


@pytest.fixture
def hanging(stage: Stage) -> Iterator[Hanging]:
    hanging = Hanging(stage)
    yield hanging
    for answer in hanging.answers:
        answer.put(None)


def test_a_check_that_hangs_is_a_failure_until_it_ends(stage: Stage, hanging: Hanging) -> None:
    hanging.start()
    stage.seconds += REPLACE_SECONDS - 0.5
    assert hanging.probe() == TOO_SLOW
    assert len(hanging.answers) == 1, "no second check starts yet"
    assert hanging.dependency.failure == ("database", TOO_SLOW, NOON)

    hanging.answers[0].put(None)
    hanging.dependency.wait(ENOUGH_SECONDS)
    assert hanging.dependency.failure is None


def test_a_check_that_never_ends_is_replaced_and_its_late_result_ignored(
    stage: Stage, hanging: Hanging
) -> None:
    hanging.start()
    replaced = hanging.dependency._newest
    for _ in range(3):  # probes that wait do not postpone the next check
        stage.seconds += REPLACE_SECONDS / 3
        assert hanging.probe() == TOO_SLOW
    assert hanging.dependency._newest is not replaced
    hanging._started.acquire(timeout=ENOUGH_SECONDS)
    hanging.answers[1].put(None)
    hanging.dependency.wait(ENOUGH_SECONDS)
    assert hanging.dependency.failure is None

    hanging.answers[0].put("cannot be reached")
    assert replaced and replaced.ended.wait(ENOUGH_SECONDS)
    assert hanging.dependency.failure is None


def test_few_checks_hang_at_the_same_time(stage: Stage, hanging: Hanging) -> None:
    for _ in range(MAX_THREADS):
        hanging.start()
        stage.seconds += REPLACE_SECONDS
    newest = hanging.dependency._newest
    hanging.probe()
    assert hanging.dependency._newest is newest, "the limit is reached"

    hanging.answers[-1].put(None)
    assert newest and newest.ended.wait(ENOUGH_SECONDS)
    stage.seconds += REFRESH_SECONDS
    hanging.start()
    assert len(hanging.answers) == MAX_THREADS + 1


def test_a_check_that_ends_at_the_timeout_keeps_its_result(
    hanging: Hanging, monkeypatch: pytest.MonkeyPatch
) -> None:
    hanging.dependency.start_check()
    assert hanging._started.acquire(timeout=ENOUGH_SECONDS)
    check = hanging.dependency._newest
    assert check is not None
    await_end = check.ended.wait

    def time_out(seconds: float) -> bool:
        hanging.answers[0].put(None)
        await_end(ENOUGH_SECONDS)
        return False

    monkeypatch.setattr(check.ended, "wait", time_out)
    hanging.dependency.wait(0)
    assert hanging.dependency.failure is None


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
