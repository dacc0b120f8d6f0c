"""A real Daphne during an outage of a real Redis, and after it."""

from __future__ import annotations

import asyncio
import json
import urllib.request
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection, connect

from tests.services.ports import wait_until
from tests.services.raw_websocket import AGENT

BROWSER = AGENT.format(0)
#: Short timeouts make the tests fast. The tests wait for states, never for a fixed time.
FAST = {"LANDING_HEARTBEAT_SECONDS": "0.5", "LANDING_REDIS_TIMEOUT_SECONDS": "0.5"}


@pytest.fixture
async def server(daphne: Any, redis_server: Any) -> Any:
    redis_server.flush()
    return await asyncio.to_thread(daphne, REDIS_URL=redis_server.url, **FAST)


def get_stats(server: Any) -> dict[str, Any]:
    with urllib.request.urlopen(f"{server.url}/api/landing/stats/", timeout=10) as response:
        content: dict[str, Any] = json.load(response)
        return content


async def next_counts(connection: ClientConnection, source: str) -> dict[str, Any]:
    """Return the next count frame with this source."""
    async with asyncio.timeout(20):
        while True:
            content: dict[str, Any] = json.loads(await connection.recv())
            if content["type"] == "connection-count" and content["source"] == source:
                return content


@pytest.mark.parametrize(
    ("interrupt", "restore"), [("stop", "start"), ("pause", "resume")], ids=["stopped", "hanging"]
)
async def test_during_an_outage_connections_stay_open_and_the_last_counts_are_shown_as_stale(
    server: Any, redis_server: Any, interrupt: str, restore: str
) -> None:
    async with connect(server.ws_url, user_agent_header=BROWSER) as connection:
        live = await next_counts(connection, "live")
        await asyncio.to_thread(getattr(redis_server, interrupt))
        try:
            stale = await next_counts(connection, "stale")
            assert (stale["people"], stale["version"]) == (live["people"], live["version"])
            assert stale["timestamp"] > live["timestamp"]
            stats = await asyncio.to_thread(get_stats, server)
            assert (stats["source"], stats["online"]["people"]) == ("stale", live["people"])
            with await asyncio.to_thread(urllib.request.urlopen, server.url, timeout=10) as page:
                assert page.status == 200
            async with connect(server.ws_url, user_agent_header=BROWSER) as new_connection:
                assert (await next_counts(new_connection, "stale"))["people"] == live["people"]
            await asyncio.to_thread(
                wait_until, lambda: "Presence failed" in server.log, "the outage is logged"
            )
        finally:
            await asyncio.to_thread(getattr(redis_server, restore))
        recovered = await next_counts(connection, "live")
        assert recovered["version"] >= live["version"]
        assert recovered["people"] == 1
    messages = [record["message"] for record in server.records("landing.live.sync.loop")]
    assert len([message for message in messages if "Presence failed; " in message]) == 1
    assert len([message for message in messages if "Presence works again" in message]) == 1
    assert "Traceback" not in server.log


@pytest.mark.parametrize(
    ("trouble", "warnings"), [("stopped", 0), ("as_replica", 1), ("unable_to_save", 1)]
)
async def test_a_server_starts_and_serves_while_redis_is_unavailable(
    daphne: Any, redis_server: Any, trouble: str, warnings: int
) -> None:
    redis_server.flush()
    with getattr(redis_server, trouble)():
        server = await asyncio.to_thread(daphne, REDIS_URL=redis_server.url, **FAST)
        stats = await asyncio.to_thread(get_stats, server)
        assert stats["online"]["people"] is None, "unknown is not zero"
        connection = await connect(server.ws_url, user_agent_header=BROWSER)
        frame_types = [json.loads(await connection.recv())["type"] for _ in range(2)]
        assert frame_types == ["activity-history", "retry"]
    assert (await next_counts(connection, "live"))["people"] == 1
    examination = await asyncio.to_thread(server.manage, "presence_doctor", "--strict")
    assert "Workers with a lease: 1." in examination
    await connection.close()
    records = server.records("landing.")
    assert len(records) == warnings + 2, "the cause, the outage, and the recovery"
