"""The rows of a list: labels, links, and bars."""

from __future__ import annotations

import pytest

from landing.admin.dashboard.filters import PARAMETERS, Filter
from landing.admin.dashboard.lists import rows
from landing.admin.dashboard.lists.entries import TopEntry
from landing.tables.rollups import Dimension


def join(only: Filter) -> str:
    return f"?{only.query}"


@pytest.mark.parametrize(
    ("column", "value", "label"),
    [
        ("language", "de", "German"),
        ("language", "zh", "zh"),
        ("language", "other", "other"),
        ("width", "small", "Under 600 px"),
        ("width", "huge", "huge"),
        ("utm_source", "de", "de"),
        ("path", "/", "/"),
    ],
)
def test_a_value_has_a_name_for_people(column: str, value: str, label: str) -> None:
    assert rows.label(column, value) == label


def test_a_row_links_to_the_filter_by_its_value() -> None:
    entries = [TopEntry("de", 1234, 5), TopEntry("es", 617)]
    found = rows.build_rows("language", entries, Filter(path="/"), join)

    assert found == [
        ("German", "?page=%2F&language=de", "1,234", "5", 100.0),
        ("Spanish", "?page=%2F&language=es", "617", "0", 50.0),
    ]
    assert rows.build_rows("language", [], Filter(), join) == []


def test_each_dimension_has_a_list_and_a_filter() -> None:
    entries = {dimension.value: [TopEntry("a", 1)] for dimension in Dimension}
    found = rows.build_lists(entries, Filter(), join)

    assert [each.rows[0].query for each in found] == [
        f"?{PARAMETERS[dimension]}=a" for dimension in Dimension
    ]
