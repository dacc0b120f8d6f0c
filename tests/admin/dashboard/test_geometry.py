from __future__ import annotations

import math
import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from landing.admin.dashboard import geometry
from landing.admin.dashboard.geometry import Scale, Span

counts = st.integers(min_value=0, max_value=10_000_000)
values = st.lists(st.none() | counts, max_size=300)


def moves(path: str) -> list[list[tuple[float, float]]]:
    """The strokes of path data, each as its points."""
    strokes = []
    for stroke in re.findall(r"M([^M]+)", path):
        points = re.findall(r"(-?[\d.]+) (-?[\d.]+)", stroke)
        strokes.append([(float(x), float(y)) for x, y in points])
    return strokes


@given(values)
def test_a_scale_holds_every_value_in_few_whole_steps(given_values: list[int | None]) -> None:
    found = geometry.scale(given_values)
    largest = max((value for value in given_values if value is not None), default=0)

    assert found.top >= max(largest, 1)
    assert found.top % found.step == 0
    assert 1 <= len(found.ticks()) <= geometry.TICKS
    assert re.fullmatch(r"[125]0*", str(found.step))


@pytest.mark.parametrize(
    ("largest", "expected"),
    [(0, Scale(1, 1)), (3, Scale(3, 1)), (17, Scale(20, 5)), (98, Scale(100, 50))],
)
def test_a_scale_counts_as_people_do(largest: int, expected: Scale) -> None:
    assert geometry.scale([largest]) == expected


def test_a_scale_is_of_all_series_together() -> None:
    assert geometry.scale([1, None], [40]).top == 40


def test_a_scale_begins_at_the_ground() -> None:
    scale = Scale(top=20, step=5)

    assert [scale.y(0), scale.y(5), scale.y(20)] == [100, 75, 0]
    assert scale.ticks() == [(75, 5), (50, 10), (25, 15), (0, 20)]


@given(st.integers(min_value=0, max_value=1_000))
def test_points_rise_from_edge_to_edge_and_slots_keep_off_it(count: int) -> None:
    edges, centres = geometry.edges(count), geometry.centres(count)

    assert len(edges) == len(centres) == count
    assert all(before < after for before, after in pairwise(edges))
    assert all(0 < x < 100 for x in centres)
    if count > 1:
        assert (edges[0], edges[-1]) == (0, 100)


@given(values)
def test_a_line_passes_each_known_point_and_stays_in_the_plot(
    given_values: list[int | None],
) -> None:
    xs, scale = geometry.edges(len(given_values)), geometry.scale(given_values)
    path = geometry.line(xs, given_values, scale)
    points = [point for stroke in moves(path) for point in stroke]

    assert points == [
        (pytest.approx(xs[index], abs=0.01), pytest.approx(scale.y(value), abs=0.01))
        for index, value in enumerate(given_values)
        if value is not None
    ]
    assert all(math.isfinite(each) and 0 <= each <= 100 for point in points for each in point)
    assert not re.search(r"nan|inf|None|e", path)


@given(values)
def test_a_line_is_broken_wherever_nothing_is_known(given_values: list[int | None]) -> None:
    path = geometry.line(
        geometry.edges(len(given_values)), given_values, geometry.scale(given_values)
    )
    begins = [
        index
        for index, value in enumerate(given_values)
        if value is not None and (index == 0 or given_values[index - 1] is None)
    ]

    assert len(moves(path)) == len(begins) == len(list(geometry.runs(given_values)))


@given(values)
def test_an_area_stands_on_the_ground_under_each_piece_of_two_points_or_more(
    given_values: list[int | None],
) -> None:
    path = geometry.area(
        geometry.edges(len(given_values)), given_values, geometry.scale(given_values)
    )
    pieces = [run for run in geometry.runs(given_values) if len(run) > 1]

    assert path.count("Z") == path.count("V100Z") == len(pieces)
    assert [len(stroke) for stroke in moves(path)] == [len(piece) + 1 for piece in pieces]
    assert all(stroke[0][1] == 100 for stroke in moves(path))


def test_a_point_between_gaps_is_a_dot() -> None:
    assert geometry.line([0, 50, 100], [None, 5, None], Scale(10, 5)) == "M50 50h0"


@given(values)
def test_gaps_and_pieces_share_the_whole_width(given_values: list[int | None]) -> None:
    xs = geometry.edges(len(given_values))
    covered = sum(span.width for span in geometry.gaps(xs, given_values)) + sum(
        xs[run[-1][0]] - xs[run[0][0]] for run in geometry.runs(given_values)
    )

    assert covered == pytest.approx(100 if len(given_values) > 1 else 0, abs=2)


def test_a_gap_reaches_from_the_point_before_to_the_point_after() -> None:
    known = [1, 1, None, None, 1]

    assert geometry.gaps(geometry.edges(5), known) == [Span(25, 75)]
    assert geometry.gaps(geometry.edges(5), [1, 2, 3, 4, 5]) == []


@given(values)
def test_bars_stand_on_the_ground_within_their_slots(given_values: list[int | None]) -> None:
    bars = geometry.bars(given_values, geometry.scale(given_values))

    assert [bar.index for bar in bars] == [
        index for index, value in enumerate(given_values) if value
    ]
    for bar in bars:
        assert bar.y + bar.height == pytest.approx(100)
        slot = 100 / len(given_values)
        assert slot * bar.index - 0.02 <= bar.x
        assert bar.x + bar.width <= slot * (bar.index + 1) + 0.02
