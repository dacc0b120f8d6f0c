"""Counters of networks and places that disagree with their people."""

from __future__ import annotations

import pytest

from landing.doctor.examination import examine_data
from landing.doctor.finding import Status
from landing.doctor.group_recount import PASSES
from landing.doctor.reader import Reader
from landing.doctor.recount import Recount
from landing.live.presence.contract import Key, KeyType
from tests.doctor.deployment import Deployment, agree, complaints, find_complaints
from tests.live.presence.redis_harness import META, PREFIX
from tests.live.presence.simulation import user_key, visitor_key


@pytest.mark.parametrize("by", [1, -1])
async def test_a_wrong_size_of_a_network_is_found(deployment: Deployment, by: int) -> None:
    (network,) = deployment.client.zrange("{test}:networks", 0, -1)
    deployment.client.zincrby("{test}:networks", by, network)
    agree(deployment)
    found = await find_complaints(deployment.harness)
    assert set(found) == {"networks"}
    assert "three times in a row" in found["networks"].sentence


async def test_a_network_whose_people_change_all_the_time_is_not_verified(
    deployment: Deployment,
) -> None:
    harness, worker = deployment.harness, deployment.workers[0]
    number = 0

    class ChangingReader(Reader):
        """Replaces a visitor of the network just before its counters are read."""

        async def sorted_set(self, key: str) -> dict[bytes, float]:
            nonlocal number
            if key == "networks":
                number += 1
                worker.open(f"n{number + 10}", network="192.0.2.1")
                await worker.sync()
            return await super().sorted_set(key)

    state = await harness.presence.read_state()
    reader = ChangingReader(harness.presence, PREFIX)
    (found,) = await Recount(reader, state).examine()
    assert (found.check, found.status, number) == ("recount", Status.OK, 3)
    assert found.sentence.endswith("Networks too busy to verify: 1.")


async def test_a_network_of_a_visitor_that_is_gone_is_found(deployment: Deployment) -> None:
    deployment.client.hset("{test}:network_of", b"ghost", b"network")
    agree(deployment)
    assert set(await find_complaints(deployment.harness)) == {"networks"}


@pytest.mark.parametrize("by", [1, -1])
async def test_a_wrong_count_of_a_place_is_found(deployment: Deployment, by: int) -> None:
    deployment.client.zincrby("{test}:places", by, "/pricing")
    deployment.client.hincrby(META, "placed", -by)
    agree(deployment)
    found = await find_complaints(deployment.harness)
    assert set(found) == {"places"}
    assert found["places"].sentence == (
        "Places whose counter differs from a recount, three times in a row: 1."
    )


async def test_a_place_that_nobody_is_at_is_found(deployment: Deployment) -> None:
    deployment.client.zadd("{test}:places", {"/ghost": -1})
    deployment.client.hincrby(META, "placed", 1)
    agree(deployment)
    assert set(await find_complaints(deployment.harness)) == {"places"}


@pytest.mark.parametrize("kind", [KeyType.VISITOR, KeyType.USER])
async def test_a_place_of_somebody_who_is_gone_is_found(
    deployment: Deployment, kind: KeyType
) -> None:
    deployment.client.hset(f"{{test}}:place_of:{kind}", b"ghost", b"/pricing")
    agree(deployment)
    assert set(await find_complaints(deployment.harness)) == {"places"}


@pytest.mark.parametrize("key", [visitor_key("v0"), user_key("u1")])
async def test_a_person_who_is_at_another_place_than_counted_is_found(
    deployment: Deployment, key: Key
) -> None:
    deployment.client.hset(f"{{test}}:place_of:{key.kind}", key.id, b"/blog")
    agree(deployment)
    found = await find_complaints(deployment.harness)
    assert set(found) == {"places"}
    assert found["places"].sentence.endswith("in a row: 2.")


async def test_a_place_whose_people_change_all_the_time_is_not_verified(
    deployment: Deployment,
) -> None:
    harness, worker = deployment.harness, deployment.workers[0]
    number = 0

    class ChangingReader(Reader):
        """Lets somebody come to a place just before its counters are read."""

        async def sorted_set(self, key: str) -> dict[bytes, float]:
            nonlocal number
            if key == "places":
                number += 1
                worker.open(f"new{number}", place="/pricing")
                await worker.sync()
            return await super().sorted_set(key)

    state = await harness.presence.read_state()
    (found,) = await Recount(ChangingReader(harness.presence, PREFIX), state).examine()
    assert (found.check, found.status, number) == ("recount", Status.OK, PASSES)
    assert found.sentence.endswith("Places too busy to verify: 1.")


async def test_after_a_step_of_an_earlier_release_networks_and_places_are_not_compared(
    deployment: Deployment,
) -> None:
    """It adds and removes people without their networks and places."""
    harness, client = deployment.harness, deployment.client
    client.zincrby("{test}:places", -1, "/pricing")
    numbers = client.hget(META, "sizes").decode().split()
    client.hset(META, "sizes", " ".join(numbers[:14] + numbers[-2:]))
    reader = Reader(harness.presence, PREFIX)
    findings = await examine_data(
        harness.presence, reader, await harness.presence.read_state(), 10_000
    )
    assert complaints(findings) == {}
    (places,) = [each for each in findings if each.check == "places"]
    assert places.sentence == "The people at all places cannot be compared with their counter now."
