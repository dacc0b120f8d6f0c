"""Derive the stays that presence would have measured from simulated visits."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime

from ..rollups.changes import slot_of
from ..stays import median, storage
from .visits import Visit


def count_stays(visits: Iterable[Visit], now: datetime) -> Counter[storage.Place]:
    """Return the stays that ended before ``now``, by slot and bucket."""
    return Counter(
        (
            slot_of(datetime.fromtimestamp(visit.ends, UTC)),
            median.bucket_of(1000 * (visit.ends - visit.begins)),
        )
        for visit in visits
        if visit.ends < now.timestamp()
    )
