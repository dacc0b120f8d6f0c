"""Lost data: any key or member that disappears is noticed by the next report, and repaired."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from functools import cache
from typing import Any

import pytest

from landing.live.presence.contract import MAX_CHANGES, PresenceError, Report, Step
from landing.live.registry import Registry
from landing.live.sync.report import ReportBuilder
from tests.live.presence.redis_harness import META, RedisHarness
from tests.live.presence.simulation import (
    TIMING,
    SimulatedWorker,
    new_connection,
    pass_time,
    read_counts,
)

KEYS = [
    "meta",
    "leases",
    "seq",
    "connections",
    "resyncing",
    "tombstones",
    "dead",
    "shares",
    "network_of",
    "networks",
    "place_of:v",
    "place_of:u",
    "places",
    *(f"{which}:{kind}" for which in ("held", "lingering") for kind in "vsu"),
    *(f"share:worker-1:{kind}" for kind in "vsu"),
    *(f"share:worker-2:{kind}" for kind in "vsu"),
    "share:killed:1:v",
]
#: Counts do not depend on these keys, so their loss is not noticed.
STAY_KEYS = ["arrivals", "leaving"]
#: Per type of key, a command that removes a part of what it holds.
REMOVE_MEMBER: dict[bytes, Callable[[Any, str], Any]] = {
    b"hash": lambda client, key: client.hdel(key, client.hkeys(key)[0]),
    b"zset": lambda client, key: client.zpopmin(key),
    b"set": lambda client, key: client.spop(key),
    b"list": lambda client, key: client.lpop(key),
}


class Deployment:
    """Two workers, and every key that presence can have."""

    def __init__(self, harness: RedisHarness) -> None:
        self.harness = harness
        self.client = harness.client
        self.workers = [SimulatedWorker(f"worker-{n}", harness.presence) for n in (1, 2)]

    async def fill(self) -> None:
        self.harness.limit_networks(2)
        one, two = self.workers
        await self.harness.presence.sync(report_of_a_large_worker())
        await pass_time(self.harness, TIMING.lease_ms - 1_000, self.workers)
        leaving = one.open("leaving", "9")
        for number in range(3):
            one.open(f"v{number}", f"u{number}" if number else None)
            two.open(f"w{number}", f"u{number}" if number else None)
            one.open(f"n{number}", network="192.0.2.1")
            two.open(f"m{number}", network="192.0.2.2")
            one.open(f"p{number}", f"p{number}" if number else None, place=f"/{number}")
        await self.sync()
        one.close(leaving)
        await one.sync_once()
        drained = SimulatedWorker("drained", self.harness.presence)
        await self.harness.presence.drain(drained.name, 99, 1_000)
        await self.harness.presence.sync(Report("resyncing", 1, 0, begin=True, complete=False))
        # The lease of the killed worker ends, and one step removes some of its people.
        self.harness.advance(1_000)
        await one.sync_once()
        assert self.client.lrange("{test}:dead", 0, -1) == [b"killed:1"]

    async def sync(self) -> None:
        for worker in self.workers:
            await worker.sync_once()

    async def heal(self) -> list[str]:
        """Let a heartbeat and the settling time pass; return the losses that were reported."""
        losses = []
        for _ in range(3):
            for worker in self.workers:
                answer = await worker.sync_once()
                losses.append(answer.lease.loss)
                while answer.lease.resync or worker.reports.is_behind:
                    answer = await worker.sync_once()
            self.harness.advance(TIMING.heartbeat_ms)
        await pass_time(self.harness, TIMING.lease_ms, self.workers)
        return [loss for loss in losses if loss]

    def truth(self) -> tuple[int, int, int]:
        connections = [each for worker in self.workers for each in worker.registry]
        users = {each.user for each in connections if each.user}
        signed = {each.visitor for each in connections if each.user}
        anonymous = {each.visitor: each.network for each in connections}
        sizes = Counter(network for id, network in anonymous.items() if id not in signed)
        counted = sum(min(size, 2) if network else size for network, size in sizes.items())
        return len(users), counted, len(connections)


@cache
def report_of_a_large_worker() -> Report:
    """Return the report of a worker whose people are too many for one step of removal."""
    registry = Registry(min_crowd=1)
    reports = ReportBuilder("killed", registry)
    for number in range(MAX_CHANGES):
        reports.mark_dirty(registry.add(new_connection(f"k{number}")))
    return reports.next_report(seen=0, aggregates=None, events=True)


@pytest.fixture
async def deployment(harness: RedisHarness) -> Deployment:
    deployment = Deployment(harness)
    await deployment.fill()
    return deployment


async def assert_healed(deployment: Deployment, losses: list[str], key: str) -> None:
    assert len(losses) == 1, f"{len(losses)} workers reported the loss"
    assert await read_counts(deployment.harness) == deployment.truth()
    left = {each for each in deployment.client.keys() if b"share:" in each}
    assert not {each for each in left if b"worker-" not in each}, "a dead share was left"
    # No ghosts: the people of a worker that dies now disappear.
    deployment.workers.pop()
    await pass_time(deployment.harness, TIMING.lease_ms + 5_000, deployment.workers)
    assert await read_counts(deployment.harness) == deployment.truth(), key


def test_the_state_has_every_key(deployment: Deployment) -> None:
    found = {key.decode() for key in deployment.client.keys()}
    assert found == {"{test}:" + name for name in (*KEYS, *STAY_KEYS)}


@pytest.mark.parametrize("name", STAY_KEYS)
@pytest.mark.parametrize("is_replaced", [False, True])
async def test_without_a_key_of_stays_the_counts_stay_exact(
    deployment: Deployment, name: str, is_replaced: bool
) -> None:
    if is_replaced:
        deployment.client.set("{test}:" + name, "something else")
    else:
        deployment.client.delete("{test}:" + name)
    assert await deployment.heal() == []
    await deployment.sync()
    assert await read_counts(deployment.harness) == deployment.truth()


async def test_a_step_of_an_earlier_release_forgets_all_arrivals(deployment: Deployment) -> None:
    """Such a worker changes visitors without their stays."""
    deployment.client.hset(META, "stays_at", 1)
    await deployment.sync()
    assert not deployment.client.exists("{test}:arrivals", "{test}:leaving")


@pytest.mark.parametrize("name", KEYS)
async def test_a_deleted_key_is_noticed_and_repaired(deployment: Deployment, name: str) -> None:
    assert deployment.client.delete("{test}:" + name) == 1
    losses = await deployment.heal()
    await assert_healed(deployment, losses, name)


@pytest.mark.parametrize("name", sorted(set(KEYS) - {"meta"}))
async def test_a_removed_member_is_noticed_and_repaired(deployment: Deployment, name: str) -> None:
    key = "{test}:" + name
    assert REMOVE_MEMBER[deployment.client.type(key)](deployment.client, key)
    losses = await deployment.heal()
    await assert_healed(deployment, losses, name)


@pytest.mark.parametrize("field", ["epoch", "version", "connections", "shown_as_of", "reader"])
async def test_a_removed_field_is_noticed_and_repaired(deployment: Deployment, field: str) -> None:
    assert deployment.client.hdel(META, field) == 1
    losses = await deployment.heal()
    await assert_healed(deployment, losses, field)


@pytest.mark.parametrize("name", KEYS)
async def test_a_key_of_a_wrong_type_is_replaced(deployment: Deployment, name: str) -> None:
    deployment.client.set("{test}:" + name, "something else")
    losses = await deployment.heal()
    await assert_healed(deployment, losses, name)


@pytest.mark.parametrize(
    ("name", "new_name"),
    [("held:v", "held:u"), ("seq", "connections"), ("share:worker-1:v", "mine"), ("meta", "old")],
)
async def test_a_renamed_key_is_noticed_and_repaired(
    deployment: Deployment, name: str, new_name: str
) -> None:
    deployment.client.rename("{test}:" + name, "{test}:" + new_name)
    losses = await deployment.heal()
    await assert_healed(deployment, losses, name)


@pytest.mark.parametrize("names", [("leases", "seq", "connections"), ("meta", "leases", "dead")])
async def test_several_lost_keys_are_one_loss(
    deployment: Deployment, names: tuple[str, ...]
) -> None:
    deployment.client.delete(*("{test}:" + name for name in names))
    losses = await deployment.heal()
    await assert_healed(deployment, losses, " ".join(names))


async def test_the_loss_names_the_key_and_begins_one_epoch(deployment: Deployment) -> None:
    one, two = deployment.workers
    deployment.client.delete("{test}:held:v")
    first = await two.sync_once()
    second = await one.sync_once()
    assert first.lease.loss.startswith("{test}:held:v has 0 entries instead of ")
    assert second.lease.loss == ""
    assert first.lease.epoch == second.lease.epoch
    assert first.grant.publish, "the other workers report at once"
    assert first.snapshot is None and second.snapshot is None


@pytest.mark.parametrize("name", ["held:v", "lingering:u", "leases", "tombstones"])
async def test_no_wrong_count_is_visible_between_the_loss_and_its_repair(
    deployment: Deployment, name: str
) -> None:
    deployment.client.delete("{test}:" + name)
    assert await deployment.harness.presence.snapshot() is None
    with pytest.raises(PresenceError, match="the next report of a worker repairs"):
        await deployment.harness.presence.inspect()
    assert (await deployment.workers[0].sync()).snapshot is None


@pytest.mark.parametrize("name", ["held:v", "leases", "share:worker-1:v"])
async def test_a_loss_does_not_change_a_snapshot_that_holds(
    harness: RedisHarness, name: str
) -> None:
    worker = SimulatedWorker("worker-1", harness.presence)
    worker.open("ana")
    before = (await worker.sync_once()).snapshot
    harness.client.delete("{test}:" + name)

    assert await harness.presence.snapshot() == before
    assert (await worker.sync_once()).lease.loss


async def test_a_drain_of_damaged_data_leaves_the_repair_to_the_next_report(
    deployment: Deployment,
) -> None:
    leaving = deployment.workers.pop()
    deployment.client.delete("{test}:held:v")
    assert not await deployment.harness.presence.drain(leaving.name, 99, 1_000)
    losses = await deployment.heal()
    assert len(losses) == 1
    assert await read_counts(deployment.harness) == deployment.truth()


async def test_a_step_of_an_earlier_release_is_not_a_loss(deployment: Deployment) -> None:
    harness = deployment.harness
    worker = deployment.workers[0]
    epoch = (await worker.sync_once()).lease.epoch
    # It stores no sizes, and changes the time of the last sync.
    deployment.client.hset("{test}:seq", "earlier", 1)
    deployment.client.hset("{test}:connections", "earlier", 0)
    harness.advance(1)
    deployment.client.zadd("{test}:leases", {"earlier": harness.presence.clock_offset_ms + 15_000})
    deployment.client.hset(META, "last_sync_at", harness.presence.clock_offset_ms)
    answer = await worker.sync_once()
    assert (answer.lease.loss, answer.lease.epoch) == ("", epoch)


async def test_after_a_step_of_an_earlier_release_the_networks_begin_again(
    deployment: Deployment,
) -> None:
    """An earlier release adds and removes visitors without their networks."""
    harness, client = deployment.harness, deployment.client
    await pass_time(harness, TIMING.lease_ms, deployment.workers)
    assert client.zcard("{test}:networks") == 2
    # It stores the sizes of the keys that it knows.
    numbers = client.hget(META, "sizes").decode().split()
    client.hset(META, "sizes", " ".join(numbers[:14] + numbers[-2:]))

    answer = await deployment.workers[0].sync_once()

    assert answer.lease.loss == ""
    assert not client.exists("{test}:networks", "{test}:network_of")
    assert answer.snapshot is not None
    assert answer.snapshot.anonymous == 9


async def test_after_a_step_of_an_earlier_release_the_places_begin_again(
    deployment: Deployment,
) -> None:
    """An earlier release adds and removes people without their places."""
    harness, client = deployment.harness, deployment.client
    await pass_time(harness, TIMING.lease_ms, deployment.workers)
    one = deployment.workers[0]
    moving = next(each for each in one.registry if each.visitor.startswith(b"p0"))
    assert client.zcard("{test}:places") == 3
    numbers = client.hget(META, "sizes").decode().split()
    # It knows networks, but not the three keys of places.
    client.hset(META, "sizes", " ".join(numbers[:16] + numbers[-2:]))
    before = await harness.presence.snapshot()
    assert before is not None

    places = await harness.presence.places(10)

    assert places is not None
    assert (places.top, places.elsewhere) == ((), before.people)
    assert client.exists("{test}:networks")
    one.move(moving, "/new")
    answer = await one.sync_once()
    assert answer.lease.loss == ""
    places = await harness.presence.places(10)
    assert places is not None and places.top == (("/new", 1),)
    assert places.elsewhere == places.snapshot.people - 1


async def test_places_of_an_earlier_release_are_not_shown_during_a_pause(
    deployment: Deployment,
) -> None:
    harness, client = deployment.harness, deployment.client
    await pass_time(harness, TIMING.lease_ms, deployment.workers)
    numbers = client.hget(META, "sizes").decode().split()
    client.hset(META, "sizes", " ".join(numbers[:16] + numbers[-2:]))
    harness.advance(60_000)
    places = await harness.presence.places(10, ["/0"])
    assert places is not None
    assert (places.top, places.wanted, places.elsewhere) == ((), (0,), places.snapshot.people)


async def test_a_refused_report_does_not_hide_a_step_of_an_earlier_release(
    deployment: Deployment,
) -> None:
    harness, client = deployment.harness, deployment.client
    await pass_time(harness, TIMING.lease_ms, deployment.workers)
    one, two = deployment.workers
    late = two.reports.next_report(seen=two.seen, aggregates=None, events=True)
    while await harness.presence.drain(two.name, late.seq + 1, 1_000):
        pass
    assert client.zcard("{test}:places") == 3
    numbers = client.hget(META, "sizes").decode().split()
    client.hset(META, "sizes", " ".join(numbers[:16] + numbers[-2:]))

    assert (await harness.presence.sync(late)).lease.drained

    assert not client.exists("{test}:places", "{test}:place_of:v", "{test}:place_of:u")
    assert (await one.sync_once()).lease.loss == ""


@pytest.mark.parametrize("is_replaced", [False, True])
async def test_a_lost_key_of_steps_changes_no_count_and_is_written_again(
    deployment: Deployment, is_replaced: bool
) -> None:
    harness, client, one = deployment.harness, deployment.client, deployment.workers[0]
    await pass_time(harness, TIMING.lease_ms, deployment.workers)
    await harness.presence.places(10, steps=True)
    one.open("new", place="/new")
    await one.sync_once()
    (key,) = client.keys("{test}:steps:*")
    if is_replaced:
        client.set(key, "something else")
    else:
        client.delete(key)
    places = await harness.presence.places(10, steps=True)
    assert places is not None and places.steps == ()
    one.open("newer", place="/newer")
    assert (await one.sync_once()).lease.loss == ""
    places = await harness.presence.places(10, steps=True)
    assert places is not None and places.steps == (Step(None, "/newer", 1),)
    assert await read_counts(harness) == deployment.truth()
