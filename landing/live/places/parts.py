"""The parts of a worker that know people by place; a piece of the composition root."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from ...conf import LandingSettings
from ..current_snapshot import CurrentSnapshot
from ..presence.contract import PresenceBackend, Snapshot
from .display import PlaceDisplay
from .subscribers import Subscribers
from .worker_places import WorkerPlaces


class Budget(Protocol):
    """How often a broadcast may happen."""

    @property
    def interval_seconds(self) -> float: ...


class PlaceParts:
    """The reader and the frames of one worker."""

    def __init__(
        self,
        backend: PresenceBackend,
        current: CurrentSnapshot,
        subscribers: Subscribers,
        settings: LandingSettings,
        budget: Budget,
        clock: Callable[[], float],
    ) -> None:
        interval_seconds = settings.LANDING_BROADCAST_INTERVAL_SECONDS
        self.reader = WorkerPlaces(
            backend, current, subscribers, interval_seconds, lambda: budget.interval_seconds, clock
        )
        self.display = PlaceDisplay(self.reader, current, subscribers, settings)

    def connect(
        self, receive_snapshot: Callable[[str, Snapshot], None], on_read: Callable[[], None]
    ) -> None:
        """Connect these parts to others that are built later."""
        self.reader.receive_snapshot, self.reader.on_read = receive_snapshot, on_read

    def wake_loops(self) -> None:
        """Wake the loops that depend on the snapshot, because it may be another one."""
        self.reader.on_read()
        self.reader.wake()
