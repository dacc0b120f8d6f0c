"""Build the one snapshot that the page, the API, WebSockets, and the admin show.

Live counts and analytics aggregates meet in this module only. A process with a worker
takes both from its worker and runs no query; any other process reads them itself.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from channels.db import database_sync_to_async

from . import conf
from .analytics import aggregates_reader
from .dates import from_unix_ms, isoformat, site_day, to_unix_ms, utc_now
from .live import worker
from .live.current_snapshot import Source, SourcedSnapshot
from .live.places.counts import PlaceCounts
from .live.presence.aggregates import Aggregates
from .places import names
from .resilience.loops import is_in_event_loop

#: The simulated count changes by one per step and stays within this range of its base.
SIMULATED_STEP_SECONDS = 30
SIMULATED_RANGE = 20


@dataclass(frozen=True, slots=True)
class Online:
    """The counts of people connected now; None means unknown."""

    people: int | None
    connections: int | None
    signed_in: int | None
    anonymous: int | None
    #: the share of people from networks near their limit, 0 to 1
    suspect: float | None = None


@dataclass(frozen=True, slots=True)
class Today:
    """The aggregates of the day so far, in ``TIME_ZONE``; None means unknown."""

    visitors: int | None
    page_views: int | None
    peak_people: int | None


@dataclass(frozen=True, slots=True)
class StatsSnapshot:
    """All public figures at one time. An unknown figure is None, never 0."""

    active_users_now: int | None
    window_minutes: int
    online: Online
    today: Today
    source: Source
    as_of: datetime | None
    version: int
    #: the life of the data, in which versions can be compared
    epoch: str | None = None
    #: Time of the aggregates, None if they were never read. The admin shows it; the API does not.
    table_as_of: datetime | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON content of ``GET /api/landing/stats/``."""
        content = asdict(self)
        del content["table_as_of"]
        content["source"] = self.source.value
        content["as_of"] = isoformat(to_unix_ms(self.as_of)) if self.as_of else None
        return content


def snapshot() -> StatsSnapshot:
    """Return the current snapshot; only a process without a worker runs queries.

    In a running event loop, which must not block, a process without a worker returns what
    it already knows.
    """
    live = worker.current()
    if live.is_serving:
        return _compose(live.snapshot(), None)
    if is_in_event_loop():
        return _compose(None, aggregates_reader.cache.last())
    sourced = live.read_snapshot()
    return _compose(sourced, None if _has_aggregates(sourced) else aggregates_reader.cache.get())


async def asnapshot() -> StatsSnapshot:
    """Return the current snapshot; only a process without a worker runs queries."""
    live = worker.current()
    sourced = await live.fetch_snapshot()
    if live.is_serving:
        return _compose(sourced, None)
    return _compose(
        sourced, None if _has_aggregates(sourced) else await aggregates_reader.cache.aget()
    )


def people_at(place: str) -> int | None:
    """Return how many people are at a place, such as ``/pricing``; None if that is unknown now.

    Staff may see every number. Below ``LANDING_MIN_PLACE_PEOPLE``, the API shows the public none.
    In a running event loop, which must not block, only a number that was just read is known.
    """
    places = worker.current().places
    name = names.normalize(place)
    return _live_people(places.known() if is_in_event_loop() else places.get(name), name)


async def apeople_at(place: str) -> int | None:
    """Return how many people are at a place, such as ``/pricing``; None if that is unknown now."""
    name = names.normalize(place)
    return _live_people(await worker.current().places.fetch(name), name)


def _live_people(counts: PlaceCounts | None, name: str) -> int | None:
    if counts is None or counts.source is not Source.LIVE or name == names.ELSEWHERE:
        return None
    return counts.people_at(name)


def places_of_page(place: str = "") -> PlaceCounts | None:
    """Return the people by place, ``place`` included, for a page; None if that is unknown now.

    In a running event loop, which must not block, this is the last read.
    """
    places = worker.current().places
    return places.latest() if is_in_event_loop() else places.get(place)


def places() -> PlaceCounts | None:
    """Return the people by place, those of the last read if none is possible; None without any.

    Blocks. Call it outside an event loop.
    """
    return worker.current().places.get()


