"""The contract on Redis: on one server, and on a cluster."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest

from tests.live.presence.contract import PresenceContract
from tests.live.presence.redis_harness import RedisHarness
from tests.services.ports import wait_until
from tests.services.redis import RedisServer

#: Offset of a node's second port from its first (Redis 6.2 has no setting for it).
CLUSTER_BUS = 10_000


@pytest.fixture(scope="module")
def cluster_node() -> Iterator[RedisServer]:
    """Yield a cluster of one node, which rejects scripts with keys in two slots."""
    server = RedisServer("--cluster-enabled", "yes")
    while server.port + CLUSTER_BUS >= 2**16:
        server.close()
        server = RedisServer("--cluster-enabled", "yes")
    server.start()
    with server.client() as client:
        client.execute_command("CLUSTER ADDSLOTS", *range(2**14))
        wait_until(
            lambda: client.execute_command("CLUSTER INFO")["cluster_state"] == "ok",
            "the cluster is complete",
        )
    yield server
    server.close()


class TestRedisPresence(PresenceContract):
    """On one server."""


class TestRedisPresenceOnACluster(PresenceContract):
    """On a node of a cluster."""

    @pytest.fixture
    async def harness(self, cluster_node: RedisServer) -> AsyncIterator[RedisHarness]:
        harness = RedisHarness(cluster_node.url)
        yield harness
        await harness.close()
