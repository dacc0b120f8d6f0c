"""A real Daphne during an outage, a hang, and a return of a real Redis."""

from __future__ import annotations

import asyncio
import json
import urllib.request
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection, connect

from tests.services.ports import wait_until

#: Short intervals for a short test. The test waits for states, never for a time.
FAST = {"LANDING_HEARTBEAT_SECONDS": "0.5", "LANDING_REDIS_TIMEOUT_SECONDS": "0.5"}


@pytest.fixture
async def server(daphne: Any, redis_server: Any) -> Any:
    redis_server.flush()
    return await asyncio.to_thread(daphne, REDIS_URL=redis_server.url, **FAST)


def stats(server: Any) -> dict[str, Any]:
    with urllib.request.urlopen(f"{server.url}/api/landing/stats/", timeout=10) as answer:
        content: dict[str, Any] = json.load(answer)
        return content


async def frame(socket: ClientConnection, source: str) -> dict[str, Any]:
    """Return the next count frame of a source."""
    async with asyncio.timeout(20):
        while True:
            content: dict[str, Any] = json.loads(await socket.recv())
            if content["type"] == "connection-count" and content["source"] == source:
                return content


@pytest.mark.parametrize(
    ("leave", "come_back"), [("stop", "start"), ("pause", "resume")], ids=["stopped", "hanging"]
)
async def test_sockets_and_pages_stay_with_the_last_counts_as_stale(
    server: Any, redis_server: Any, leave: str, come_back: str
) -> None:
    async with connect(server.ws_url) as socket:
        live = await frame(socket, "live")
        await asyncio.to_thread(getattr(redis_server, leave))
        try:
            stale = await frame(socket, "stale")
            assert (stale["people"], stale["version"]) == (live["people"], live["version"])
            assert stale["timestamp"] > live["timestamp"]
            shown = await asyncio.to_thread(stats, server)
            assert (shown["source"], shown["online"]["people"]) == ("stale", live["people"])
            with await asyncio.to_thread(urllib.request.urlopen, server.url, timeout=10) as page:
                assert page.status == 200
            async with connect(server.ws_url) as newcomer:
                assert (await frame(newcomer, "stale"))["people"] == live["people"]
            await asyncio.to_thread(
                wait_until, lambda: "does not answer" in server.log, "the outage is logged"
            )
        finally:
            await asyncio.to_thread(getattr(redis_server, come_back))
        back = await frame(socket, "live")
        assert back["version"] >= live["version"]
        assert back["people"] == 1
    lines = [line for line in server.log.splitlines() if " landing.live" in line]
    assert len([line for line in lines if "does not answer" in line]) == 1
    assert len([line for line in lines if "answers again" in line]) == 1
    assert "Traceback" not in server.log


async def test_a_server_starts_and_serves_during_an_outage(daphne: Any, redis_server: Any) -> None:
    redis_server.flush()
    redis_server.stop()
    try:
        server = await asyncio.to_thread(daphne, REDIS_URL=redis_server.url, **FAST)
        shown = await asyncio.to_thread(stats, server)
        assert shown["online"]["people"] is None, "unknown is not zero"
        socket = await connect(server.ws_url)
        kinds = [json.loads(await socket.recv())["type"] for _ in range(2)]
        assert kinds == ["activity-history", "retry"]
    finally:
        redis_server.start()
    assert (await frame(socket, "live"))["people"] == 1
    await socket.close()
    lines = [line for line in server.log.splitlines() if " landing." in line]
    assert len(lines) == 2, "one line for the outage, one for the return"