def snapshot_with_places(place: str) -> tuple[StatsSnapshot, PlaceCounts | None]:
    """Return the figures with the people by place, ``place`` included, that were true together.

    The people by place are None if they are unknown now. Blocks. Call it outside an event loop.
    """
    live = worker.current()
    counts = live.places.get(place)
    if counts is None or counts.source is not Source.LIVE:
        return snapshot(), None
    sourced = SourcedSnapshot(counts.snapshot, counts.source)
    needs_aggregates = not live.is_serving and not _has_aggregates(sourced)
    return _compose(sourced, aggregates_reader.cache.get() if needs_aggregates else None), counts


async def read_aggregates(sourced: SourcedSnapshot | None) -> Aggregates | None:
    """Read the aggregates for all workers; return None if the database fails.

    This runs one query, and a second one if the snapshot does not know today's peak.
    """
    now = utc_now()
    # A slow read must not occupy the one thread that other queries share.
    read = database_sync_to_async(aggregates_reader.read, thread_sensitive=False)
    found = await read(now, _known_peak(sourced, now))
    if found is None or sourced is None or sourced.source is not Source.LIVE:
        return found
    return found.raise_peak(sourced.snapshot.people)


def simulate_people(base_count: int, now: datetime) -> int:
    """Return a demo count near ``base_count``, the same in every process at one time.

    It may reach no table, metric, or feed: only a snapshot marked as simulated shows it.
    """
    step = int(now.timestamp()) // SIMULATED_STEP_SECONDS % (4 * SIMULATED_RANGE)
    return max(0, base_count + abs(step - 2 * SIMULATED_RANGE) - SIMULATED_RANGE)


def _known_peak(sourced: SourcedSnapshot | None, now: datetime) -> int | None:
    """Return today's peak from the snapshot, or None if the samples must be queried."""
    known = sourced.snapshot.aggregates if sourced else None
    return known.peak_people if known and _is_of_today(known, now) else None


def _has_aggregates(sourced: SourcedSnapshot | None) -> bool:
    return sourced is not None and sourced.snapshot.aggregates is not None


def _compose(sourced: SourcedSnapshot | None, fallback: Aggregates | None) -> StatsSnapshot:
    """Combine counts and aggregates; ``fallback`` serves if the snapshot has no aggregates."""
    if sourced is None and conf.read().LANDING_SIMULATED_FALLBACK:
        return _simulate()
    people, known = 0, fallback
    if sourced is not None:
        people, known = sourced.snapshot.people, sourced.snapshot.aggregates or fallback
    shown = known.including(people) if known else None
    return StatsSnapshot(
        active_users_now=shown.active if shown else None,
        window_minutes=conf.read().LANDING_ACTIVE_WINDOW_MINUTES,
        online=_online(sourced),
        today=_today(shown),
        source=sourced.source if sourced else Source.UNKNOWN,
        as_of=from_unix_ms(sourced.snapshot.as_of_ms) if sourced else None,
        version=sourced.snapshot.version if sourced else 0,
        epoch=sourced.snapshot.epoch if sourced else None,
        table_as_of=from_unix_ms(shown.as_of_ms) if shown else None,
    )


def _simulate() -> StatsSnapshot:
    people = simulate_people(conf.read().LANDING_SIMULATED_BASE_COUNT, utc_now())
    return StatsSnapshot(
        active_users_now=people,
        window_minutes=conf.read().LANDING_ACTIVE_WINDOW_MINUTES,
        online=Online(people, people, 0, people, 0),
        today=Today(None, None, None),
        source=Source.SIMULATED,
        as_of=None,
        version=0,
    )


def _online(sourced: SourcedSnapshot | None) -> Online:
    if sourced is None:
        return Online(None, None, None, None)
    now = sourced.snapshot
    return Online(now.people, now.connections, now.signed_in, now.anonymous, now.suspect)


def _today(shown: Aggregates | None) -> Today:
    if shown is None or not _is_of_today(shown, utc_now()):
        return Today(None, None, None)
    return Today(shown.visitors, shown.page_views, shown.peak_people)


def _is_of_today(known: Aggregates, now: datetime) -> bool:
    return known.day == site_day(now).isoformat()
