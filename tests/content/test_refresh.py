from __future__ import annotations

import asyncio

import pytest

from landing import conf
from landing.content import current
from landing.content.current import ContentCopy
from landing.content.refresh import ContentRefresh
from landing.content.values import Content
from tests.live.waiting import wait_until

HEARTBEAT = conf.LandingSettings().LANDING_HEARTBEAT_SECONDS


@pytest.fixture
def rows(monkeypatch: pytest.MonkeyPatch) -> list[Content]:
    """Return the content that each read finds; the last one repeats."""
    rows = [Content(headline="One")]

    def read() -> Content:
        return rows.pop(0) if len(rows) > 1 else rows[0]

    monkeypatch.setattr(current, "copy", ContentCopy(read))
    return rows


def headline() -> str:
    return current.copy.last().headline


async def test_a_lost_message_is_repaired_at_the_next_heartbeat(rows: list[Content]) -> None:
    now = [100.0]
    refresh = ContentRefresh(lambda: now[0])
    assert refresh.due_at() < now[0], "the first read is due at once"
    await refresh.refresh()
    assert refresh.was_read.is_set()
    assert (headline(), refresh.due_at()) == ("One", 100.0 + HEARTBEAT)
    rows[:] = [Content(headline="Two")]
    now[0] = refresh.due_at()
    await refresh.refresh()
    assert headline() == "Two"


async def test_a_message_makes_the_loop_read_at_once(rows: list[Content]) -> None:
    refresh = ContentRefresh(lambda: 100.0)  # the clock stands still: no heartbeat comes
    loop = asyncio.ensure_future(refresh.repeat())
    await asyncio.wait_for(refresh.was_read.wait(), 60)
    rows[:] = [Content(headline="Two")]
    refresh.receive_hint()
    await wait_until(lambda: headline() == "Two")
    loop.cancel()


async def test_a_message_during_a_read_is_not_lost(
    rows: list[Content], monkeypatch: pytest.MonkeyPatch
) -> None:
    refresh = ContentRefresh(lambda: 100.0)
    hint = refresh.receive_hint
    monkeypatch.setattr(current, "copy", ContentCopy(lambda: hint() or rows[0]))  # type: ignore[func-returns-value]
    await refresh.refresh()
    assert refresh.due_at() < 100.0
