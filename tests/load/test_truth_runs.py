"""The truth harness on real processes: it detects a broken rule."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.load.program import Program

SHORT = ["--people=150", "--processes=2", "--heartbeat=1", "--lease=3", "--linger=2", "--fork"]
#: For a busy machine. Without the grace period, the error is three times as large.
SHORT += ["--max-error=0.03"]
#: The scenario that detects each broken rule, and the bound that it misses.
SHOWN_BY = {
    "linger": ("churn", "error"),
    "reap": ("kill", "exact"),
    "resync": ("stop", "back"),
    "moves": ("places", "wrong places"),
}


@pytest.fixture(scope="module")
def runs(
    production: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str | None, Program]]:
    """Start the harness unchanged, and with each rule broken."""
    migrated = production["DATABASE_URL"].removeprefix("sqlite:///")
    prepared = [f"--static={production['STATIC_ROOT']}", f"--migrated={migrated}"]
    scenarios = [f"--scenario={scenario}" for scenario, _ in SHOWN_BY.values()]
    started: dict[str | None, Program] = {
        None: start(tmp_path_factory.mktemp("whole"), *prepared, *scenarios)
    }
    for rule, (scenario, _) in SHOWN_BY.items():
        directory = tmp_path_factory.mktemp(rule)
        started[rule] = start(directory, *prepared, f"--scenario={scenario}", f"--break={rule}")
    yield started
    for run in started.values():
        run.close()


def start(directory: Path, *arguments: str) -> Program:
    return Program("tests.load.truth", directory, *SHORT, *arguments)


def end(program: Program) -> tuple[int, list[dict[str, Any]]]:
    """Return the exit status and the outcomes."""
    status, output, outcomes = program.end()
    assert "could not be played" not in output, output
    return status, outcomes


def figures(outcome: dict[str, Any]) -> dict[str, float | None]:
    return {bound["what"]: bound["measured"] for bound in outcome["bounds"]}


def test_the_unbroken_site_becomes_exact(runs: dict[str | None, Program]) -> None:
    """Assert that counts become exact. The harness judges when, on an idle machine."""
    _, outcomes = end(runs[None])
    assert len(outcomes) == len(SHOWN_BY)
    for outcome in outcomes:
        measured = figures(outcome)
        for what in ("wrong in the end", "wrong sums", "small numbers shown", "wrong places"):
            assert measured[what] == 0, outcome
        assert None not in outcome["exact_after"], outcome


@pytest.mark.parametrize("rule", SHOWN_BY)
def test_a_broken_rule_misses_its_bound(rule: str, runs: dict[str | None, Program]) -> None:
    status, (outcome,) = end(runs[rule])
    assert status == 1
    missed = SHOWN_BY[rule][1]
    (bound,) = [bound for bound in outcome["bounds"] if bound["what"] == missed]
    assert bound["measured"] is None or bound["measured"] > bound["at_most"], outcome
