"""The live map of a worker: its frames and its watchers."""

from __future__ import annotations

import json
from collections.abc import Sequence
from math import inf
from typing import Any

from landing.live.frames import DEFAULT_TOPICS, Topic
from landing.live.map.live_map import LiveMap
from landing.live.presence.contract import PlaceCount, Places, PresenceError, Snapshot
from landing.live.registry import Registry
from landing.live.transport.outbound import EncodedFrames
from tests.live.worker_harness import Clock, FakeConnection

BOTH = DEFAULT_TOPICS | {Topic.MAP}


class FakeBackend:
    """A backend with places, which counts the reads."""

    def __init__(self) -> None:
        self.reads = 0
        self.version = 1
        self.is_unavailable = self.is_settling = False

    async def places(
        self, limit: int, wanted: Sequence[str] = (), *, steps: bool = False
    ) -> Places | None:
        assert steps
        self.reads += 1
        if self.is_unavailable:
            raise PresenceError("connection refused")
        if self.is_settling:
            return None
        snapshot = Snapshot(0, 3, 3, version=self.version, as_of_ms=1_000, epoch="e1")
        return Places(snapshot, 1, (PlaceCount("/", 2),))


class DirectSender:
    """Sends at once."""

    def send(self, connection: Any, frames: EncodedFrames) -> None:
        connection.outbound.write(frames)


class MapHarness:
    """A live map whose steps run when the test advances the clock."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.backend = FakeBackend()
        self.registry = Registry()
        self.is_permitted = True
        self.snapshots: list[Snapshot] = []
        self.map = LiveMap(
            self.backend,  # type: ignore[arg-type]  # has only what the map calls
            self.registry,
            DirectSender(),
            lambda epoch, snapshot: self.snapshots.append(snapshot),
            self._may_watch,
            self.clock,
        )

    async def _may_watch(self, session_key: str) -> bool:
        return self.is_permitted

    def watch(self, visitor: str = "a") -> FakeConnection:
        connection = FakeConnection(visitor, user="1")
        connection.session_key, connection.may_watch_map = f"session of {visitor}", True
        self.registry.add(connection)
        self.registry.set_topics(connection, BOTH)
        self.map.welcome(connection)
        return connection

    async def advance(self, seconds: float) -> None:
        for _ in range(round(seconds / 0.25)):
            if self.map.due_at() <= self.clock():
                await self.map.publish()
            self.clock.seconds += 0.25


def maps_of(connection: FakeConnection) -> list[dict[str, Any]]:
    return [frame for frame in connection.frames if frame["type"] == "map"]


async def test_while_nobody_watches_nothing_is_due_and_nothing_is_read() -> None:
    harness = MapHarness()
    assert harness.map.due_at() == inf

    connection = harness.watch()
    assert harness.map.due_at() <= harness.clock()
    harness.registry.remove(connection)

    assert harness.map.due_at() == inf
    assert harness.backend.reads == 0


async def test_a_new_watcher_wakes_the_loop_and_is_sent_the_map() -> None:
    harness = MapHarness()
    connection = harness.watch()
    assert harness.map.changed.is_set()

    await harness.advance(0.25)

    (frame,) = maps_of(connection)
    assert (frame["people"], frame["elsewhere"], frame["places"][0]["place"]) == (3, 1, "/")


async def test_a_connection_without_the_topic_wakes_nothing() -> None:
    harness = MapHarness()
    harness.map.welcome(FakeConnection("a"))

    assert not harness.map.changed.is_set()


async def test_at_most_one_frame_a_second_is_sent() -> None:
    harness = MapHarness()
    connection = harness.watch()
    for _ in range(40):
        harness.backend.version += 1
        await harness.advance(0.25)

    assert len(maps_of(connection)) == 10
    assert harness.backend.reads == 10


async def test_one_read_serves_all_watchers() -> None:
    harness = MapHarness()
    connections = [harness.watch(visitor) for visitor in "abc"]

    await harness.advance(0.25)

    assert [len(maps_of(each)) for each in connections] == [1, 1, 1]
    assert harness.backend.reads == 1


async def test_equal_numbers_are_sent_once_and_then_rarely() -> None:
    harness = MapHarness()
    connection = harness.watch()
    await harness.advance(9)
    assert len(maps_of(connection)) == 1

    await harness.advance(2)

    assert len(maps_of(connection)) == 2


async def test_a_later_watcher_is_sent_numbers_that_others_have() -> None:
    harness = MapHarness()
    harness.watch("a")
    await harness.advance(2)
    later = harness.watch("b")

    await harness.advance(2)

    assert len(maps_of(later)) == 1


async def test_every_screen_may_show_the_snapshot_of_a_read() -> None:
    harness = MapHarness()
    harness.watch()

    await harness.advance(0.25)

    assert [each.version for each in harness.snapshots] == [1]


async def test_while_the_backend_does_not_answer_the_last_places_are_stale() -> None:
    harness = MapHarness()
    connection = harness.watch()
    await harness.advance(1)
    harness.backend.is_unavailable = True
    await harness.advance(2)
    harness.backend.is_unavailable, harness.backend.version = False, 2
    await harness.advance(1)

    frames = maps_of(connection)
    assert [each["source"] for each in frames] == ["live", "stale", "live"]
    assert {each["people"] for each in frames} == {3}


async def test_while_the_epoch_settles_nothing_is_made_up() -> None:
    harness = MapHarness()
    harness.backend.is_settling = True
    connection = harness.watch()

    await harness.advance(3)

    assert connection.frames == []


async def test_a_watcher_who_loses_the_permission_is_sent_no_more() -> None:
    harness = MapHarness()
    connection = harness.watch()
    await harness.advance(1)
    harness.is_permitted = False
    for _ in range(10):
        harness.backend.version += 1
        await harness.advance(1)

    assert connection.frames[-1]["code"] == "not-permitted"
    assert len(maps_of(connection)) <= 5
    assert connection.topics == DEFAULT_TOPICS
    assert harness.map.due_at() == inf


async def test_a_watcher_who_signs_out_is_sent_no_more_at_once() -> None:
    harness = MapHarness()
    connection = harness.watch()
    await harness.advance(1)
    harness.registry.set_user(connection, None, is_left_out=False)
    harness.backend.version += 1

    await harness.advance(1)

    assert [each["type"] for each in connection.frames] == ["map", "error"]


async def test_the_other_watchers_of_a_refused_one_go_on() -> None:
    harness = MapHarness()
    signed_out, other = harness.watch("a"), harness.watch("b")
    await harness.advance(1)
    harness.registry.set_user(signed_out, None, is_left_out=False)
    harness.backend.version += 1

    await harness.advance(1)

    assert len(maps_of(other)) == 2


async def test_a_frame_is_json_text_without_escaped_letters() -> None:
    harness = MapHarness()
    connection = harness.watch()

    await harness.advance(0.25)

    (text,) = connection.fake_outbound.texts
    assert text == json.dumps(json.loads(text), separators=(",", ":"), ensure_ascii=False)
