"""The shapes of charts."""

from __future__ import annotations

import math
import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from landing.admin.dashboard.plot import geometry
from landing.admin.dashboard.plot.geometry import Scale, Span

counts = st.integers(min_value=0, max_value=10_000_000)
values = st.lists(st.none() | counts, max_size=300)


def parse_strokes(path: str) -> list[list[tuple[float, float]]]:
    """Return the points of each stroke of the path data."""
    strokes = []
    for stroke in re.findall(r"M([^M]+)", path):
        points = re.findall(r"(-?[\d.]+) (-?[\d.]+)", stroke)
        strokes.append([(float(x), float(y)) for x, y in points])
    return strokes


@given(values)
def test_a_scale_fits_all_values_with_few_round_steps(given_values: list[int | None]) -> None:
    found = geometry.fit_scale(given_values)
    largest = max((value for value in given_values if value is not None), default=0)

    assert found.top >= max(largest, 1)
    assert found.top % found.step == 0
    assert 1 <= len(found.ticks()) <= geometry.MAX_GRID_LINES
    assert re.fullmatch(r"[125]0*", str(found.step))


@pytest.mark.parametrize(
    ("largest", "expected"),
    [(0, Scale(1, 1)), (3, Scale(3, 1)), (17, Scale(20, 5)), (98, Scale(100, 50))],
)
def test_a_scale_has_round_steps(largest: int, expected: Scale) -> None:
    assert geometry.fit_scale([largest]) == expected


def test_a_scale_fits_several_series() -> None:
    assert geometry.fit_scale([1, None], [40]).top == 40


def test_a_scale_starts_at_zero() -> None:
    scale = Scale(top=20, step=5)

    assert [scale.y(0), scale.y(5), scale.y(20)] == [100, 75, 0]
    assert scale.ticks() == [(75, 5), (50, 10), (25, 15), (0, 20)]


@given(st.integers(min_value=0, max_value=1_000))
def test_points_reach_the_edges_and_slots_do_not(count: int) -> None:
    edges, centers = geometry.spread_points(count), geometry.center_points(count)

    assert len(edges) == len(centers) == count
    assert all(before < after for before, after in pairwise(edges))
    assert all(0 < x < 100 for x in centers)
    if count > 1:
        assert (edges[0], edges[-1]) == (0, 100)


@given(values)
def test_a_line_has_every_known_point_within_the_plot(
    given_values: list[int | None],
) -> None:
    xs, scale = geometry.spread_points(len(given_values)), geometry.fit_scale(given_values)
    path = geometry.draw_line(xs, given_values, scale)
    points = [point for stroke in parse_strokes(path) for point in stroke]

    assert points == [
        (pytest.approx(xs[index], abs=0.01), pytest.approx(scale.y(value), abs=0.01))
        for index, value in enumerate(given_values)
        if value is not None
    ]
    assert all(math.isfinite(each) and 0 <= each <= 100 for point in points for each in point)
    assert not re.search(r"nan|inf|None|e", path)


@given(values)
def test_a_line_has_one_stroke_per_run(given_values: list[int | None]) -> None:
    path = geometry.draw_line(
        geometry.spread_points(len(given_values)), given_values, geometry.fit_scale(given_values)
    )
    begins = [
        index
        for index, value in enumerate(given_values)
        if value is not None and (index == 0 or given_values[index - 1] is None)
    ]

    assert len(parse_strokes(path)) == len(begins) == len(list(geometry.split_runs(given_values)))


@given(values)
def test_an_area_reaches_zero_under_each_run_of_two_points_or_more(
    given_values: list[int | None],
) -> None:
    path = geometry.draw_area(
        geometry.spread_points(len(given_values)), given_values, geometry.fit_scale(given_values)
    )
    pieces = [run for run in geometry.split_runs(given_values) if len(run) > 1]

    assert path.count("Z") == path.count("V100Z") == len(pieces)
    assert [len(stroke) for stroke in parse_strokes(path)] == [len(piece) + 1 for piece in pieces]
    assert all(stroke[0][1] == 100 for stroke in parse_strokes(path))


def test_a_point_between_gaps_is_a_dot() -> None:
    assert geometry.draw_line([0, 50, 100], [None, 5, None], Scale(10, 5)) == "M50 50h0"


@given(values)
def test_gaps_and_runs_cover_the_whole_width(given_values: list[int | None]) -> None:
    xs = geometry.spread_points(len(given_values))
    covered = sum(span.width for span in geometry.find_gaps(xs, given_values)) + sum(
        xs[run[-1][0]] - xs[run[0][0]] for run in geometry.split_runs(given_values)
    )

    assert covered == pytest.approx(100 if len(given_values) > 1 else 0, abs=2)


def test_a_gap_reaches_from_the_point_before_to_the_point_after() -> None:
    known = [1, 1, None, None, 1]

    assert geometry.find_gaps(geometry.spread_points(5), known) == [Span(25, 75)]
    assert geometry.find_gaps(geometry.spread_points(5), [1, 2, 3, 4, 5]) == []


@given(values)
def test_bars_stand_on_zero_within_their_slots(given_values: list[int | None]) -> None:
    bars = geometry.draw_bars(given_values, geometry.fit_scale(given_values))

    assert [bar.index for bar in bars] == [
        index for index, value in enumerate(given_values) if value
    ]
    for bar in bars:
        assert bar.y + bar.height == pytest.approx(100)
        slot = 100 / len(given_values)
        assert slot * bar.index - 0.02 <= bar.x
        assert bar.x + bar.width <= slot * (bar.index + 1) + 0.02
