"""One frame to many sockets."""

from __future__ import annotations

import asyncio

from landing.live.fanout import CHUNK, send_to_all
from tests.live.runtime import Tab


async def test_each_socket_gets_the_frame_once_and_the_broken_are_passed_over() -> None:
    tabs = [Tab(f"v{number}", broken=number % 3 == 0) for number in range(2 * CHUNK + 1)]
    delivered = await send_to_all('{"type":"pong"}', tabs)
    assert delivered == sum(not tab.broken for tab in tabs)
    assert all(len(tab.frames) == (0 if tab.broken else 1) for tab in tabs)


async def test_others_get_a_turn_between_chunks() -> None:
    turns = 0

    async def somebody_else() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    other = asyncio.ensure_future(somebody_else())
    await send_to_all('{"type":"pong"}', [Tab("v")] * (10 * CHUNK))
    other.cancel()
    assert turns >= 9
