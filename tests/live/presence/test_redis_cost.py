"""The cost of the Redis backend, in commands that Redis counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from landing.live.presence.contract import MAX_REMOVALS
from tests.live.presence.redis_harness import RedisHarness
from tests.live.presence.simulation import TIMING, SimulatedWorker, pass_time

#: Commands whose cost grows with the count of people.
LISTING = {"keys", "scan", "hgetall", "hkeys", "hvals", "hscan"} | {
    "smembers",
    "sscan",
    "sunion",
    "sinter",
    "zscan",
    "sort",
}


class CommandCounter:
    """Counts the commands sent to Redis (``sent``) and those run by its scripts (``run``)."""

    def __init__(self, harness: RedisHarness) -> None:
        self.client = harness.client
        self.sent: Counter[str] = Counter()
        self.run: Counter[str] = Counter()
        #: the commands on keys of places
        self.keys_of_places: set[str] = set()
        #: the commands on keys of steps
        self.keys_of_steps: set[str] = set()

    def __enter__(self) -> CommandCounter:
        self._monitor = self.client.monitor()
        self._monitor.__enter__()
        list(self._until("start"))
        return self

    def __exit__(self, *_: object) -> None:
        for entry in self._until("end"):
            counter = self.run if entry["client_type"] == "lua" else self.sent
            name, *arguments = entry["command"].lower().split()
            counter[name] += 1
            if counter is self.run and arguments and ":place" in arguments[0]:
                self.keys_of_places.add(name)
            if counter is self.run and arguments and ":steps:" in arguments[0]:
                self.keys_of_steps.add(name)
        self._monitor.connection.disconnect()

    def _until(self, mark: str) -> Iterator[dict[str, Any]]:
        self.client.echo(mark)
        for entry in self._monitor.listen():
            if entry["command"] == f"ECHO {mark}":
                return
            yield entry


async def test_an_idle_worker_sends_one_command_per_heartbeat_for_10_and_2000_people(
    worker: SimulatedWorker, harness: RedisHarness
) -> None:
    runs = []
    for number in range(2_000):
        worker.open(f"v{number}", f"u{number}" if number % 10 == 0 else None)
        if number in (9, 1_999):
            await worker.sync()
            with CommandCounter(harness) as counted:
                await pass_time(harness, 50_000, [worker], step_ms=TIMING.heartbeat_ms)
            assert counted.sent == {"evalsha": 10}
            assert not set(counted.run) & LISTING
            runs.append(counted.run)
    assert runs[0] == runs[1]


async def test_reading_a_snapshot_that_holds_reads_one_key_and_writes_nothing(
    worker: SimulatedWorker, harness: RedisHarness
) -> None:
    worker.open("ana")
    leaving = worker.open("ben")
    await worker.sync()
    worker.close(leaving)
    await worker.sync()
    with CommandCounter(harness) as held:
        snapshot = await harness.presence.snapshot()
    assert held.run == {"hmget": 1}
    assert snapshot is not None and snapshot.people == 2

    harness.advance(TIMING.linger_ms)
    with CommandCounter(harness) as ended:
        snapshot = await harness.presence.snapshot()
    assert {"hmget", "hset", "zremrangebyscore"} <= set(ended.run)
    assert snapshot is not None and snapshot.people == 1


async def test_reading_the_snapshot_is_one_command_for_any_count(
    worker: SimulatedWorker, harness: RedisHarness
) -> None:
    runs = []
    for number in range(2_000):
        worker.open(f"v{number}")
        if number in (9, 1_999):
            await worker.sync()
            await harness.presence.snapshot()
            with CommandCounter(harness) as counted:
                await harness.presence.snapshot()
            assert counted.sent == {"evalsha": 1}
            runs.append(counted.run)
    assert runs[0] == runs[1]


@pytest.mark.parametrize("events", [False, True])
async def test_a_report_runs_equally_many_commands_for_few_and_many_changes(
    worker: SimulatedWorker, harness: RedisHarness, events: bool
) -> None:
    runs = []
    await worker.sync()
    for number in range(1_000):
        worker.open(f"v{number}")
        if number in (9, 999):
            report = worker.reports.next_report(seen=worker.seen, aggregates=None, events=events)
            with CommandCounter(harness) as counted:
                answer = await harness.presence.sync(report)
            worker.reports.acknowledge(report, answer)
            assert counted.sent == {"evalsha": 1}
            assert not set(counted.run) & LISTING
            runs.append(counted.run)
    assert runs[0] == runs[1]


async def test_a_report_of_places_runs_equally_many_commands_for_few_and_many_people(
    worker: SimulatedWorker, harness: RedisHarness
) -> None:
    runs = []
    worker.open("first", place="/")
    await worker.sync()
    for number in range(400):
        worker.open(f"v{number}", place=f"/{number % 50}")
        if number in (9, 399):
            with CommandCounter(harness) as counted:
                await worker.sync_once()
            assert counted.sent == {"evalsha": 1}
            assert not set(counted.run) & LISTING
            runs.append(counted.run)
    assert runs[0] == runs[1]


async def test_without_places_a_report_touches_none_of_their_keys(
    worker: SimulatedWorker, harness: RedisHarness
) -> None:
    worker.open("ana", "7")
    await worker.sync()
    worker.open("ben")
    with CommandCounter(harness) as counted:
        await worker.sync_once()
    assert counted.keys_of_places == {"hlen", "zcard"}, "only their sizes are compared"


async def test_reading_places_costs_the_same_for_10_and_2000_people(
    worker: SimulatedWorker, harness: RedisHarness
) -> None:
    runs = []
    for number in range(2_000):
        worker.open(f"v{number}", place=f"/{number}")
        if number in (9, 1_999):
            await worker.sync()
            await harness.presence.places(1)
            with CommandCounter(harness) as counted:
                places = await harness.presence.places(5, ["/1"])
            assert places is not None and len(places.top) == 5
            assert counted.sent == {"evalsha": 1}
            assert not set(counted.run) & LISTING
            runs.append(counted.run)
    assert runs[0] == runs[1]


async def test_no_step_removes_more_than_the_contract_allows(
    worker: SimulatedWorker, other: SimulatedWorker, harness: RedisHarness
) -> None:
    for number in range(3_000):
        worker.open(f"dead{number}", f"u{number}")
    leaving = [other.open(f"leaving{number}") for number in range(3_000)]
    await worker.sync()
    await other.sync()
    for each in leaving:
        other.close(each)
    while other.reports.has_changes:
        await other.sync()
    await pass_time(harness, TIMING.lease_ms - 2_500, [])
    harness.client.hset("{test}:meta", "last_sync_at", harness.presence.clock_offset_ms)
    harness.advance(2_500)
    keys_left, more = count_keys(harness), True
    while more:
        more = (await other.sync_once()).lease.more
        keys_left, before = count_keys(harness), keys_left
        assert before - keys_left <= MAX_REMOVALS
    assert keys_left == 0


def count_keys(harness: RedisHarness) -> int:
    client = harness.client
    return sum(
        client.hlen("{test}:held:" + kind) + client.zcard("{test}:lingering:" + kind)
        for kind in "vsu"
    )


async def test_a_new_epoch_frees_memory_in_the_background(
    worker: SimulatedWorker, harness: RedisHarness
) -> None:
    for number in range(1_000):
        worker.open(f"v{number}", "7")
    await worker.sync()
    with CommandCounter(harness) as counted:
        await harness.presence.clear()
    assert counted.sent == {"evalsha": 1}
    assert counted.run["unlink"] > 0
    assert "del" not in counted.run
    # The names of the workers are listed, not their people.
    assert set(counted.run) & LISTING == {"hkeys"}
    assert [key for key in harness.client.keys() if key != b"{test}:meta"] == []


async def test_steps_cost_nothing_until_somebody_reads_them(
    worker: SimulatedWorker, harness: RedisHarness
) -> None:
    tab = worker.open("ana", place="/a")
    await worker.sync()
    worker.move(tab, "/b")
    with CommandCounter(harness) as unread:
        await worker.sync_once()
    assert unread.keys_of_steps == set()
    await harness.presence.places(10, steps=True)
    worker.move(tab, "/c")
    with CommandCounter(harness) as read:
        await worker.sync_once()
    assert read.keys_of_steps == {"hget", "hlen", "hmget", "hset", "unlink"}


async def test_recorded_steps_run_equally_many_commands_for_few_and_many_people(
    worker: SimulatedWorker, harness: RedisHarness
) -> None:
    runs = []
    worker.open("first", place="/")
    await worker.sync()
    for number in range(500):
        worker.open(f"v{number}", place=f"/{number % 50}")
        if number in (99, 199, 499):
            await harness.presence.places(10, steps=True)
            with CommandCounter(harness) as counted:
                await worker.sync_once()
            assert counted.sent == {"evalsha": 1}
            assert not set(counted.run) & LISTING
            runs.append(counted.run)
    assert runs[1] == runs[2], "the first one begins a bucket"
