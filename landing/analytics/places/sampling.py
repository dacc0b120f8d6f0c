"""Sample the people by place. :mod:`landing.background` decides when to sample."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import datetime
from functools import partial

from channels.db import database_sync_to_async
from django.db import Error as DatabaseError

from ... import conf
from ...live.current_snapshot import Source
from ...live.places.reader import CachedPlaces
from ...resilience import errors
from ...resilience.outage import Outage
from . import storage

outage = Outage(
    logging.getLogger(__name__),
    "Sampling places",
    "minutes without a sample stay unknown",
    errors=errors.database.labels("sample_places"),
)


class PlaceSampling:
    """Writes samples of the people by place that ``reader`` reads for all workers."""

    #: None before the worker starts.
    reader: CachedPlaces | None = None

    async def sample(self, now: datetime, people: int) -> None:
        """Store a sample, unless places are off or unknown now.

        Only the worker that wrote the first sample of this minute may call it. Without ``people``,
        it reads nothing. If the database fails, the minute has no sample.
        """
        if self.reader is None or not conf.read().LANDING_MAX_PLACES:
            return
        people_by_place: Mapping[str, int] = {}
        if people:
            counts = await self.reader.fetch()
            if counts is None or counts.source is not Source.LIVE:
                return
            people, people_by_place = counts.snapshot.people, dict(counts.top)
        try:
            await _record_sample(now, people, people_by_place)
        except DatabaseError as error:
            outage.record_failure(error)
        else:
            outage.record_success()


@partial(database_sync_to_async, thread_sensitive=False)
def _record_sample(now: datetime, people: int, people_by_place: Mapping[str, int]) -> None:
    storage.record_sample(now, people, people_by_place)
