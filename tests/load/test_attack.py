"""The attacks on real processes in short, and what the program reports."""

from __future__ import annotations

import importlib
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.load.attack import __main__ as attack
from tests.load.attack import stage
from tests.load.attack.report import Outcome, table
from tests.load.attack.scenarios import HONEST, SCENARIOS, TITLES, Scenario
from tests.load.attack.target import Target, cookies_of, status_of
from tests.load.truth.report import Bound
from tests.services.site import QUICK, ROOT

#: Each has fewer connections and bytes than in a real run.
SHORT = {"fresh-cookies": 0.1, "pings": 0.02, "body-with-length": 0.02}


@pytest.fixture(scope="module")
def figures(production: dict[str, str]) -> dict[str, dict[str, Any]]:
    """Play all short attacks side by side, because they mostly wait. Return their figures."""

    def play(name: str) -> dict[str, Any]:
        [scenario] = [each for each in SCENARIOS if each.name == name]
        plan = stage.Plan(
            {**production, **QUICK, "LANDING_STATS_REFRESH_SECONDS": "1"},
            seconds=1,
            honest=5,
            baseline_seconds=0.5,
            after_seconds=4,
            scale=SHORT[name],
        )
        return stage.play(scenario, plan).figures

    with ThreadPoolExecutor(len(SHORT)) as threads:
        return dict(zip(SHORT, threads.map(play, SHORT), strict=True))


@pytest.mark.parametrize("name", SHORT)
def test_an_attack_in_short_leaves_the_honest_visitors_alone(
    name: str, figures: dict[str, dict[str, Any]]
) -> None:
    of = figures[name]
    assert of["attacker"]["attempts"] > 0
    assert of["counts"] > 0 and of["undelivered"] == 0, of
    assert of["pages"] > 0 and of["pages_failed"] == 0
    assert of["guests"] > 0 and of["guests_failed"] == 0
    assert (of["lost"], of["people_wrong"], of["tracebacks"]) == (0, 0, 0)


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
def test_each_scenario_has_an_attack_and_bounds_with_titles(scenario: Scenario) -> None:
    module, _, name = scenario.attack.partition(".")
    assert callable(getattr(importlib.import_module(f"tests.load.attack.attacks.{module}"), name))
    assert {*scenario.bounds, *HONEST} <= TITLES.keys()
    assert attack._summary(scenario)


def test_the_page_about_security_describes_every_scenario() -> None:
    text = Path(ROOT, "docs", "security.md").read_text()
    assert [name for name in attack.NAMES if f"`{name}`" not in text] == []


def test_the_table_marks_missed_bounds() -> None:
    outcome = Outcome("pings", [Bound("lost", 0, 0), Bound("rise of people", 15030, 50)])
    rows = table([outcome]).splitlines()[2:]
    assert [row.split("|")[1:5] for row in rows] == [
        [" pings    ", " lost ≤ 0            ", " 0      ", " yes    "],
        ["          ", " rise of people ≤ 50 ", " 15,030 ", " MISSED "],
    ]


@pytest.mark.parametrize(("measured", "status"), [(50.0, 0), (51.0, 1), (None, 1)])
def test_the_exit_status_is_1_if_a_bound_was_missed(
    measured: float | None,
    status: int,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def play(scenario: Scenario, plan: stage.Plan) -> Outcome:
        return Outcome(scenario.name, [Bound("rise of people", measured, 50)])

    monkeypatch.setattr(attack.deployment, "prepare", lambda directory, tunables: {})
    monkeypatch.setattr(attack.connections, "close_all", lambda: None)
    monkeypatch.setattr(stage, "play", play)
    monkeypatch.setattr(sys, "argv", ["attack", "--only", "pings"])
    assert attack.main() == status
    assert "rise of people" in capsys.readouterr().out


def test_make_attack_passes_its_arguments() -> None:
    done = subprocess.run(
        ["make", "--dry-run", "attack", "ARGS=--list"], cwd=ROOT, capture_output=True, text=True
    )
    assert "-m tests.load.attack --list" in done.stdout


def test_a_cookie_of_a_response_is_sent_with_the_next_request() -> None:
    head = b"HTTP/1.1 200 OK\r\nset-cookie: a=1; Path=/\r\nSet-Cookie: b=2\r\n\r\nSet-Cookie: c=3"
    assert status_of(head) == 200
    assert cookies_of(head) == "a=1; b=2"
    assert b"Cookie: a=1; b=2\r\n" in Target((1,)).page(cookie=cookies_of(head))
