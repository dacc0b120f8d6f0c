"""What the Redis backend costs, in commands counted by Redis itself."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from landing.live.presence.contract import MAX_REMOVALS
from tests.live.presence.redis_harness import RedisHarness
from tests.live.presence.simulation import TIMING, SimulatedWorker, pass_time

#: Commands whose cost grows with the number of people.
LISTING = {"keys", "scan", "hgetall", "hkeys", "hvals", "hscan"} | {
    "smembers",
    "sscan",
    "sunion",
    "sinter",
    "zscan",
    "sort",
}


class Watch:
    """Counts what is sent to Redis (``sent``) and what its scripts run (``run``)."""

    def __init__(self, harness: RedisHarness) -> None:
        self.client = harness.client
        self.sent: Counter[str] = Counter()
        self.run: Counter[str] = Counter()

    def __enter__(self) -> Watch:
        self._monitor = self.client.monitor()
        self._monitor.__enter__()
        list(self._until("start"))
        return self

    def __exit__(self, *_: object) -> None:
        for seen in self._until("end"):
            counter = self.run if seen["client_type"] == "lua" else self.sent
            counter[seen["command"].split()[0].lower()] += 1
        self._monitor.connection.disconnect()

    def _until(self, mark: str) -> Iterator[dict[str, Any]]:
        self.client.echo(mark)
        for seen in self._monitor.listen():
            if seen["command"] == f"ECHO {mark}":
                return
            yield seen


async def test_an_idle_worker_sends_one_command_per_heartbeat_at_10_and_at_2000_people(
    worker: SimulatedWorker, harness: RedisHarness
) -> None:
    runs = []
    for number in range(2_000):
        worker.open(f"v{number}", f"u{number}" if number % 10 == 0 else None)
        if number in (9, 1_999):
            await worker.sync()
            with Watch(harness) as watch:
                await pass_time(harness, 50_000, [worker], step_ms=TIMING.heartbeat_ms)
            assert watch.sent == {"evalsha": 10}
            assert not set(watch.run) & LISTING
            runs.append(watch.run)
    assert runs[0] == runs[1]


async def test_reading_the_numbers_is_one_command_whatever_their_size(
    worker: SimulatedWorker, harness: RedisHarness
) -> None:
    runs = []
    for number in range(2_000):
        worker.open(f"v{number}")
        if number in (9, 1_999):
            await worker.sync()
            await harness.presence.snapshot()
            with Watch(harness) as watch:
                await harness.presence.snapshot()
            assert watch.sent == {"evalsha": 1}
            runs.append(watch.run)
    assert runs[0] == runs[1]


@pytest.mark.parametrize("events", [False, True])
async def test_a_report_runs_as_many_commands_for_many_changes_as_for_few(
    worker: SimulatedWorker, harness: RedisHarness, events: bool
) -> None:
    runs = []
    for number in range(1_000):
        worker.open(f"v{number}")
        if number in (9, 999):
            report = worker.share.next_report(seen=worker.seen, aggregates=None, events=events)
            with Watch(harness) as watch:
                answer = await harness.presence.sync(report)
            worker.share.acknowledge(report, answer)
            assert watch.sent == {"evalsha": 1}
            assert not set(watch.run) & LISTING
            runs.append(watch.run)
    assert runs[0] == runs[1]


async def test_no_step_takes_away_more_than_the_contract_allows(
    worker: SimulatedWorker, other: SimulatedWorker, harness: RedisHarness
) -> None:
    for number in range(3_000):
        worker.open(f"dead{number}", f"u{number}")
    leaving = [other.open(f"leaving{number}") for number in range(3_000)]
    await worker.sync()
    await other.sync()
    for each in leaving:
        other.close(each)
    while other.share.has_changes:
        await other.sync()
    await pass_time(harness, TIMING.lease_ms - 2_500, [])
    harness.client.hset("{test}:meta", "last_sync_at", harness.presence.clock_offset_ms)
    harness.advance(2_500)
    keys_left, more = kept_keys(harness), True
    while more:
        more = (await other.sync_once()).lease.more
        keys_left, before = kept_keys(harness), keys_left
        assert before - keys_left <= MAX_REMOVALS
    assert keys_left == 0


def kept_keys(harness: RedisHarness) -> int:
    client = harness.client
    return sum(
        client.hlen("{test}:held:" + kind) + client.zcard("{test}:lingering:" + kind)
        for kind in "vsu"
    )


async def test_losing_everything_frees_in_the_background(
    worker: SimulatedWorker, harness: RedisHarness
) -> None:
    for number in range(1_000):
        worker.open(f"v{number}", "7")
    await worker.sync()
    with Watch(harness) as watch:
        await harness.presence.clear()
    assert watch.sent == {"evalsha": 1}
    assert watch.run["unlink"] > 0
    assert "del" not in watch.run
    assert not set(watch.run) & LISTING
    assert [key for key in harness.client.keys() if key != b"{test}:meta"] == []
