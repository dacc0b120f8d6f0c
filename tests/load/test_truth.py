"""The truth harness computes the truth and detects a broken rule."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.load.truth.report import Bound, Outcome, complaints, table
from tests.load.truth.screens import Screen
from tests.load.truth.truth import (
    Held,
    Part,
    Reading,
    Tick,
    Timeline,
    exact_after,
    is_exact,
    largest_error,
    relative_error,
    stale_seconds,
)
from tests.load.truth.websocket import Events, WebSocket
from tests.services.site import ROOT, environment

LINGER = 5.0


def held(
    visitor: bytes = b"v",
    user: str | None = None,
    opened_at: float = 0.0,
    closed_at: float = math.inf,
    process: int = 0,
) -> Held:
    return Held(visitor, user, process, opened_at, closed_at)


def count(*helds: Held, at: float = 1.0, part: Part = Part.PEOPLE) -> int:
    return Timeline(helds, LINGER, part).at(at)


# -- the true count ----------------------------------------------------------------------


def test_the_count_is_zero_before_the_first_socket() -> None:
    assert count() == 0
    assert count(held(opened_at=2)) == 0


def test_several_tabs_of_a_browser_are_one_person() -> None:
    assert count(held(), held(process=1)) == 1
    assert count(held(), held(b"w")) == 2


def test_a_user_on_two_devices_is_one_person() -> None:
    assert count(held(b"v", "ana"), held(b"w", "ana")) == 1
    assert count(held(b"v", "ana"), held(b"w", "bob")) == 2


def test_a_browser_with_a_signed_in_tab_is_that_user() -> None:
    assert count(held(), held(user="ana")) == 1
    assert count(held(), held(user="ana"), held(b"w", "ana"), held(b"w")) == 1


def test_a_browser_without_its_signed_in_tab_is_a_separate_person() -> None:
    tabs = (held(), held(user="ana", closed_at=10), held(b"w", "ana"))
    assert count(*tabs, at=14.9) == 1
    assert count(*tabs, at=15) == 2


def test_people_count_until_the_grace_period_ends() -> None:
    tabs = (held(opened_at=0, closed_at=4), held(opened_at=1, closed_at=2))
    assert [count(*tabs, at=moment) for moment in (0, 8.9, 9)] == [1, 1, 0]


def test_a_return_within_the_grace_period_is_no_departure() -> None:
    tabs = (held(closed_at=10), held(opened_at=14, closed_at=20))
    assert Timeline(tabs, LINGER).during(0, 24.9) == {1}


def test_a_return_after_the_grace_period_is_an_arrival() -> None:
    tabs = (held(closed_at=10), held(opened_at=16))
    assert Timeline(tabs, LINGER).during(0, 20) == {0, 1}


def test_users_are_counted_separately_too() -> None:
    tabs = (held(), held(b"w", "ana"), held(b"x", "ana"), held(b"y", "bob", closed_at=0))
    assert count(*tabs, part=Part.SIGNED_IN) == 2
    assert count(*tabs, part=Part.SIGNED_IN, at=6) == 1


# -- errors of the screens ---------------------------------------------------------------


@pytest.fixture
def growing() -> Timeline:
    """Return a timeline that grows by one person per second, from 1 at 0 s to 10 at 9 s."""
    return Timeline([held(bytes([n]), opened_at=n) for n in range(10)], LINGER)


def tick(at: float, *people: int | None, live: bool = True) -> Tick:
    return Tick(at, [Reading(process, shown, live) for process, shown in enumerate(people)])


def test_a_count_of_the_last_second_is_not_an_error(growing: Timeline) -> None:
    assert relative_error(growing, 4.5, 5) == 0
    assert relative_error(growing, 4.5, 4) == 0


def test_an_older_count_is_an_error_relative_to_the_truth(
    growing: Timeline,
) -> None:
    assert relative_error(growing, 4.5, 3) == pytest.approx(1 / 4)
    assert relative_error(growing, 4.5, 7) == pytest.approx(2 / 5)


def test_the_largest_error_is_the_error_of_the_worst_process(growing: Timeline) -> None:
    assert largest_error(growing, [tick(4.5, 5, 3), tick(5.5, 6, 6)]) == pytest.approx(1 / 4)


def test_stale_counts_are_neither_errors_nor_exact(growing: Timeline) -> None:
    stale = tick(4.5, 1, live=False)
    assert largest_error(growing, [stale]) == 0
    assert not is_exact(growing, tick(4.5, 5, live=False))
    assert stale_seconds([stale, tick(4.6, 5), stale], 0.1) == pytest.approx(0.2)


def test_exactness_needs_all_living_processes(growing: Timeline) -> None:
    assert is_exact(growing, tick(4.5, 5, 4))
    assert not is_exact(growing, tick(4.5, 5, 3))
    assert not is_exact(growing, tick(4.5, 5, None))
    assert not is_exact(growing, tick(4.5))


def test_exactness_starts_after_the_last_inexact_tick() -> None:
    timeline = Timeline([held()], LINGER)
    ticks = [tick(1, 1), tick(2, 1), tick(3, 9), tick(4, 1), tick(5, 1)]
    assert exact_after(timeline, ticks, since=1.5) == 2.5
    assert exact_after(timeline, ticks, since=3.5) == 0.5
    assert exact_after(timeline, ticks[:3], since=1.5) is None


# -- the clients -------------------------------------------------------------------------


def frame(version: int, people: int, timestamp: str = "2026-01-31T12:00:00.000Z") -> bytes:
    return (
        f'{{"type":"connection-count","people":{people},"source":"live",'
        f'"version":{version},"timestamp":"{timestamp}"}}'
    ).encode()


def test_a_screen_accepts_equal_but_not_lower_versions() -> None:
    screen = Screen(process=0)
    assert screen.read() == Reading(0, None, live=False)
    for text in (frame(2, 20), frame(1, 10), b'{"type":"pong"}'):
        screen.take(text)
    assert screen.read() == Reading(0, 20, live=True)
    screen.take(frame(2, 30, "2026-01-31T12:00:00.001Z"))
    assert screen.read().people == 30


def test_a_screen_of_a_new_process_still_drops_lower_versions() -> None:
    screen = Screen(process=0)
    screen.take(frame(2, 20))
    screen.blank()
    screen.take(frame(1, 10))
    assert screen.read().people is None


class FakeTransport:
    def __init__(self) -> None:
        self.written = b""

    def write(self, data: bytes) -> None:
        self.written += data


@pytest.mark.parametrize("step", [1, 3, 1000])
def test_the_client_parses_frames_in_any_chunks(step: int) -> None:
    texts: list[object] = []
    client = WebSocket(
        Events(lambda: texts.append("open"), texts.append, texts.append), "host", "/", ""
    )
    client.connection_made(FakeTransport())
    long = b"x" * 300
    stream = (
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: WebSocket\r\n\r\n"
        b"\x81\x02hi\x81\x7e\x01\x2c" + long + b"\x89\x01!\x88\x02\x03\xe9"
    )
    for at in range(0, len(stream), step):
        client.data_received(stream[at : at + step])
    client.connection_lost(None)
    assert texts == ["open", b"hi", long, 1001]
    assert client._transport is None


def test_an_end_without_a_close_frame_has_no_code() -> None:
    texts: list[object] = []
    client = WebSocket(Events(lambda: None, texts.append, texts.append), "host", "/", "")
    client.connection_made(FakeTransport())
    client.data_received(b"HTTP/1.1 101 Switching Protocols\r\n\r\n")
    client.connection_lost(None)
    assert texts == [None]


# -- the report --------------------------------------------------------------------------


def test_a_missed_bound_is_named() -> None:
    good, late, never = Bound("a", 1.0, 1), Bound("exact", 7.5, 6, " s"), Bound("b", None, 6, " s")
    outcome = Outcome("kill", 0.25, [7.5, None], 3, 0.1, [good, late, never])
    assert complaints([outcome]) == ["kill: exact: 7.5 s, at most 6", "kill: b: never, at most 6"]
    assert "| kill     | 25.00%        | 7.5 s / never" in table([outcome])
    assert table([outcome]).endswith("| MISSED |")
    assert table([Outcome("kill", bounds=[good])]).endswith("| ok |")


# -- the harness on real processes -------------------------------------------------------

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
