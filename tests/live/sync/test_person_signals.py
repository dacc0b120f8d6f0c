"""The signals person_joined and person_left."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from landing.live.sync import person_signals
from landing.live.sync.person_signals import PersonSignals
from landing.signals import person_joined, person_left
from tests.live.presence.simulation import TIMING, user_key, visitor_key
from tests.live.worker_harness import WorkerHarness


class Receiver:
    """Records the signals in order."""

    def __init__(self) -> None:
        self.received: list[tuple[str, str | None, str | None]] = []

    def joined(self, visitor: str | None, user: str | None, **_: Any) -> None:
        self.received.append(("joined", visitor, user))

    async def left(self, visitor: str | None, user: str | None, **_: Any) -> None:
        self.received.append(("left", visitor, user))


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    it = Receiver()
    person_joined.connect(it.joined)
    person_left.connect(it.left)
    yield it
    person_joined.disconnect(it.joined)
    person_left.disconnect(it.left)


@pytest.fixture
async def signals() -> AsyncIterator[PersonSignals]:
    it = PersonSignals()
    task = asyncio.ensure_future(it.send_forever())
    yield it
    task.cancel()


async def settled(receiver: Receiver, count: int) -> list[tuple[str, str | None, str | None]]:
    async with asyncio.timeout(3):
        while len(receiver.received) < count:  # noqa: ASYNC110  receivers run in threads
            await asyncio.sleep(0.005)
    return receiver.received


async def test_sync_and_async_receivers_get_the_person(
    receiver: Receiver, signals: PersonSignals
) -> None:
    signals.enqueue([user_key("7")], [visitor_key("ana")])
    hex_id = visitor_key("ana").id.hex()
    assert await settled(receiver, 2) == [("left", hex_id, None), ("joined", None, "7")]


async def test_an_exception_of_a_receiver_is_only_logged(
    receiver: Receiver, signals: PersonSignals, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(**_: Any) -> None:
        raise ZeroDivisionError

    person_joined.connect(broken)
    try:
        signals.enqueue([user_key("7")], [])
        signals.enqueue([user_key("8")], [])
        assert len(await settled(receiver, 2)) == 2
    finally:
        person_joined.disconnect(broken)
    assert [record.name for record in caplog.records] == ["django.dispatch"] * 2


async def test_slow_receivers_are_skipped_with_one_warning(
    receiver: Receiver, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(person_signals, "MAX_WAITING", 2)
    nobody_sends = PersonSignals()
    caplog.set_level(logging.WARNING, "landing")
    for _ in range(5):
        nobody_sends.enqueue([user_key("7")], [])
    assert len(caplog.records) == 1


async def test_without_receivers_reports_request_no_events() -> None:
    harness = WorkerHarness()
    await harness.connect("ana")
    assert not harness.presence.reports[-1].events


async def test_a_worker_signals_arrivals_and_departures(receiver: Receiver) -> None:
    harness = WorkerHarness()
    task = asyncio.ensure_future(harness.worker.parts.sync.signals.send_forever())
    connection = await harness.connect("ana")
    await harness.advance(1)
    harness.worker.disconnect(connection)
    await harness.advance(TIMING.linger_ms / 1000 + 1)
    hex_id = visitor_key("ana").id.hex()
    assert await settled(receiver, 2) == [("joined", hex_id, None), ("left", hex_id, None)]
    task.cancel()
