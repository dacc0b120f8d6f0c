"""Two simulated workers on a real Redis, with every kind of person, and their examination."""

from __future__ import annotations

from landing.doctor.examination import examine_data
from landing.doctor.finding import Finding, Status
from landing.doctor.reader import Reader
from landing.live.presence.contract import KeyType
from tests.live.presence.redis_harness import META, PREFIX, RedisHarness
from tests.live.presence.simulation import SimulatedWorker

MAX_ENTRIES = 10_000


class Deployment:
    """A deployment whose data is right until a test changes it."""

    def __init__(self, harness: RedisHarness) -> None:
        self.harness = harness
        self.client = harness.client
        self.workers = [SimulatedWorker(f"worker-{n}", harness.presence) for n in (1, 2)]

    async def fill(self) -> None:
        self.harness.limit_networks(2)
        one, two = self.workers
        leaving = one.open("leaving", "9", place="/blog")
        for number in range(3):
            one.open(f"v{number}", f"u{number}" if number else None, place="/pricing")
            two.open(f"v{number}", f"u{number}" if number else None, place="/pricing")
            one.open(f"n{number}", network="192.0.2.1")
        await self.sync()
        one.close(leaving)
        await self.sync()

    async def sync(self) -> None:
        for worker in self.workers:
            await worker.sync()


def agree(deployment: Deployment) -> None:
    """Store the sizes of all keys, so that only a recount can find the difference."""
    client = deployment.client
    for name in ("worker-1", "worker-2"):
        sizes = [client.scard(f"{{test}}:share:{name}:{kind}") for kind in KeyType]
        client.hset("{test}:shares", name, " ".join(map(str, sizes)))
    client.hdel(META, "sizes", "shown_version")


async def examine_all(harness: RedisHarness, max_entries: int = MAX_ENTRIES) -> list[Finding]:
    reader = Reader(harness.presence, PREFIX)
    state = await harness.presence.read_state()
    return await examine_data(harness.presence, reader, state, max_entries)


def complaints(findings: list[Finding]) -> dict[str, Finding]:
    """Return the findings that need a remedy, by check."""
    return {each.check: each for each in findings if each.status is not Status.OK}


async def find_complaints(harness: RedisHarness) -> dict[str, Finding]:
    return complaints(await examine_all(harness))
