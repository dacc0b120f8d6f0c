"""A fake worker for tests of pages, the API, and the admin."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Literal, Self, cast

from landing.live import worker
from landing.live.current_snapshot import SourcedSnapshot
from landing.live.feed import Item
from landing.live.places.reader import PlaceReader
from landing.live.presence.contract import Places
from landing.live.registry import Registry
from landing.live.worker import Worker


class FakePlaces(PlaceReader):
    """The places of a test; None by default."""

    def __init__(self, places: Places | None = None) -> None:
        super().__init__(max_age_seconds=0)
        self.places = places

    def _read(self, limit: int, wanted: Sequence[str]) -> Places | None:
        return self.places


class FakeWorker:
    """A worker with a fixed snapshot and an empty feed."""

    is_serving: Literal[True] = True
    #: Tests that need places replace it.
    places = FakePlaces()

    def snapshot(self) -> SourcedSnapshot | None:
        """Return the snapshot of the test, None by default."""
        return None

    async def fetch_snapshot(self) -> SourcedSnapshot | None:
        return self.snapshot()

    def connections(self) -> Registry:
        return Registry()

    def feed_items(self) -> tuple[Item, ...]:
        return ()

    @contextmanager
    def installed(self) -> Iterator[Self]:
        """Make this the worker of the process for the duration of a test."""
        before = worker.current()
        worker.set_current(cast("Worker", self))
        yield self
        worker.set_current(before)
