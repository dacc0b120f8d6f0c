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
from tests.live.waiting import wait_until
from tests.live.worker_harness import WorkerHarness


class RecordingReceiver:
    """Record the received signals in order."""

    def __init__(self) -> None:
        self.received: list[tuple[str, str | None, str | None]] = []

    def joined(self, visitor: str | None, user: str | None, **_: Any) -> None:
        self.received.append(("joined", visitor, user))

    async def left(self, visitor: str | None, user: str | None, **_: Any) -> None:
        self.received.append(("left", visitor, user))


@pytest.fixture
def receiver() -> Iterator[RecordingReceiver]:
    recording = RecordingReceiver()
    person_joined.connect(recording.joined)
    person_left.connect(recording.left)
    yield recording
    person_joined.disconnect(recording.joined)
    person_left.disconnect(recording.left)


@pytest.fixture
async def signals() -> AsyncIterator[PersonSignals]:
    started = PersonSignals()
    task = asyncio.ensure_future(started.send_forever())
    yield started
    task.cancel()


async def receive(
    receiver: RecordingReceiver, count: int
) -> list[tuple[str, str | None, str | None]]:
    """Return the received signals once there are at least ``count`` of them."""
    await wait_until(lambda: len(receiver.received) >= count)
    return receiver.received


async def test_sync_and_async_receivers_are_called_with_the_person(
    receiver: RecordingReceiver, signals: PersonSignals
) -> None:
    signals.enqueue([user_key("7")], [visitor_key("ana")])
    hex_id = visitor_key("ana").id.hex()
    assert await receive(receiver, 2) == [("left", hex_id, None), ("joined", None, "7")]


async def test_an_exception_in_a_receiver_is_logged_and_other_receivers_are_called(
    receiver: RecordingReceiver, signals: PersonSignals, caplog: pytest.LogCaptureFixture
) -> None:
    def raise_error(**_: Any) -> None:
        raise ZeroDivisionError

    person_joined.connect(raise_error)
    try:
        signals.enqueue([user_key("7")], [])
        signals.enqueue([user_key("8")], [])
        assert len(await receive(receiver, 2)) == 2
        # Django logs an exception after it has called the other receivers.
        await wait_until(lambda: len(caplog.records) >= 2)
    finally:
        person_joined.disconnect(raise_error)
    assert [record.name for record in caplog.records] == ["django.dispatch"] * 2


async def test_signals_that_exceed_the_queue_are_dropped_and_one_line_is_logged(
    receiver: RecordingReceiver, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(person_signals, "MAX_WAITING", 2)
    unsent = PersonSignals()
    caplog.set_level(logging.WARNING, "landing")
    for _ in range(5):
        unsent.enqueue([user_key("7")], [])
    assert len(caplog.records) == 1


async def test_without_receivers_the_backend_is_not_asked_for_events(
    harness: WorkerHarness,
) -> None:
    await harness.connect("ana")
    assert not harness.presence.reports[-1].events


async def test_a_worker_sends_signals_for_joins_and_departures(
    harness: WorkerHarness, receiver: RecordingReceiver
) -> None:
    task = asyncio.ensure_future(harness.worker.parts.sync.signals.send_forever())
    connection = await harness.connect("ana")
    await harness.advance(1)
    harness.worker.disconnect(connection)
    await harness.advance(TIMING.linger_ms / 1000 + 1)
    hex_id = visitor_key("ana").id.hex()
    assert await receive(receiver, 2) == [("joined", hex_id, None), ("left", hex_id, None)]
    task.cancel()
