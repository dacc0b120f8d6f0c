"""The people of the last minutes, which the sparks of the map begin with."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.db import Error as DatabaseError

from ...analytics import history as samples
from ...analytics.places import history
from ...dates import unix_minute, utc_now

MINUTES = 30
NO_SERIES: dict[str, Any] = {"last_minute": 0, "people": [], "places": {}}


def read(places: Sequence[str]) -> dict[str, Any]:
    """Return the people of the site and of each place, up to the last complete minute.

    A minute without a sample is None. Runs two queries.
    """
    # The current minute may have no sample yet. The open page adds it.
    at = utc_now() - timedelta(minutes=1)
    try:
        by_place = history.last_minutes(places, MINUTES, now=at)
        points = samples.read_series(1, until=at, now=at).points
    except DatabaseError:
        return NO_SERIES
    last = unix_minute(at)
    people = {unix_minute(each.at): each.people for each in points}
    return {
        "last_minute": last,
        "people": [people.get(minute) for minute in range(last - MINUTES + 1, last + 1)],
        "places": by_place,
    }
