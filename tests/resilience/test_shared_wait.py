from __future__ import annotations

import asyncio

import pytest

from landing.resilience.shared_wait import SharedWait


async def test_tasks_that_wait_together_share_one_timer(monkeypatch: pytest.MonkeyPatch) -> None:
    loop, shared = asyncio.get_running_loop(), SharedWait(1_000)
    timers: list[asyncio.TimerHandle] = []
    call_later = loop.call_later
    monkeypatch.setattr(
        loop, "call_later", lambda *args: timers.append(call_later(*args)) or timers[-1]
    )
    async with asyncio.TaskGroup() as group:
        for _ in range(100):
            group.create_task(shared.wait())
        await asyncio.sleep(0)
        shared.end()
    assert [timer.cancelled() for timer in timers] == [True]


async def test_the_timer_ends_each_wait_that_nothing_else_ends() -> None:
    shared = SharedWait(0)
    for _ in range(2):
        waiting = [asyncio.ensure_future(shared.wait()) for _ in range(3)]
        done, _ = await asyncio.wait(waiting, timeout=10)
        assert len(done) == 3


async def test_a_cancelled_task_does_not_end_the_wait_of_the_others() -> None:
    shared = SharedWait(1_000)
    cancelled, other = (asyncio.ensure_future(shared.wait()) for _ in range(2))
    await asyncio.sleep(0)
    cancelled.cancel()
    await asyncio.sleep(0)
    assert cancelled.cancelled() and not other.done()
    shared.end()
    await other


async def test_an_end_without_a_wait_is_not_remembered() -> None:
    shared = SharedWait(1_000)
    shared.end()
    waiting = asyncio.ensure_future(shared.wait())
    await asyncio.sleep(0)
    assert not waiting.done()
    shared.end()
    await waiting
