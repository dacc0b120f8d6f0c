"""The rows, the table, and the circumstances of a benchmark."""

from __future__ import annotations

import json
import os
import re
from importlib.metadata import version
from typing import Any

import pytest
from rich.console import Console

from tests.load.bench import report
from tests.load.bench.circumstances import circumstances
from tests.load.bench.report import Row


def row(**given: Any) -> Row:
    return Row(**{"scenario": "some", "label": "ours / theirs", "unit": "ms", **given})


def test_the_ratio_of_a_row_is_the_median_over_its_rounds() -> None:
    measured = row(ours=[10.0, 30.0, 20.0], rival=[5.0, 5.0, 20.0])
    assert measured.ratios == [2.0, 6.0, 1.0]
    assert measured.median == 2.0
    assert measured.spread == (1.0, 6.0)


def test_an_inverse_ratio_is_the_rivals_figure_over_ours() -> None:
    assert row(ours=[10.0], rival=[5.0], inverse=True).ratios == [0.5]


def test_a_figure_without_a_rival_has_its_own_bound() -> None:
    assert row(ours=[3.0, 4.0], bound=5, at_least=False).met is True
    assert row(ours=[6.0, 4.0, 7.0], bound=5, at_least=False).met is False


@pytest.mark.parametrize(
    ("bound", "at_least", "met"),
    [(2, True, True), (2.01, True, False)]
    + [(2, False, True), (1.99, False, False), (None, True, None)],
)
def test_the_median_decides_whether_a_bound_is_met(
    bound: float | None, at_least: bool, met: bool
) -> None:
    measured = row(ours=[1.0, 2.0, 9.0], rival=[1.0] * 3, bound=bound, at_least=at_least)
    assert measured.met is met


def test_only_a_measured_or_failed_row_can_miss_a_bound() -> None:
    absent = row(bound=2, not_measured="npm is missing")
    assert not report.missed([absent, row(ours=[3.0], bound=2)])
    assert report.missed([absent, row(ours=[1.0], bound=2)])
    assert report.missed([absent, row(failed="it broke")])


def printed(*rows: Row) -> str:
    console = Console(width=170)
    with console.capture() as capture:
        console.print(report.table(rows))
    return capture.get()


def test_the_table_has_figures_bounds_and_loads() -> None:
    table = printed(
        row(ours=[20_000.0], rival=[10.0], bound=3, client_busy=[0.4], ours_busy=[0.987]),
        row(ours=[1.0], rival=[10.0], bound=3),
    )
    assert "20,000 ms" in table and "10 ms" in table and "≥ 3" in table
    assert "40% 99% –" in table
    assert table.count("met") >= 1 and table.count("MISSED") == 1


def test_the_table_names_unmeasured_and_failed_rows() -> None:
    table = printed(row(not_measured="npm is missing"), row(failed="it broke"))
    assert "not measured: npm is missing" in table
    assert "FAILED: it broke" in table


def test_the_json_of_a_row_has_every_round() -> None:
    content = row(ours=[4.0, 2.0], rival=[1.0, 1.0], bound=3, client_busy=[0.5]).as_json()
    assert json.loads(json.dumps(content)) == {
        "scenario": "some",
        "label": "ours / theirs",
        "unit": "ms",
        "bound": 3,
        "at_least": True,
        "met": True,
        "median": 3.0,
        "spread": [2.0, 4.0],
        "ratios": [4.0, 2.0],
        "ours": [4.0, 2.0],
        "rival": [1.0, 1.0],
        "client_busy": [0.5],
        "ours_busy": [],
        "rival_busy": [],
    }


def test_the_circumstances_name_the_machine_the_versions_and_the_commit() -> None:
    content = json.loads(json.dumps(circumstances(5)))
    assert re.fullmatch("[0-9a-f]{40}", content["commit"])
    assert content["rounds"] == 5 and content["machine"]["cores"] == os.cpu_count()
    machine = content["machine"]
    assert {machine["server_core"], machine["client_core"]} <= os.sched_getaffinity(0)
    assert machine["open_files"] != 0 and machine["somaxconn"] > 0
    assert content["versions"]["daphne"] == version("daphne")
    assert content["versions"]["socket.io"].startswith("4.")
