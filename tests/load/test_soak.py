"""The soak: its verdict on growth, and short runs on real processes."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

import pytest

from tests.load.program import Program
from tests.load.soak import LEAKS
from tests.load.soak.judge import Growth, judge, table
from tests.load.soak.meter import MEMORY, Key
from tests.load.soak.trend import Sample, medians, trend
from tests.load.soak.visitors import addresses

MINUTE, HOUR = 60, 3600
LEVEL = 100.0
WORKER, TABLES = "worker 0", "rows"
FILES = "open files, without connections"

SHORT = ["--minutes=0.2", "--people=12", "--churn=8", "--slow=2", "--sample=0.5", "--rest=4"]
SHORT += ["--pause=1", "--heartbeat=1", "--lease=3", "--linger=1"]
#: The series that finds each leak.
FOUND_BY = {
    "memory": MEMORY,
    "files": FILES,
    "tasks": "tasks, without connections",
    "threads": "threads",
    "keys": "keys that stay",
}
#: A short run of a healthy site can end with a few keys or threads more. A leak rises more than
#: this many times as much as the same series of the healthy site.
LEAK_FACTOR = 2


# -- the verdict


def series(value: Callable[[float], float], seconds: int = 25 * MINUTE) -> list[Sample]:
    return [(float(at), value(at)) for at in range(0, seconds, 5)]


def noise(at: float) -> float:
    return random.Random(at).gauss(LEVEL, 2)


def sawtooth(at: float) -> float:
    """Rise by 4 within 100 s and fall at once, as memory between garbage collections."""
    return LEVEL + at % 100 / 25


def leak(at: float) -> float:
    """Rise by 30 per hour."""
    return 30 * at / HOUR


LEVEL_SERIES = {
    "constant": series(lambda at: LEVEL),
    "zero": series(lambda at: 0.0),
    "noise": series(noise),
    "sawtooth": series(sawtooth),
    "slow sawtooth": series(lambda at: sawtooth(at / 2.3)),
    "early step": series(lambda at: LEVEL + 30 * (at > 5 * MINUTE)),
    "late drop": series(lambda at: LEVEL - 30 * (at > 20 * MINUTE)),
    "approach": series(lambda at: LEVEL - 20 * 2 ** (-at / 120)),
    "fall": series(lambda at: LEVEL - leak(at)),
    "one sample": [(0.0, LEVEL)],
    "two samples": [(0.0, LEVEL), (5.0, LEVEL)],
}
RISING_SERIES = {
    "leak": series(lambda at: LEVEL + leak(at)),
    "leak from zero": series(leak),
    "leak in noise": series(lambda at: noise(at) + leak(at)),
    "leak in a sawtooth": series(lambda at: sawtooth(at) + leak(at)),
    "leak in steps": series(lambda at: LEVEL + at // (2 * MINUTE)),
    "late leak": series(lambda at: LEVEL + leak(max(0.0, at - 15 * MINUTE))),
}


@pytest.mark.parametrize("name", LEVEL_SERIES)
def test_a_series_that_stops_rising_levels_off(name: str) -> None:
    assert trend(LEVEL_SERIES[name]).levels_off(1)


@pytest.mark.parametrize("name", RISING_SERIES)
def test_a_series_that_keeps_rising_does_not_level_off(name: str) -> None:
    assert not trend(RISING_SERIES[name]).levels_off(1)


def test_the_growth_per_hour_is_the_slope() -> None:
    found = trend(RISING_SERIES["leak"])
    assert found.per_hour == pytest.approx(30)
    assert (found.first, found.last, found.highest) == pytest.approx((100.2, 112.2, 112.2), abs=0.2)
    assert found.growth == pytest.approx(0.12, abs=0.01)


def test_a_rise_within_the_tolerance_levels_off() -> None:
    rising = trend(RISING_SERIES["leak"])
    assert rising.levels_off(6)
    assert not rising.levels_off(5)


def test_a_single_outlier_is_not_the_highest_value() -> None:
    samples = series(lambda at: LEVEL + 50 * (at == 600))
    assert trend(samples).highest == LEVEL


def test_parts_without_samples_are_left_out() -> None:
    assert medians([(0, 1), (1, 2), (2, 6), (10, 9)], parts=3) == [(1, 2), (10, 9)]


# -- the rules


def growth(owner: str, what: str, samples: list[Sample]) -> Growth:
    (found,) = judge({Key(owner, what): samples}, 0)
    return found


def test_memory_may_rise_by_5_percent_and_must_level_off() -> None:
    within = series(lambda at: LEVEL + 4 * (at > 5 * MINUTE))
    beyond = series(lambda at: LEVEL + 6 * (at > 5 * MINUTE))
    assert not growth(WORKER, MEMORY, within).is_missed
    assert growth(WORKER, MEMORY, beyond).levels_off
    assert growth(WORKER, MEMORY, beyond).is_missed
    assert growth(WORKER, MEMORY, RISING_SERIES["leak"]).is_missed


def test_a_table_that_is_not_documented_to_grow_may_gain_no_row() -> None:
    rising = series(lambda at: 10 + at // 60)
    assert growth(TABLES, "auth_user", rising).is_missed
    assert not growth(TABLES, "landing_analytics", rising).is_missed
    assert not growth(TABLES, "landing_analytics", rising).levels_off


def test_the_warm_up_is_not_judged() -> None:
    samples = series(lambda at: LEVEL + 10 * min(at, 5 * MINUTE))
    key = Key(WORKER, FILES)
    (found,) = judge({key: samples}, 5 * MINUTE)
    assert found.trend.first == found.trend.highest
    assert judge({key: samples[:10]}, 5 * MINUTE) == []


def test_the_table_marks_what_is_missed_and_leaves_out_empty_tables() -> None:
    growths = [
        growth(WORKER, MEMORY, RISING_SERIES["leak"]),
        growth(WORKER, "connections", RISING_SERIES["leak"]),
        growth(TABLES, "auth_user", LEVEL_SERIES["constant"]),
        growth(TABLES, "auth_group", LEVEL_SERIES["zero"]),
    ]
    _, _, memory, connections, users = table(growths).splitlines()
    assert "| +30.0 " in memory and memory.endswith(
        "| no         | levels off, at most +5% | MISSED |"
    )
    assert connections.endswith("|        |")
    assert users.endswith("| ok     |")


def test_people_come_from_as_many_loopback_addresses_as_there_are_networks() -> None:
    many, few = list(islice(addresses(0), 2000)), list(islice(addresses(3), 7))
    assert len(set(many)) == len(many)
    assert all(each.startswith("127.1.") for each in many)
    assert few == [*many[:3], *many[:3], many[0]]


# -- on real processes


@pytest.fixture(scope="module")
def runs(
    production: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, Program]]:
    """Start the soak of the site, and of a site with all leaks."""
    arguments = [*SHORT, f"--static={production['STATIC_ROOT']}"]
    leaks = [f"--leak={kind}" for kind in LEAKS]
    started = {
        name: Program("tests.load.soak", tmp_path_factory.mktemp(name), *arguments, *more)
        for name, more in (("whole", []), ("leaking", leaks))
    }
    yield started
    for program in started.values():
        program.close()


def test_a_short_soak_reports_every_figure_and_shows_the_truth(runs: dict[str, Program]) -> None:
    _, output, report = runs["whole"].end()
    growths = {(each["owner"], each["what"]) for each in report["growths"]}
    of_workers = {
        *FOUND_BY.values(),
        *("resident memory, MB", "connections"),
    } - {FOUND_BY["keys"]}
    assert growths >= {(f"worker {slot}", what) for slot in range(2) for what in of_workers}
    assert growths >= {("Redis", what) for what in ("keys that stay", "keys that expire")}
    assert growths >= {("Redis", "memory, MB"), ("PostgreSQL", "connections")}
    assert growths >= {(TABLES, f"landing_{name}") for name in ("analytics", "activity")}
    assert {(each["owner"], each["what"]) for each in report["series"]} == growths

    missed = {figure["what"] for figure in report["figures"] if not figure["ok"]}
    # A busy machine is late.
    assert missed <= {"true after the grace period, longest"}, output
    figures = {figure["what"]: figure["value"] for figure in report["figures"]}
    assert figures["rests"] >= 3
    assert figures["rests without the true counts"] == figures["open sockets in the end"] == 0
    read_again = "slow consumers that read again"
    for what in ("page views", "activities published", "slow consumers connected", read_again):
        assert figures[what] > 0, what
    assert len(output.splitlines()) > len(figures)


def rise(report: Any, what: str) -> float:
    """Return how much the figure rose from its first sample to its last, on all owners."""
    found = [each["samples"] for each in report["series"] if each["what"] == what]
    return sum(samples[-1][1] - samples[0][1] for samples in found)


def test_a_short_soak_finds_every_leak(runs: dict[str, Program]) -> None:
    """A leaking site keeps one more of each kind, or a megabyte, for each page view."""
    _, healthy_output, healthy = runs["whole"].end()
    status, output, leaking = runs["leaking"].end()
    assert status == 1
    (views,) = (each["value"] for each in leaking["figures"] if each["what"] == "page views")
    for what in FOUND_BY.values():
        # The last views come after the last sample.
        assert rise(leaking, what) > views / 2, (what, output)
        assert rise(leaking, what) > LEAK_FACTOR * rise(healthy, what), (what, healthy_output)
