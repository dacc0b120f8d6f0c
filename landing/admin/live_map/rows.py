"""The rows of the map as the page first shows them; the scripts replace them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import quote

from django.urls import get_script_prefix
from django.utils.encoding import iri_to_uri

from ...page.formatting import UNKNOWN, number


class MapRow(NamedTuple):
    """One place or area. ``percent`` is relative to the first row."""

    name: str
    people: str
    percent: float = 0
    #: the address of the page; empty for a name that is not a path
    href: str = ""


class MapTable(NamedTuple):
    """Some rows, and the people that are not in them; all of them are ``people``."""

    rows: list[MapRow]
    other: str
    elsewhere: str
    people: str


#: Without counts.
NO_TABLE = MapTable([], UNKNOWN, UNKNOWN, UNKNOWN)


def build_places(content: Mapping[str, Any]) -> MapTable:
    """Return the table of the places."""
    return _build(content, "places", "place", "other")


def build_areas(content: Mapping[str, Any]) -> MapTable:
    """Return the table of the areas."""
    return _build(content, "areas", "area", "other_areas")


def address_of(place: str) -> str:
    """Return the address of a place that is a path. A script builds it in the same way."""
    if not place.startswith("/") or place.startswith("//"):
        return ""
    return iri_to_uri(get_script_prefix())[:-1] + quote(place, safe="/!'()*")


def _build(content: Mapping[str, Any], rows: str, name: str, other: str) -> MapTable:
    most = max((each["people"] for each in content[rows]), default=1)
    return MapTable(
        [
            MapRow(
                each[name],
                number(each["people"]),
                round(100 * each["people"] / most, 1),
                address_of(each[name]) if name == "place" else "",
            )
            for each in content[rows]
        ],
        number(content[other]),
        number(content["elsewhere"]),
        number(content["people"]),
    )
