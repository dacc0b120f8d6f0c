"""The truth harness: what it takes for true, and that it notices a broken rule."""

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


# -- who is there ------------------------------------------------------------------------


def test_nobody_is_there_before_anybody_came() -> None:
    assert count() == 0
    assert count(held(opened_at=2)) == 0


def test_several_tabs_of_a_browser_are_one_person() -> None:
    assert count(held(), held(process=1)) == 1
    assert count(held(), held(b"w")) == 2


def test_a_user_on_two_devices_is_one_person() -> None:
    assert count(held(b"v", "ana"), held(b"w", "ana")) == 1
    assert count(held(b"v", "ana"), held(b"w", "bob")) == 2


def test_a_browser_with_a_signed_in_tab_is_that_user_in_all_its_tabs() -> None:
    assert count(held(), held(user="ana")) == 1
    assert count(held(), held(user="ana"), held(b"w", "ana"), held(b"w")) == 1


def test_a_browser_whose_signed_in_tab_is_long_gone_is_a_person_of_its_own() -> None:
    tabs = (held(), held(user="ana", closed_at=10), held(b"w", "ana"))
    assert count(*tabs, at=14.9) == 1
    assert count(*tabs, at=15) == 2


def test_people_count_until_the_linger_after_their_last_socket() -> None:
    tabs = (held(opened_at=0, closed_at=4), held(opened_at=1, closed_at=2))
    assert [count(*tabs, at=moment) for moment in (0, 8.9, 9)] == [1, 1, 0]


def test_whoever_returns_within_the_linger_never_left() -> None:
    tabs = (held(closed_at=10), held(opened_at=14, closed_at=20))
    assert Timeline(tabs, LINGER).during(0, 24.9) == {1}


def test_whoever_returns_after_the_linger_was_away() -> None:
    tabs = (held(closed_at=10), held(opened_at=16))
    assert Timeline(tabs, LINGER).during(0, 20) == {0, 1}


def test_users_are_counted_apart_as_well() -> None:
    tabs = (held(), held(b"w", "ana"), held(b"x", "ana"), held(b"y", "bob", closed_at=0))
    assert count(*tabs, part=Part.SIGNED_IN) == 2
    assert count(*tabs, part=Part.SIGNED_IN, at=6) == 1


# -- how far the screens were from it ----------------------------------------------------


@pytest.fixture
def growing() -> Timeline:
    """One person more every second, from 1 at 0 s to 10 at 9 s."""
    return Timeline([held(bytes([n]), opened_at=n) for n in range(10)], LINGER)


def tick(at: float, *people: int | None, live: bool = True) -> Tick:
    return Tick(at, [Reading(process, shown, live) for process, shown in enumerate(people)])


def test_a_number_that_was_true_within_the_last_second_is_no_error(growing: Timeline) -> None:
    assert relative_error(growing, 4.5, 5) == 0
    assert relative_error(growing, 4.5, 4) == 0


def test_a_number_that_was_never_true_lately_is_an_error_relative_to_the_truth(
    growing: Timeline,
) -> None:
    assert relative_error(growing, 4.5, 3) == pytest.approx(1 / 4)
    assert relative_error(growing, 4.5, 7) == pytest.approx(2 / 5)


def test_the_largest_error_is_that_of_the_worst_process(growing: Timeline) -> None:
    assert largest_error(growing, [tick(4.5, 5, 3), tick(5.5, 6, 6)]) == pytest.approx(1 / 4)


def test_stale_numbers_are_no_errors_but_never_exact(growing: Timeline) -> None:
    stale = tick(4.5, 1, live=False)
    assert largest_error(growing, [stale]) == 0
    assert not is_exact(growing, tick(4.5, 5, live=False))
    assert stale_seconds([stale, tick(4.6, 5), stale], 0.1) == pytest.approx(0.2)


def test_all_living_processes_must_show_the_truth_to_be_exact(growing: Timeline) -> None:
    assert is_exact(growing, tick(4.5, 5, 4))
    assert not is_exact(growing, tick(4.5, 5, 3))
    assert not is_exact(growing, tick(4.5, 5, None))
    assert not is_exact(growing, tick(4.5))


def test_exactness_counts_from_the_last_moment_without_it() -> None:
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


def test_a_screen_drops_lower_versions_and_takes_an_equal_newer_one() -> None:
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
def test_the_client_understands_the_server_however_its_bytes_arrive(step: int) -> None:
    told: list[object] = []
    client = WebSocket(
        Events(lambda: told.append("open"), told.append, told.append), "host", "/", ""
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
    assert told == ["open", b"hi", long, 1001]
    assert client._transport is None


def test_an_end_without_a_close_frame_has_no_code() -> None:
    told: list[object] = []
    client = WebSocket(Events(lambda: None, told.append, told.append), "host", "/", "")
    client.connection_made(FakeTransport())
    client.data_received(b"HTTP/1.1 101 Switching Protocols\r\n\r\n")
    client.connection_lost(None)
    assert told == [None]


# -- the report --------------------------------------------------------------------------


def test_a_figure_beyond_its_bound_or_that_never_came_is_named() -> None:
    good, late, never = Bound("a", 1.0, 1), Bound("exact", 7.5, 6, " s"), Bound("b", None, 6, " s")
    outcome = Outcome("kill", 0.25, [7.5, None], 3, 0.1, [good, late, never])
    assert complaints([outcome]) == ["kill: exact: 7.5 s, at most 6", "kill: b: never, at most 6"]
    assert "| kill     | 25.00%        | 7.5 s / never" in table([outcome])
    assert table([outcome]).endswith("| MISSED |")
    assert table([Outcome("kill", bounds=[good])]).endswith("| ok |")


# -- the whole, on real processes --------------------------------------------------------

SHORT = ["--people=300", "--processes=2", "--heartbeat=1", "--lease=3", "--linger=2"]
#: For a machine that does other things too; without the linger it is three times as large.
SHORT += ["--max-error=0.03"]
#: The scenario that shows each broken rule, and the bound that it misses there.
SHOWN_BY = {"linger": ("churn", "error"), "reap": ("kill", "exact"), "resync": ("stop", "back")}


class Run:
    """The harness in a process of its own; several go side by side, as they mostly wait."""

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
        """The exit status and the outcomes."""
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
    """The harness as it is, and with each rule broken."""
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


def test_unbroken_the_numbers_become_exact_and_stay_so(runs: dict[str | None, Run]) -> None:
    """When is the harness's to judge, on a machine of its own; whether is asserted here."""
    _, outcomes = runs[None].end()
    assert len(outcomes) == len(SHOWN_BY)
    for outcome in outcomes:
        assert figures(outcome)["wrong in the end"] == 0, outcome
        assert None not in outcome["exact_after"], outcome


@pytest.mark.parametrize("rule", SHOWN_BY)
def test_a_broken_rule_misses_the_bound_that_it_is_there_for(
    rule: str, runs: dict[str | None, Run]
) -> None:
    status, (outcome,) = runs[rule].end()
    assert status == 1
    missed = SHOWN_BY[rule][1]
    (bound,) = [bound for bound in outcome["bounds"] if bound["what"] == missed]
    assert bound["measured"] is None or bound["measured"] > bound["at_most"], outcome
