"""The simulation of many workers, with few."""

from __future__ import annotations

import pytest

from tests.load.program import Program
from tests.load.simulate.report import Figure, table

WORKERS, PEOPLE = 6, 600
SHORT = ["--workers=6", "--people=600", "--churn=0.1", "--seconds=1"]
SHORT += ["--heartbeat=0.5", "--lease=1.5", "--linger=0.5"]
#: Reports of changes, heartbeats, and the share of four publishes.
MAX_COMMANDS = 4 + 2 + 4 / WORKERS


@pytest.fixture(scope="module")
def figures(tmp_path_factory: pytest.TempPathFactory) -> dict[str, float | None]:
    """Return the figures of a short simulation by name."""
    program = Program("tests.load.simulate", tmp_path_factory.mktemp("simulate"), *SHORT)
    try:
        _, _, figures = program.end()
    finally:
        program.close()
    return {figure["what"]: figure["value"] for figure in figures}


def test_the_workers_show_the_truth_in_the_end(figures: dict[str, float | None]) -> None:
    assert figures["people shown minus people connected, at the end"] == 0


def test_the_counts_become_exact_after_each_event(figures: dict[str, float | None]) -> None:
    exact = {what: value for what, value in figures.items() if what.endswith("exact after")}
    assert len(exact) == 4
    assert None not in exact.values(), exact


def test_people_of_crashed_workers_are_counted(figures: dict[str, float | None]) -> None:
    (gone,) = [
        value for what, value in figures.items() if what.endswith("people leave: their people")
    ]
    assert gone is not None and 0 < gone < PEOPLE


def test_a_worker_sends_a_few_commands_a_second(figures: dict[str, float | None]) -> None:
    commands = figures["churn: commands per second and worker"]
    assert commands is not None and 0 < commands <= MAX_COMMANDS


def test_a_join_reaches_all_workers(figures: dict[str, float | None]) -> None:
    assert figures["churn: a join is shown by all workers after, longest"] is not None


def test_a_missed_bound_is_marked() -> None:
    figures = [Figure("age", 2.5, "s", 2), Figure("CPU", 20, "%", 25), Figure("exact", None, "s")]
    _, _, age, cpu, exact = table(figures).splitlines()
    assert age.endswith("| MISSED |") and "2.50 s" in age
    assert cpu.endswith("| ok     |") and "25 %" in cpu
    assert "never" in exact and not figures[2].is_missed


def test_a_bounded_event_that_never_happened_is_missed() -> None:
    assert Figure("age", None, "s", 2).is_missed
