"""The parts of a worker that know people by place; a piece of the composition root."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine, Sequence
from typing import Any, Protocol

from ...conf import LandingSettings
from ...resilience.loops import repeat
from ..current_snapshot import CurrentSnapshot
from ..presence.contract import PresenceBackend, Snapshot
from .display import PlaceDisplay
from .move_hints import MoveHints
from .subscribers import Subscribers
from .worker_places import WorkerPlaces


class Budget(Protocol):
    """How often a broadcast may happen."""

    @property
    def interval_seconds(self) -> float: ...


class PlaceParts:
    """The reader, the frames, and the hints of one worker."""

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
        self.hints = MoveHints(self.reader, self._publish_newest, interval_seconds, clock)
        self._current = current
        self._clock = clock

    def connect(
        self,
        receive_snapshot: Callable[[str, Snapshot | None], None],
        publish_snapshot: Callable[[str, Snapshot], Awaitable[None]],
        on_read: Callable[[], None],
    ) -> None:
        """Connect these parts to others that are built later."""
        self.reader.receive_snapshot, self.reader.on_read = receive_snapshot, on_read
        self._receive_snapshot, self._publish_snapshot = receive_snapshot, publish_snapshot

    def receive_published(self, epoch: str, snapshot: Snapshot | None) -> None:
        """Process a published snapshot: people may have moved, even if its version is known."""
        self._receive_snapshot(epoch, snapshot)
        self.reader.note_change()

    def wake_loops(self) -> None:
        """Let the loops check what is due, because the snapshot may have changed."""
        self.reader.on_read()
        self.reader.wake()

    def loops(self) -> Sequence[Callable[[], Coroutine[Any, Any, None]]]:
        """Return the background loops."""
        reader, hints, clock = self.reader, self.hints, self._clock
        return (
            lambda: repeat(reader.refresh, reader.due_at, reader.changed, clock),
            lambda: repeat(hints.publish, hints.due_at, hints.changed, clock),
        )

    async def _publish_newest(self) -> None:
        snapshot = self._current.snapshot
        if snapshot is not None:
            await self._publish_snapshot(snapshot.epoch, snapshot)
