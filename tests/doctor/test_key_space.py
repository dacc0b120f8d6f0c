"""Keys that have a time to live, belong to no worker, or are unknown."""

from __future__ import annotations

from typing import Any

import pytest

from landing.doctor.finding import Status
from landing.doctor.key_space import KeySpace
from landing.doctor.reader import Reader
from tests.doctor.deployment import Deployment, complaints, examine_all, find_complaints
from tests.live.presence.redis_harness import PREFIX


async def test_a_key_with_a_time_to_live_is_a_problem(deployment: Deployment) -> None:
    deployment.client.expire("{test}:held:v", 600)
    found = await find_complaints(deployment.harness)
    assert set(found) == {"ttl"}
    assert "{test}:held:v will disappear in 600 s" in found["ttl"].sentence
    assert "PERSIST {test}:held:v" in found["ttl"].remedy


async def test_shares_without_a_worker_are_a_warning(deployment: Deployment) -> None:
    deployment.client.sadd("{test}:share:gone:v", b"ghost")
    found = await find_complaints(deployment.harness)
    assert found["no-worker"].sentence == "The key {test}:share:gone:v belongs to no worker."


async def test_an_unknown_key_is_a_warning(deployment: Deployment) -> None:
    deployment.client.set("{test}:online", 3)
    deployment.client.set("{other}:online", 3)
    found = await find_complaints(deployment.harness)
    assert set(found) == {"unknown-key"}
    assert "{test}:online is unknown" in found["unknown-key"].sentence


async def test_a_salt_must_end_by_itself(deployment: Deployment) -> None:
    await deployment.harness.presence.daily_salt("2099-01-31")
    deployment.client.zadd("{test}:visitors:abc", {"visitor": 1})
    assert await find_complaints(deployment.harness) == {}
    deployment.client.persist("{test}:salt:2099-01-31")
    found = await find_complaints(deployment.harness)
    assert "a secret of a past day may stay" in found["ttl"].sentence


async def test_a_salt_that_expires_during_the_scan_is_right(deployment: Deployment) -> None:
    class LateReader(Reader):
        """Lets the salt expire before its time to live is read."""

        async def execute(self, *command: Any) -> Any:
            if command[0] == "PTTL" and "salt:" in command[1]:
                deployment.client.delete(command[1])
            return await super().execute(*command)

    await deployment.harness.presence.daily_salt("2099-01-31")
    reader = LateReader(deployment.harness.presence, PREFIX)
    findings = await KeySpace(reader).examine(await reader.read_state(), 100_000)
    assert [each.status for each in findings] == [Status.OK]
    assert deployment.client.keys("{test}:salt:*") == []


async def test_limits_of_networks_cost_no_command_each(deployment: Deployment) -> None:
    async def count_commands() -> int:
        reader = Reader(deployment.harness.presence, PREFIX)
        await KeySpace(reader).examine(await reader.read_state(), 100_000)
        return reader.cost.commands

    before = await count_commands()
    for number in range(100):
        deployment.client.zadd(f"{{test}}:visitors:{number}", {"visitor": 1})
    assert await count_commands() == before


@pytest.mark.parametrize("max_entries", [10, 100_000])
async def test_a_large_database_is_not_searched(deployment: Deployment, max_entries: int) -> None:
    deployment.client.set("{test}:online", 3)
    deployment.client.expire("{test}:seq", 600)
    findings = await examine_all(deployment.harness, max_entries)
    found = complaints(findings)
    assert ("unknown-key" in found) == (max_entries > 10)
    assert "ttl" in found, "keys of workers are always examined"
    limited = [each.sentence for each in findings if "--max-entries" in each.sentence]
    assert bool(limited) == (max_entries == 10)
