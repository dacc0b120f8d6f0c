"""The process stops once, by the events of its server or by a signal that nobody else handles."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Awaitable, Iterator
from types import ModuleType
from typing import Any

import pytest

from landing.live.middleware.lifespan import LifespanApplication


class FakeProcess:
    """A process that takes a while to stop."""

    def __init__(self) -> None:
        self.steps: list[str] = []
        self.changed = asyncio.Event()
        self.may_stop = asyncio.Event()

    async def start(self) -> None:
        self.steps.append("start")
        self.changed.set()

    def stop(self) -> Awaitable[None]:
        self.steps.append("stop")
        self.changed.set()
        return self._drain()

    async def _drain(self) -> None:
        await self.may_stop.wait()
        self.steps.append("drained")

    def finish(self) -> None:
        self.steps.append("finish")


class Served:
    """A started application, its process, and the events of its server."""

    def __init__(self) -> None:
        self.process = FakeProcess()
        self.ended = asyncio.Event()
        self.events: asyncio.Queue[dict[str, str]] = asyncio.Queue()
        self.sent: list[str] = []
        application = LifespanApplication(None, lambda: self.process, end=self._end)
        self.task = asyncio.create_task(
            application({"type": "lifespan"}, self.events.get, self._send)
        )

    def _end(self) -> None:
        self.process.steps.append("end")
        self.ended.set()

    async def _send(self, message: Any) -> None:
        self.sent.append(message["type"])

    async def receive(self, event: str) -> None:
        """Send an event, and wait until the process begins to start or to stop."""
        self.process.changed.clear()
        await self.events.put({"type": f"lifespan.{event}"})
        await self.process.changed.wait()


@pytest.fixture(autouse=True)
def _without_handler() -> Iterator[None]:
    """Leave SIGTERM to the system, as Hypercorn's workers do."""
    before = signal.signal(signal.SIGTERM, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGTERM, before)


async def terminate() -> None:
    """Send SIGTERM to this process, and let the event loop receive it."""
    os.kill(os.getpid(), signal.SIGTERM)
    await asyncio.sleep(0.01)


async def test_a_signal_that_the_server_does_not_handle_stops_the_process_first() -> None:
    served = Served()
    await served.receive("startup")
    await terminate()
    served.process.may_stop.set()
    await served.ended.wait()

    assert served.process.steps == ["start", "stop", "drained", "finish", "end"]
    served.task.cancel()


async def test_a_signal_in_the_middle_of_a_stop_waits_for_its_end() -> None:
    served = Served()
    await served.receive("startup")
    await served.receive("shutdown")
    await terminate()
    await terminate()
    assert "end" not in served.process.steps
    served.process.may_stop.set()
    await served.task

    assert served.sent == ["lifespan.startup.complete", "lifespan.shutdown.complete"]
    await served.ended.wait()
    assert served.process.steps[:4] == ["start", "stop", "drained", "finish"]


async def test_a_signal_that_the_server_handles_is_left_to_it() -> None:
    received: list[int] = []
    signal.signal(signal.SIGTERM, lambda number, frame: received.append(number))
    served = Served()
    await served.receive("startup")
    await terminate()

    assert received == [signal.SIGTERM]
    assert served.process.steps == ["start"]
    served.task.cancel()


@pytest.fixture
def received(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Handle SIGTERM as a server does, and return what it has received."""
    numbers: list[int] = []
    signal.signal(signal.SIGTERM, lambda number, frame: numbers.append(number))
    monkeypatch.delitem(sys.modules, "daphne.server", raising=False)
    return numbers


async def serve_a_request(process: FakeProcess) -> LifespanApplication:
    async def answer(scope: Any, receive: Any, send: Any) -> None:
        process.steps.append("answer")

    application = LifespanApplication(answer, lambda: process, end=lambda: None)
    await application({"type": "http"}, None, None)
    return application


async def test_without_a_lifespan_a_handled_signal_stops_the_process_too(
    received: list[int],
) -> None:
    """A middleware outside may know no lifespan, so that the server sends none."""
    process = FakeProcess()
    process.may_stop.set()
    await serve_a_request(process)
    await terminate()
    assert received == [signal.SIGTERM]
    assert process.steps[:4] == ["start", "answer", "stop", "drained"]
    await terminate()
    assert received == [signal.SIGTERM] * 2
    assert process.steps.count("stop") == 1


async def test_daphne_stops_the_process_after_its_requests(
    received: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "daphne.server", ModuleType("daphne.server"))
    process = FakeProcess()
    await serve_a_request(process)
    await terminate()
    assert received == [signal.SIGTERM]
    assert process.steps == ["start", "answer"]
