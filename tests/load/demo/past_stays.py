"""The lengths of the stays in the demo's past, of which the dashboard shows the median."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from random import Random

from landing.analytics import demo
from landing.analytics.rollups.changes import slot_of
from landing.analytics.stays import median, storage
from tests.load.demo.stage import SEED, Past


def write(past: Past, now: datetime) -> int:
    """Store the stays of such a past that have ended; return how many.

    They belong to no visitor, so they need not be those of the stored page views.
    """
    since = demo.start_of(past.days, now)
    visits = demo.simulate_visits(past.visitors, since, now, Random(SEED))
    stays = Counter(
        (
            slot_of(datetime.fromtimestamp(visit.ends, UTC)),
            median.bucket_of(1000 * (visit.ends - visit.begins)),
        )
        for visit in visits
        if visit.ends < now.timestamp()
    )
    storage.add(stays)
    return stays.total()
