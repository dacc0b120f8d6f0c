"""Turn the entries of a list into rows with labels and links. Runs no query."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

from django.utils.translation import get_language_info

from ....page.formatting import number
from ..filters import Filter
from .entries import TOP, TopEntry

WIDTHS = {
    "small": "Under 600 px",
    "medium": "600–1023 px",
    "large": "From 1024 px",
}


class TopRow(NamedTuple):
    """One row of a list. ``percent`` is relative to the first row."""

    name: str
    #: The query string that filters by this row.
    query: str
    page_views: str
    before: str
    percent: float


class TopList(NamedTuple):
    """A list of one dimension."""

    id: str
    title: str
    #: The heading of the names.
    column: str
    rows: list[TopRow]
    empty_note: str


#: The title, the heading, and the note without rows of each dimension.
_DIMENSIONS = {
    "utm_source": ("Top sources", "source", "No links with utm_source in this range."),
    "utm_campaign": ("Top campaigns", "campaign", "No links with utm_campaign in this range."),
    "language": ("Languages", "language", "No known languages in this range."),
    "width": ("Window widths", "window", "No known widths in this range."),
}


def build_rows(
    column: str, entries: Iterable[TopEntry], only: Filter, join: Callable[[Filter], str]
) -> list[TopRow]:
    """Return the first rows; ``join`` returns the query string of a filter."""
    top = list(entries)[:TOP]
    most = max((entry.page_views for entry in top), default=1)
    return [
        TopRow(
            label(column, entry.name),
            join(only.including(column, entry.name)),
            number(entry.page_views),
            number(entry.before),
            round(100 * entry.page_views / most, 1),
        )
        for entry in top
    ]


def build_lists(
    entries: Mapping[str, Iterable[TopEntry]], only: Filter, join: Callable[[Filter], str]
) -> list[TopList]:
    """Return the list of each dimension."""
    return [
        TopList(
            f"dash-{column}", title, heading, build_rows(column, entries[column], only, join), note
        )
        for column, (title, heading, note) in _DIMENSIONS.items()
    ]


def label(column: str, value: str) -> str:
    """Return the name of a value for people."""
    if column == "width":
        return WIDTHS.get(value, value)
    if column == "language":
        try:
            return str(get_language_info(value)["name"])
        except KeyError:
            return value
    return value
