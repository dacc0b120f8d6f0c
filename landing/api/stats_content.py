"""The content of the stats endpoint."""

from __future__ import annotations

from typing import Any

from .. import conf, stats
from ..live.places.counts import PlaceCounts
from ..live.places.privacy import public_people_at
from ..visitors.sessions.accounts import may_read_all


def read(place: str | None, user: Any) -> dict[str, Any]:
    """Return the snapshot. If a request names a place, it has the people ``here``. Blocks.

    ``place`` is normalized; empty for a text that never is a place.
    """
    if place is None:
        return stats.snapshot().as_dict()
    shown, counts = stats.snapshot_with_places(place)
    here = _readable_people_at(counts, place, user) if counts and place else None
    return {**shown.as_dict(), "here": here}


def _readable_people_at(counts: PlaceCounts, place: str, user: Any) -> int | None:
    if may_read_all(user):
        return counts.people_at(place)
    return public_people_at(counts, place, conf.read().LANDING_MIN_PLACE_PEOPLE)
