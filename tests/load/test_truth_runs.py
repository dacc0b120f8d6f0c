"""The truth harness on real processes: it detects a broken rule."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.services.site import ROOT, environment

SHORT = ["--people=300", "--processes=2", "--heartbeat=1", "--lease=3", "--linger=2"]
#: For a busy machine. Without the grace period, the error is three times as large.
SHORT += ["--max-error=0.03"]
#: The scenario that detects each broken rule, and the bound that it misses.
SHOWN_BY = {"linger": ("churn", "error"), "reap": ("kill", "exact"), "resync": ("stop", "back")}


class Run:
    """The harness in its own process. Several run in parallel, because they mostly wait."""

    def __init__(self, directory: Path, *arguments: str) -> None:
        self._report = directory / "report.json"
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.load.truth", *SHORT, *arguments, "--json", self._report],
            cwd=ROOT,
            env=environment({}),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def end(self) -> tuple[int, list[dict[str, Any]]]:
        """Return the exit status and the outcomes."""
        output, errors = self._process.communicate(timeout=300)
        assert "could not be played" not in errors, output + errors
        return self._process.returncode, json.loads(self._report.read_text())

    def close(self) -> None:
        self._process.kill()
        self._process.communicate()


@pytest.fixture(scope="module")
def runs(
    production: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str | None, Run]]:
    """Start the harness unchanged, and with each rule broken."""
    static = f"--static={production['STATIC_ROOT']}"
    scenarios = [f"--scenario={scenario}" for scenario, _ in SHOWN_BY.values()]
    started: dict[str | None, Run] = {
        None: Run(tmp_path_factory.mktemp("whole"), static, *scenarios)
    }
    for rule, (scenario, _) in SHOWN_BY.items():
        directory = tmp_path_factory.mktemp(rule)
        started[rule] = Run(directory, static, f"--scenario={scenario}", f"--break={rule}")
    yield started
    for run in started.values():
        run.close()


def figures(outcome: dict[str, Any]) -> dict[str, float | None]:
    return {bound["what"]: bound["measured"] for bound in outcome["bounds"]}


def test_the_unbroken_site_becomes_exact(runs: dict[str | None, Run]) -> None:
    """Assert that counts become exact. The harness judges when, on an idle machine."""
    _, outcomes = runs[None].end()
    assert len(outcomes) == len(SHOWN_BY)
    for outcome in outcomes:
        assert figures(outcome)["wrong in the end"] == 0, outcome
        assert None not in outcome["exact_after"], outcome


@pytest.mark.parametrize("rule", SHOWN_BY)
def test_a_broken_rule_misses_its_bound(rule: str, runs: dict[str | None, Run]) -> None:
    status, (outcome,) = runs[rule].end()
    assert status == 1
    missed = SHOWN_BY[rule][1]
    (bound,) = [bound for bound in outcome["bounds"] if bound["what"] == missed]
    assert bound["measured"] is None or bound["measured"] > bound["at_most"], outcome
