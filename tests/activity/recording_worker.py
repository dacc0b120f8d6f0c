"""A worker that records published activities, and the fields of one."""

from __future__ import annotations

from collections.abc import Iterable

from landing.live.feed import FeedChange, Item
from tests.live.fake_worker import FakeWorker
from tests.live.worker_harness import WorkerHarness

JOINED = {"kind": "signup", "text": "joined", "actor": "Ana María"}


class RecordingWorker(FakeWorker):
    """Keeps the changes that it is given to publish, and applies them to a feed."""

    def __init__(self) -> None:
        self.published: list[FeedChange] = []
        self._broadcaster = WorkerHarness().worker.parts.broadcaster

    def publish_activity(self, change: FeedChange) -> None:
        self.published.append(change)
        self._broadcaster.receive_activity(change)

    def feed_items(self) -> tuple[Item, ...]:
        return self._broadcaster.feed_items

    def reconcile_feed(self, newest: Iterable[Item]) -> None:
        self._broadcaster.reconcile_feed(newest)
