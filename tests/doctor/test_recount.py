"""Counters that disagree with the sets of ids, and people who come and go during a recount."""

from __future__ import annotations

from typing import Any

import pytest

from landing.doctor import recount
from landing.doctor.examination import examine_data
from landing.doctor.finding import Status
from landing.doctor.reader import BATCH, Reader
from landing.doctor.recount import Recount
from landing.live.presence.contract import PresenceError
from landing.live.presence.redis.errors import (
    PresenceDenied,
    PresenceUnreachable,
    PresenceWarned,
)
from landing.live.presence.redis.state import MAX_VERIFIED
from tests.doctor.deployment import (
    Deployment,
    agree,
    complaints,
    examine_all,
    find_complaints,
)
from tests.live.presence.redis_harness import PREFIX
from tests.live.presence.simulation import SimulatedWorker, visitor_key

V0, LEAVING = visitor_key("v0").id, visitor_key("leaving").id


async def test_a_wrong_number_of_holders_is_found(deployment: Deployment) -> None:
    deployment.client.hincrby("{test}:held:v", V0, 1)
    found = await find_complaints(deployment.harness)
    assert set(found) == {"holders"}
    assert found["holders"].sentence == (
        "Visitors whose holder count differs from the workers that hold them: 1."
    )
    assert found["holders"].status is Status.PROBLEM


async def test_an_extra_member_of_a_share_is_found(deployment: Deployment) -> None:
    deployment.client.sadd("{test}:share:worker-1:u", b"ghost")
    agree(deployment)
    assert set(await find_complaints(deployment.harness)) == {"holders"}


async def test_an_extra_field_of_the_counters_is_found(deployment: Deployment) -> None:
    deployment.client.hset("{test}:held:u", b"ghost", 1)
    agree(deployment)
    assert set(await find_complaints(deployment.harness)) == {"holders"}


async def test_a_counter_that_is_not_a_number_is_found(deployment: Deployment) -> None:
    deployment.client.hset("{test}:held:v", V0, "many")
    assert set(await find_complaints(deployment.harness)) == {"holders"}


async def test_a_held_key_in_its_grace_period_is_found(deployment: Deployment) -> None:
    deployment.client.zadd("{test}:lingering:v", {V0: 9e12})
    agree(deployment)
    found = await find_complaints(deployment.harness)
    assert "disjoint" in found
    assert "Visitors held and in their grace period at once: 1." in found["disjoint"].sentence


async def test_a_mark_without_its_visitor_is_found(deployment: Deployment) -> None:
    deployment.client.zrem("{test}:lingering:v", LEAVING)
    agree(deployment)
    found = await find_complaints(deployment.harness)
    assert set(found) == {"marks"}
    assert found["marks"].sentence == "Signed-in marks without a visitor: 1."


@pytest.mark.parametrize(
    ("limit", "text"), [(20_000, ": 150."), (120, ": at least 120.")], ids=["all", "limited"]
)
async def test_many_differences_are_verified_in_batches(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch, limit: int, text: str
) -> None:
    monkeypatch.setattr(recount, "MAX_SUSPICIOUS", limit)
    ghosts = {f"ghost{number}": 1 for number in range(MAX_VERIFIED + 50)}
    deployment.client.hset("{test}:held:u", mapping=ghosts)
    agree(deployment)
    found = await find_complaints(deployment.harness)
    assert found["holders"].sentence.endswith(text)


class CrowdedReader(Reader):
    """Lets 300 people come after the share of their worker was read."""

    worker: SimulatedWorker

    async def set(self, key: str) -> set[bytes]:
        members = await super().set(key)
        if self.cost.commands == 1:
            for number in range(300):
                self.worker.open(f"new{number}")
            await self.worker.sync()
        return members


@pytest.mark.parametrize("limit", [20_000, 100])
async def test_a_difference_among_many_people_who_come_is_found_or_stated_to_be_unverified(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch, limit: int
) -> None:
    monkeypatch.setattr(recount, "MAX_SUSPICIOUS", limit)
    deployment.client.hincrby("{test}:held:v", visitor_key("v2").id, 1)
    state = await deployment.harness.presence.read_state()
    reader = CrowdedReader(deployment.harness.presence, PREFIX)
    reader.worker = deployment.workers[0]
    (found,) = await Recount(reader, state).examine()
    if limit > 300:
        assert (found.check, found.sentence[-3:]) == ("holders", " 1.")
    else:
        assert (found.check, found.status) == ("recount", Status.WARNING)
        assert "Visitors that came or went during the recount: 301" in found.sentence


async def test_sets_beyond_the_limit_are_not_recounted(deployment: Deployment) -> None:
    findings = await examine_all(deployment.harness, max_entries=20)
    (recount,) = [each for each in findings if each.check == "recount"]
    assert recount.sentence.startswith("The sets were not recounted: they have ")
    assert recount.status is Status.OK


@pytest.mark.parametrize(
    ("error", "check", "remedy"),
    [
        (PresenceDenied("Redis denies +hscan"), "recount", "Permissions in Redis"),
        (PresenceUnreachable("Redis did not answer in time."), "redis", "Start Redis"),
        (PresenceWarned("Redis rejects a command"), "redis", "Redis errors"),
    ],
)
async def test_only_a_missing_permission_is_reported_as_one(
    deployment: Deployment, settings: Any, error: PresenceError, check: str, remedy: str
) -> None:
    class FailingReader(Reader):
        """Fails in the middle of the recount."""

        async def hash(self, key: str) -> dict[bytes, bytes]:
            raise error

    settings.REDIS_URL = "redis://localhost:1/0"
    presence = deployment.harness.presence
    reader = FailingReader(presence, PREFIX)
    found = complaints(await examine_data(presence, reader, await reader.read_state(), 10_000))
    assert set(found) == {check}
    assert str(error).rstrip(".") in found[check].sentence
    assert remedy in found[check].remedy


async def test_people_who_come_and_go_during_a_recount_are_not_differences(
    deployment: Deployment,
) -> None:
    harness, worker = deployment.harness, deployment.workers[0]
    number = 0

    class BusyReader(Reader):
        """Lets people come and go between two commands."""

        async def execute(self, *command: Any) -> Any:
            nonlocal number
            reply = await super().execute(*command)
            number += 1
            for who in (f"busy{number}", f"n{number % 3}"):
                connection = worker.open(who, f"u{number}" if number % 2 else None)
                await worker.sync()
                worker.close(connection)
                await worker.sync()
            return reply

    reader = BusyReader(harness.presence, PREFIX)
    state = await harness.presence.read_state()
    (finding,) = await Recount(reader, state).examine()
    assert (finding.check, finding.status) == ("recount", Status.OK)
    assert number > 10


async def test_a_recount_reads_in_batches(deployment: Deployment) -> None:
    worker = deployment.workers[0]
    for number in range(3_000):
        worker.open(f"many{number}")
    await worker.sync()
    pages = []

    class WatchedReader(Reader):
        """Notes the entries of each page of a scan."""

        async def execute(self, *command: Any) -> Any:
            reply = await super().execute(*command)
            pages.append(len(reply[1]))
            return reply

    reader = WatchedReader(deployment.harness.presence, PREFIX)
    state = await deployment.harness.presence.read_state()
    await Recount(reader, state).examine()
    assert reader.cost.entries > 6_000
    # Redis may return a few entries more than it was asked for.
    assert BATCH <= max(pages) <= 2 * BATCH
