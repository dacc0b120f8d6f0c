"""Leases, silent and dead workers, and workers with other settings."""

from __future__ import annotations

from landing.doctor.finding import Status
from tests.doctor.deployment import Deployment, examine_all, find_complaints
from tests.live.presence.redis_harness import META
from tests.live.presence.simulation import TIMING


async def test_each_worker_has_a_line_with_its_lease(deployment: Deployment) -> None:
    findings = await examine_all(deployment.harness)
    assert [each.sentence for each in findings if each.check == "lease"] == [
        "Worker worker-1 has 6 connections; lease 15.0 s.",
        "Worker worker-2 has 3 connections; lease 15.0 s.",
    ]


async def test_a_worker_that_is_late_is_a_warning(deployment: Deployment) -> None:
    deployment.harness.advance(TIMING.heartbeat_ms + 2_000)
    await deployment.workers[0].sync()
    found = await find_complaints(deployment.harness)
    assert set(found) == {"lease"}
    assert found["lease"].sentence == (
        "Worker worker-2 is late: it has reported nothing for 7.0 s, and its lease ends in 8.0 s."
    )


async def test_a_dead_worker_counts_until_another_one_reports(deployment: Deployment) -> None:
    for _ in range(3):
        await deployment.workers[0].sync()
        deployment.harness.advance(TIMING.lease_ms // 3)
    found = await find_complaints(deployment.harness)
    assert "Worker worker-2 is dead: its lease ended 0.0 s ago" in found["lease"].sentence
    assert found["lease"].status is Status.WARNING
    await deployment.workers[0].sync()
    assert await find_complaints(deployment.harness) == {}


async def test_a_dead_worker_that_reports_do_not_remove_is_a_problem(
    deployment: Deployment,
) -> None:
    now = deployment.harness.presence.clock_offset_ms
    deployment.client.zadd("{test}:leases", {"worker-2": now - 60_000})
    found = await find_complaints(deployment.harness)
    assert found["lease"].status is Status.PROBLEM
    assert "its lease ended 60.0 s ago" in found["lease"].sentence
    assert "presence_clear" in found["lease"].remedy


async def test_after_a_pause_leases_last_longer(deployment: Deployment) -> None:
    deployment.harness.advance(60_000)
    await deployment.workers[0].sync()
    found = await find_complaints(deployment.harness)
    assert set(found) == {"lease"}
    assert "leases last longer after a pause of Redis" in found["lease"].sentence


async def test_workers_that_are_all_silent_are_a_problem(deployment: Deployment) -> None:
    deployment.harness.advance(20_000)
    found = await find_complaints(deployment.harness)
    assert found["reports"].sentence == (
        "The last report arrived 20.0 s ago. No worker reports to this Redis."
    )
    assert "LANDING_REDIS_PREFIX" in found["reports"].remedy


async def test_an_empty_redis_is_one_problem(deployment: Deployment) -> None:
    deployment.client.flushall()
    found = await find_complaints(deployment.harness)
    assert set(found) == {"reports"}
    assert found["reports"].status is Status.PROBLEM, "the counts are unknown"
    assert found["reports"].sentence == "No worker has reported to this Redis yet."


async def test_a_lease_without_an_end_is_a_warning(deployment: Deployment) -> None:
    deployment.client.zadd("{test}:leases", {"worker-2": "inf"})
    found = await find_complaints(deployment.harness)
    assert set(found) == {"lease"}
    assert "LANDING_LEASE_SECONDS is 15 here" in found["lease"].sentence


async def test_a_clock_that_was_set_back_is_a_problem(deployment: Deployment) -> None:
    deployment.harness.advance(-3_600_000)
    found = await find_complaints(deployment.harness)
    assert "was set back by 3600.0 s" in found["reports"].sentence


async def test_workers_with_other_settings_are_a_warning(deployment: Deployment) -> None:
    now = deployment.harness.presence.clock_offset_ms
    deployment.client.zadd("{test}:leases", {"worker-2": now + 60_000})
    deployment.harness.presence.max_people_per_network = 50
    found = await find_complaints(deployment.harness)
    assert set(found) == {"lease", "settings"}
    assert "LANDING_LEASE_SECONDS is 15 here" in found["lease"].sentence
    assert "LANDING_NETWORK_MAX_PEOPLE = 2, and this command uses 50" in found["settings"].sentence


async def test_data_of_a_worker_without_a_lease_is_a_problem(deployment: Deployment) -> None:
    deployment.client.zrem("{test}:leases", "worker-2")
    # The sizes agree, as if a faulty release had written them.
    sizes = deployment.client.hget(META, "sizes").split()
    deployment.client.hset(META, "sizes", b" ".join([b"1", *sizes[1:]]))
    found = await find_complaints(deployment.harness)
    assert set(found) == {"no-lease"}
    assert "Worker worker-2 has data but no lease" in found["no-lease"].sentence


async def test_keys_of_a_dead_worker_that_wait_for_removal_are_counted(
    deployment: Deployment,
) -> None:
    now = deployment.harness.presence.clock_offset_ms
    for number in range(1_500):
        deployment.workers[1].open(f"many{number}")
    await deployment.workers[1].sync()
    deployment.client.zadd("{test}:leases", {"worker-2": now - 1})
    await deployment.workers[0].sync_once()
    findings = await examine_all(deployment.harness)
    (workers,) = [each for each in findings if each.check == "workers"]
    assert "Workers with a lease: 1." in workers.sentence
    assert "Keys of dead workers that wait for removal: " in workers.sentence
    assert {each.check for each in findings if each.status is not Status.OK} == set()
