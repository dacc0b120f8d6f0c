"""Counts that disagree, lost data, epochs, and versions, each provoked on a real Redis."""

from __future__ import annotations

import pytest

from landing.doctor.counts import compare_versions
from landing.doctor.finding import Status
from tests.doctor.deployment import Deployment, complaints, examine_all, find_complaints
from tests.live.presence.redis_harness import META
from tests.live.presence.simulation import TIMING


async def test_a_deployment_that_works_has_no_complaint(deployment: Deployment) -> None:
    findings = await examine_all(deployment.harness)
    assert complaints(findings) == {}
    sentences = {each.check: each.sentence for each in findings}
    assert sentences["workers"] == "Workers with a lease: 2."
    assert sentences["connections"] == "The workers report 9 connections, as the counter does."
    assert sentences["snapshot"].startswith("6 people: 3 signed in, 3 anonymous, 2 suspects")
    assert sentences["places"] == "2 places have 4 of 6 people."
    assert sentences["recount"].startswith("A recount of 7 visitors, 3 signed-in marks, 3 users")


@pytest.mark.parametrize(
    "name",
    ["held:v", "lingering:u", "leases", "seq", "connections", "shares", "share:worker-1:v"],
)
async def test_a_deleted_key_is_named(deployment: Deployment, name: str) -> None:
    deployment.client.delete("{test}:" + name)
    found = await find_complaints(deployment.harness)
    assert "{test}:" + name.removesuffix(":v") in found["lost-data"].sentence
    assert found["lost-data"].status is Status.PROBLEM
    assert "Wait for a heartbeat" in found["lost-data"].remedy


@pytest.mark.parametrize("name", ["held:v", "networks", "dead", "meta", "share:worker-2:s"])
async def test_a_key_of_a_wrong_type_is_named(deployment: Deployment, name: str) -> None:
    key = "{test}:" + name
    deployment.client.set(key, "something else")
    findings = await examine_all(deployment.harness)
    (found,) = [each for each in findings if each.check == "type"]
    assert found.sentence.startswith(f"The key {key} is a string instead of a ")
    (recount,) = [each for each in findings if each.check == "recount"]
    assert recount.sentence == "The sets were not recounted: a key has a wrong type."


async def test_a_renamed_key_is_lost_data_and_an_unknown_key(deployment: Deployment) -> None:
    deployment.client.rename("{test}:seq", "{test}:sequence")
    found = await find_complaints(deployment.harness)
    assert "{test}:seq has 0 entries instead of 2" in found["lost-data"].sentence
    assert "{test}:sequence" in found["unknown-key"].sentence


@pytest.mark.parametrize(
    ("field", "check"),
    [
        ("connections", "connections"),
        ("shown_signed_in", "snapshot"),
        ("shown_anonymous", "snapshot"),
        ("shown_suspects", "snapshot"),
        ("placed", "places"),
        ("uncounted", ""),
    ],
)
async def test_a_wrong_counter_is_found(deployment: Deployment, field: str, check: str) -> None:
    deployment.client.hincrby(META, field, 3)
    found = await find_complaints(deployment.harness)
    assert set(found) == {check} - {""}, "the next step computes the uncounted people again"


async def test_a_version_below_a_shown_one_is_a_problem(deployment: Deployment) -> None:
    deployment.client.hincrby(META, "version", -1)
    found = await find_complaints(deployment.harness)
    assert set(found) == {"version"}


async def test_a_version_that_goes_back_is_a_problem(deployment: Deployment) -> None:
    before = await deployment.harness.presence.read_state()
    deployment.client.hincrby(META, "version", -5)
    after = await deployment.harness.presence.read_state()
    assert compare_versions(before, after).status is Status.PROBLEM
    await deployment.harness.presence.clear()
    cleared = await deployment.harness.presence.read_state()
    assert compare_versions(before, cleared).check == "versions"
    assert compare_versions(before, cleared).status is Status.WARNING


async def test_a_settling_epoch_is_a_warning_and_then_has_an_age(deployment: Deployment) -> None:
    await deployment.harness.presence.clear()
    found = await find_complaints(deployment.harness)
    assert set(found) == {"epoch"}
    assert "settles for 5.0 s more" in found["epoch"].sentence
    for _ in range(2):
        await deployment.sync()
        deployment.harness.advance(TIMING.heartbeat_ms)
    await deployment.sync()
    findings = await examine_all(deployment.harness)
    assert complaints(findings) == {}
    (epoch,) = [each for each in findings if each.check == "epoch"]
    assert "began about 0 h 0 min 10 s ago" in epoch.sentence


async def test_people_that_nobody_removes_after_their_grace_period_are_a_warning(
    deployment: Deployment,
) -> None:
    harness = deployment.harness
    harness.advance(2 * TIMING.heartbeat_ms)
    # A worker that forgets to remove them.
    now = harness.presence.clock_offset_ms
    deployment.client.hset(META, "last_sync_at", now)
    deployment.client.zadd("{test}:leases", {"worker-1": now + 9_000, "worker-2": now + 9_000})
    found = await find_complaints(harness)
    assert "after their grace period: 3." in found["grace-period"].sentence
    await deployment.sync()
    assert await find_complaints(harness) == {}
