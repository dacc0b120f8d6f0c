"""The people by place on a page: the number of its own place, and the ``{% live_places %}`` tag."""

from __future__ import annotations

from typing import Any, NamedTuple
from urllib.parse import quote

from .. import conf, stats
from ..live import frames
from ..live.current_snapshot import Source, SourcedSnapshot
from ..live.places.counts import PlaceCounts
from ..live.places.privacy import ReadablePlaces
from ..places import names
from . import endpoints, formatting, texts


class PlaceNumber(NamedTuple):
    """The people at one place as the public reads them, and the fields of the script's frame."""

    people: int | None
    content: dict[str, Any]

    @property
    def is_hidden(self) -> bool:
        """Whether the number is known, but not for the public."""
        return self.people is None


def number_of(place: str) -> PlaceNumber | None:
    """Return the number of a place; None if it is unknown."""
    counts = stats.places_of_page(place)
    if counts is None or (place and counts.people_at(place) is None):
        return None
    people = _readable(counts).people_at(place) if place else None
    return PlaceNumber(people, frames.place_count_content(place, people, _sourced(counts)))


def build_context(limit: int) -> dict[str, Any]:
    """Return the template context of a list with at most ``limit`` places."""
    counts = stats.places_of_page()
    listed = _readable(counts).first(limit) if counts else ReadablePlaces(0, {})
    words = texts.places_texts()
    return {
        "limit": limit,
        **endpoints.find(),
        "rows": [_row(place, people) for place, people in listed.people_by_place.items()],
        "note": words["none"],
        "places": formatting.json_attribute(_content(counts, listed)),
        "words": formatting.json_attribute(words),
    }


def _row(place: str, people: int | None) -> dict[str, str]:
    # A path never begins with two slashes, so the link stays on this site.
    link = quote(place) if names.is_path(place) else ""
    return {"place": place, "link": link, "people": _phrase(people)}


def _phrase(people: int | None) -> str:
    if people is None:
        return str(texts.places_texts()["few"])
    return texts.people_phrase(people).replace("{count}", formatting.number(people))


def _content(counts: PlaceCounts | None, listed: ReadablePlaces) -> dict[str, Any]:
    """Return the fields of the ``places`` frame."""
    if counts is not None:
        rows = listed.people_by_place.items()
        return frames.places_content(listed.elsewhere, rows, _sourced(counts))
    unknown = dict.fromkeys(("people", "elsewhere", "epoch", "timestamp"))
    return {**unknown, "places": [], "source": Source.UNKNOWN.value, "version": 0}


def _readable(counts: PlaceCounts) -> ReadablePlaces:
    return ReadablePlaces.for_public(counts, conf.read().LANDING_MIN_PLACE_PEOPLE)


def _sourced(counts: PlaceCounts) -> SourcedSnapshot:
    return SourcedSnapshot(counts.snapshot, counts.source)
