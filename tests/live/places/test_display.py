"""The frames about places that connections receive, through a whole worker."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from pytest_django import Settings

from landing.live.frames import DEFAULT_TOPICS, Topic
from landing.live.places.display import MAX_ROWS
from landing.live.presence.contract import Places
from tests.live.presence.simulation import TIMING
from tests.live.worker_harness import FakeConnection, FlakyPresence, WorkerHarness

INTERVAL = TIMING.interval_ms / 1000
HERE = DEFAULT_TOPICS | {Topic.HERE}
LIST = DEFAULT_TOPICS | {Topic.PLACES}


class CountingPresence(FlakyPresence):
    """The memory backend, with the number of its reads of places."""

    reads = 0

    async def places(self, limit: int, wanted: Sequence[str] = ()) -> Places | None:
        self.reads += 1
        return await super().places(limit, wanted)


@pytest.fixture
def site() -> WorkerHarness:
    harness = WorkerHarness()
    return WorkerHarness(presence=CountingPresence(harness.clock), clock=harness.clock)


def reads_of(site: WorkerHarness) -> int:
    assert isinstance(site.presence, CountingPresence)
    return site.presence.reads


async def read(site: WorkerHarness, place: str, topics: Any = HERE) -> FakeConnection:
    """Open a page that shows numbers of places."""
    connection = FakeConnection(f"reader{len(site.worker.connections())}", place=place)
    connection.set_topics(topics)
    await site.worker.connect(connection)
    return connection


async def crowd(site: WorkerHarness, place: str, people: int) -> list[FakeConnection]:
    """Let people come who show no numbers of places."""
    names = [f"{place[-6:]}{number}" for number in range(people)]
    connections = [await site.connect(name, place=place) for name in names]
    await site.advance(1)
    return connections


def of_type(connection: FakeConnection, type_: str) -> list[dict[str, Any]]:
    return [frame for frame in connection.frames if frame["type"] == type_]


def numbers(connection: FakeConnection) -> list[tuple[str, int | None]]:
    return [(frame["place"], frame["people"]) for frame in of_type(connection, "place-count")]


def lists(connection: FakeConnection) -> list[dict[str, int | None]]:
    return [
        {row["place"]: row["people"] for row in frame["places"]}
        for frame in of_type(connection, "places")
    ]


async def test_a_reader_is_sent_the_number_of_its_place_and_its_changes(
    site: WorkerHarness,
) -> None:
    await crowd(site, "/pricing", 5)
    reader = await read(site, "/pricing")
    await site.advance(1)
    assert numbers(reader) == [("/pricing", 6)]
    await site.connect("ben", place="/pricing")
    await site.advance(1)
    assert numbers(reader)[-1] == ("/pricing", 7)
    frame = of_type(reader, "place-count")[-1]
    counts = reader.count_frames()[-1]
    assert {name: frame[name] for name in ("epoch", "version", "source")} == {
        name: counts[name] for name in ("epoch", "version", "source")
    }


async def test_a_new_reader_is_sent_the_known_number_at_once(site: WorkerHarness) -> None:
    await crowd(site, "/pricing", 5)
    await read(site, "/pricing")
    await site.advance(1)
    late = await read(site, "/pricing")
    assert numbers(late) == [("/pricing", 6)]


async def test_other_connections_receive_no_frame_about_places(site: WorkerHarness) -> None:
    await crowd(site, "/pricing", 5)
    other = await site.connect("eva", place="/pricing")
    await read(site, "/pricing", LIST | HERE)
    await site.advance(2)
    assert {frame["type"] for frame in other.frames} == {
        "connection-count",
        "activity-history",
        "retry",
    }


async def test_each_reader_is_sent_only_its_own_place(site: WorkerHarness) -> None:
    await crowd(site, "/pricing", 5)
    await crowd(site, "/docs", 7)
    pricing, docs = await read(site, "/pricing"), await read(site, "/docs")
    await site.advance(1)
    assert {place for place, _ in numbers(pricing)} == {"/pricing"}
    assert numbers(docs)[-1] == ("/docs", 8)


async def test_a_small_number_is_hidden_and_does_not_flicker(site: WorkerHarness) -> None:
    reader = await read(site, "/pricing")
    await site.advance(1)
    assert numbers(reader) == [("/pricing", None)]
    visitors = await crowd(site, "/pricing", 2)
    await site.advance(1)
    assert numbers(reader) == [("/pricing", None)], "3 people, hidden before"
    more = await site.connect("ben", place="/pricing")
    await site.advance(1)
    assert numbers(reader)[-1] == ("/pricing", 4)
    site.worker.disconnect(more)
    await site.advance(10)
    assert numbers(reader)[-1] == ("/pricing", 3)
    site.worker.disconnect(visitors[0])
    await site.advance(10)
    assert numbers(reader)[-1] == ("/pricing", None)


async def test_the_readers_of_an_empty_list_are_sent_it(site: WorkerHarness) -> None:
    reader = await read(site, "", LIST)
    await site.advance(1)
    (frame,) = of_type(reader, "places")
    assert (frame["people"], frame["elsewhere"], frame["places"]) == (1, 1, [])


async def test_the_list_adds_up_and_has_the_public_numbers(site: WorkerHarness) -> None:
    await crowd(site, "/pricing", 5)
    await crowd(site, "/docs", 2)
    reader = await read(site, "", LIST)
    await site.advance(1)
    frame = of_type(reader, "places")[-1]
    assert lists(reader)[-1] == {"/pricing": 5, "/docs": None}
    assert (frame["people"], frame["elsewhere"]) == (8, 3)


async def test_the_list_has_at_most_twenty_places(site: WorkerHarness) -> None:
    for number in range(MAX_ROWS + 5):
        await crowd(site, f"/{number:02}", 4)
    reader = await read(site, "", LIST)
    await site.advance(1)
    assert len(lists(reader)[-1]) == MAX_ROWS
    assert len(reader.fake_outbound.data) < 4000


async def test_a_move_changes_the_numbers_of_both_places(
    site: WorkerHarness,
) -> None:
    pricing = await crowd(site, "/pricing", 6)
    await crowd(site, "/docs", 6)
    readers = await read(site, "/pricing"), await read(site, "/docs")
    everything = await read(site, "", LIST)
    await site.advance(2)
    version, counts = of_type(everything, "places")[-1]["version"], everything.count_frames()
    site.worker.set_place(pricing[0], "/docs")
    await site.advance(1)
    assert [numbers(reader)[-1] for reader in readers] == [("/pricing", 6), ("/docs", 8)]
    assert lists(everything)[-1] == {"/docs": 8, "/pricing": 6}
    assert of_type(everything, "places")[-1]["version"] > version
    assert everything.count_frames() == counts, "as many people as before"


async def test_a_reader_who_moves_is_sent_the_number_of_the_new_place(
    site: WorkerHarness,
) -> None:
    await crowd(site, "/pricing", 5)
    await crowd(site, "/docs", 7)
    reader = await read(site, "/pricing")
    await site.advance(2)
    site.worker.set_place(reader, "/docs")
    await site.advance(1)
    assert numbers(reader)[-1] == ("/docs", 8)
    assert ("/pricing", 5) not in numbers(reader)
    site.worker.set_place(reader, "")
    await site.advance(1)
    assert numbers(reader)[-1] == ("", None)


async def test_the_same_place_again_is_answered_with_its_number(site: WorkerHarness) -> None:
    await crowd(site, "/pricing", 5)
    reader = await read(site, "/pricing")
    await site.advance(2)
    site.worker.set_place(reader, "/pricing")
    await site.advance(1)
    assert numbers(reader) == [("/pricing", 6), ("/pricing", 6)]


async def test_a_flood_of_moves_costs_one_frame_one_read_and_one_change_per_interval(
    site: WorkerHarness,
) -> None:
    await crowd(site, "/pricing", 5)
    other = await read(site, "/pricing")
    reader = await read(site, "/pricing")
    await site.advance(2)
    before, sent, syncs = reads_of(site), len(numbers(reader)), len(site.presence.reports)
    seconds = 2.0
    for number in range(400):
        site.worker.set_place(reader, f"/{number % 7}")
        await site.advance(seconds / 400, step=seconds / 400)
    intervals = seconds / INTERVAL + 1
    assert reads_of(site) - before <= intervals
    assert len(numbers(reader)) - sent <= 2 * intervals
    reports = site.presence.reports[syncs:]
    assert len(reports) <= intervals + 1
    assert max(len(report.changes) for report in reports) == 1
    assert len(numbers(other)) <= 2 + intervals
    await site.advance(1)
    assert numbers(reader)[-1] == (f"/{399 % 7}", None), "the last move wins"
    assert len(site.worker.connections().subscribers.here) == 2


async def test_subscribing_sends_the_number_and_unsubscribing_stops_the_frames(
    site: WorkerHarness,
) -> None:
    await crowd(site, "/pricing", 5)
    reader = await read(site, "/pricing", DEFAULT_TOPICS)
    await site.advance(1)
    assert numbers(reader) == [] and reads_of(site) == 0
    site.worker.set_topics(reader, LIST | HERE)
    await site.advance(1)
    assert numbers(reader) == [("/pricing", 6)]
    assert lists(reader) == [{"/pricing": 6}]
    site.worker.set_topics(reader, DEFAULT_TOPICS)
    reads = reads_of(site)
    await site.connect("ben", place="/pricing")
    await site.advance(1)
    assert len(numbers(reader)) == len(lists(reader)) == 1
    assert reads_of(site) == reads


async def test_without_readers_and_while_nothing_happens_nothing_is_read(
    site: WorkerHarness,
) -> None:
    visitors = await crowd(site, "/pricing", 5)
    await site.advance(2)
    site.worker.set_place(visitors[0], "/docs")
    await site.advance(2)
    assert reads_of(site) == 0, "nobody shows places"
    await read(site, "/pricing", LIST | HERE)
    await site.advance(2)
    reads = reads_of(site)
    assert reads > 0
    site.presence.reports.clear()
    await site.advance(60)
    assert reads_of(site) == reads
    assert len(site.presence.reports) == 12, "one sync per heartbeat, as without readers"


async def test_a_reader_elsewhere_costs_no_read(site: WorkerHarness) -> None:
    reader = await read(site, "")
    await crowd(site, "/pricing", 5)
    await site.advance(2)
    assert numbers(reader) == [("", None)]
    assert reads_of(site) == 0


async def test_before_the_first_counts_nothing_is_sent(site: WorkerHarness) -> None:
    site.presence.is_unavailable = True
    reader = await read(site, "/pricing", LIST | HERE)
    elsewhere = await read(site, "")
    site.worker.set_place(reader, "/docs")
    await site.advance(5)
    assert numbers(reader) == numbers(elsewhere) == lists(reader) == []
    site.presence.is_unavailable = False
    await site.advance(5)
    assert numbers(reader)[-1] == ("/docs", None)
    assert numbers(elsewhere) == [("", None)]
    assert lists(reader)[-1] == {"/docs": None}


async def test_during_an_outage_the_last_numbers_are_stale_and_then_live_again(
    site: WorkerHarness,
) -> None:
    await crowd(site, "/pricing", 5)
    reader = await read(site, "/pricing", LIST | HERE)
    await site.advance(2)
    site.presence.is_unavailable = True
    reads = reads_of(site)
    await site.advance(30)
    assert reads_of(site) == reads
    for type_ in ("place-count", "places"):
        assert [frame["source"] for frame in of_type(reader, type_)][-1] == "stale"
    late = await read(site, "/pricing")
    assert [frame["source"] for frame in of_type(late, "place-count")] == ["stale"]
    site.presence.is_unavailable = False
    await site.advance(5)
    for type_ in ("place-count", "places"):
        assert of_type(reader, type_)[-1]["source"] == "live"
    assert numbers(reader)[-1] == ("/pricing", 7)


async def test_a_new_life_of_the_data_sends_the_numbers_again(site: WorkerHarness) -> None:
    await crowd(site, "/pricing", 5)
    reader = await read(site, "/pricing", LIST | HERE)
    await site.advance(2)
    epoch = of_type(reader, "places")[-1]["epoch"]
    await site.presence.clear()
    await site.advance(40)
    for type_ in ("place-count", "places"):
        frame = of_type(reader, type_)[-1]
        assert frame["epoch"] != epoch and frame["source"] == "live"
    assert numbers(reader)[-1] == ("/pricing", 6)


async def test_a_sign_in_and_a_sign_out_at_a_place_change_no_number(site: WorkerHarness) -> None:
    await crowd(site, "/pricing", 5)
    reader = await read(site, "/pricing")
    await site.advance(2)
    for user in ("7", None):
        present, gone = site.worker.parts.registry.set_user(reader, user, is_left_out=False)
        site.worker.parts.sync.mark_dirty(present, wake=True)
        site.worker.parts.sync.mark_dirty(gone, wake=True, ended=True)
        await site.advance(2)
    assert numbers(reader) == [("/pricing", 6)]


async def test_staff_who_are_left_out_read_the_number_without_themselves(
    site: WorkerHarness, settings: Settings
) -> None:
    settings.LANDING_MIN_PLACE_PEOPLE = 1
    site.worker.parts.places.display._least = 1
    reader = await read(site, "/pricing")
    await site.advance(1)
    assert numbers(reader)[-1] == ("/pricing", 1)
    present, gone = site.worker.parts.registry.set_user(reader, "7", is_left_out=True)
    site.worker.parts.sync.mark_dirty(present, wake=True)
    site.worker.parts.sync.mark_dirty(gone, wake=True, ended=True)
    await site.advance(2)
    assert numbers(reader)[-1] == ("/pricing", 0)
    site.worker.set_place(reader, "/docs")
    await site.advance(1)
    assert numbers(reader)[-1] == ("/docs", 0)
    program = FakeConnection("program", place="/docs")
    program.is_counted = False
    program.set_topics(HERE)
    await site.worker.connect(program)
    assert numbers(program) == [("/docs", 0)]
    counted = await read(site, "/docs")
    assert numbers(counted)[0] == ("/docs", 1), "before its own report"


async def test_a_slow_reader_is_sent_the_newest_number_once_it_reads(site: WorkerHarness) -> None:
    await crowd(site, "/pricing", 5)
    reader = await read(site, "/pricing", LIST | HERE)
    await site.advance(1)
    reader.fake_outbound.is_stuck = True
    for number in range(3):
        await site.connect(f"more{number}", place="/pricing")
        await site.advance(1)
        await site.worker.parts.slow_consumers.scan()
    reader.fake_outbound.resume_reading()
    site.clock.seconds += 1
    await site.worker.parts.slow_consumers.scan()
    assert numbers(reader)[-1] == ("/pricing", 9)
    assert lists(reader)[-1] == {"/pricing": 9}


async def test_a_failed_broadcast_is_repeated(
    site: WorkerHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    await crowd(site, "/pricing", 5)
    reader = await read(site, "/pricing")
    await site.advance(2)

    async def fail(texts: Any) -> float:
        raise RuntimeError("broken")

    with monkeypatch.context() as patch:
        patch.setattr(site.worker.parts.fanout, "send_to_all", fail)
        await site.connect("ben", place="/pricing")
        with pytest.raises(RuntimeError):
            await site.advance(1)
    await site.advance(1)
    assert numbers(reader)[-1] == ("/pricing", 7)


async def test_the_readers_of_very_many_places_are_all_sent_their_number_once(
    site: WorkerHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("landing.live.places.worker_places.TOP", 2)
    monkeypatch.setattr("landing.live.places.counts.TOP", 2)
    monkeypatch.setattr("landing.live.places.worker_places.MAX_SHOWN", 3)
    await crowd(site, "/pricing", 5)
    await crowd(site, "/docs", 5)
    readers = [await read(site, f"/{number}") for number in range(9)]
    await site.advance(5)
    assert [numbers(reader) for reader in readers] == [[(f"/{n}", None)] for n in range(9)]
    reads = reads_of(site)
    await site.advance(30)
    assert reads_of(site) == reads
    await site.connect("ben", place="/pricing")
    await site.advance(2)
    assert [len(numbers(reader)) for reader in readers] == [1] * 9


async def test_only_somebody_who_may_see_the_map_gets_its_topic(site: WorkerHarness) -> None:
    reader = await read(site, "", frozenset({Topic.MAP}))
    assert reader.topics == frozenset()
    site.worker.set_topics(reader, frozenset({Topic.MAP, Topic.ONLINE}))
    assert reader.topics == {Topic.ONLINE}
    assert list(site.worker.connections().subscribers.of(Topic.MAP)) == []
    reader.may_watch_map = True
    site.worker.set_topics(reader, frozenset({Topic.MAP}))
    assert list(site.worker.connections().subscribers.of(Topic.MAP)) == [reader]


async def test_a_move_on_one_worker_reaches_the_readers_of_another(site: WorkerHarness) -> None:
    other = WorkerHarness(presence=site.presence, clock=site.clock)
    visitors = await crowd(other, "/pricing", 9)
    reader = await read(site, "", LIST)

    async def advance(seconds: float) -> None:
        for _ in range(round(seconds / 0.05)):
            site.clock.seconds += 0.05
            for sender, receiver in ((site, other), (other, site)):
                await sender.run_due_steps()
                for message in sender.channel_layer.sent:
                    receiver.worker.parts.group.dispatch(message)
                sender.channel_layer.sent.clear()

    await advance(10)
    assert lists(reader)[-1] == {"/pricing": 9}
    for visitor in visitors[:5]:
        other.worker.set_place(visitor, "/docs")
    await advance(1)
    assert lists(reader)[-1] == {"/docs": 5, "/pricing": 4}
    reads = reads_of(site)
    await advance(60)
    assert reads_of(site) == reads
