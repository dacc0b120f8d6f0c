"""The content of the stats endpoint, and who reads every number."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.db import Error as DatabaseError

from .. import conf, stats
from ..live.places.counts import PlaceCounts
from ..live.places.privacy import public_people_at
from ..names import permission
from ..visitors import session_user


def read(place: str | None, user: Any) -> dict[str, Any]:
    """Return the snapshot. If a request names a place, it has the people ``here``. Blocks.

    ``place`` is normalized; empty for a text that never is a place.
    """
    if place is None:
        return stats.snapshot().as_dict()
    shown, counts = stats.snapshot_with_places(place)
    here = _readable_people_at(counts, place, user) if counts and place else None
    return {**shown.as_dict(), "here": here}


def may_read_all(user: Any) -> bool:
    """Return whether a user, None without sessions, is staff who may see the dashboard."""
    try:
        return bool(user and user.is_staff and user.has_perm(permission("view_analytics")))
    except DatabaseError as error:
        session_user.outage.record_failure(error)
        return False
    except ValidationError:
        # The session is older than the type of the users' primary key.
        return False


def _readable_people_at(counts: PlaceCounts, place: str, user: Any) -> int | None:
    if may_read_all(user):
        return counts.people_at(place)
    return public_people_at(counts, place, conf.read().LANDING_MIN_PLACE_PEOPLE)
