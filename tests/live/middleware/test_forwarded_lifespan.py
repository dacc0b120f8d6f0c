"""An application inside gets the events of the server, if it knows them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from channels.routing import ProtocolTypeRouter
from django.core.asgi import get_asgi_application

from landing.live.middleware.lifespan import LifespanApplication

STARTUP, SHUTDOWN = {"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}
#: How the events and their answers begin.
PREFIX = "lifespan."


class FakeProcess:
    """Notes its steps."""

    def __init__(self, steps: list[str]) -> None:
        self.steps = steps

    async def start(self) -> None:
        self.steps.append("the process starts")

    def stop(self) -> Awaitable[None]:
        self.steps.append("the process stops")
        return asyncio.sleep(0)

    def finish(self) -> None:
        pass


async def serve(inside: Any, steps: list[str], state: dict[str, Any] | None = None) -> list[Any]:
    """Send both events, and return the answers."""
    events: asyncio.Queue[Any] = asyncio.Queue()
    answers: list[Any] = []
    for event in (STARTUP, SHUTDOWN):
        events.put_nowait(event)

    async def send(message: Any) -> None:
        answers.append(message)

    application = LifespanApplication(inside, lambda: FakeProcess(steps), end=lambda: None)
    scope = {"type": "lifespan", "asgi": {"version": "3.0"}, "state": state}
    async with asyncio.timeout(10):
        await application(scope, events.get, send)
    return answers


Handle = Callable[[Any, Any], Awaitable[Any]]


def handling(steps: list[str], **answers: Any) -> Any:
    """Return an application with a lifespan. It answers with these fields of the messages."""

    async def application(scope: Any, receive: Any, send: Any) -> None:
        for name in ("startup", "shutdown"):
            event = await receive()
            assert event == {"type": PREFIX + name}
            steps.append(f"the project gets {name}")
            if scope["state"] is not None:
                scope["state"][name] = True
            await send({"type": f"{PREFIX}{name}.complete", **answers})

    return application


async def test_the_project_starts_first_and_stops_last() -> None:
    steps: list[str] = []
    state: dict[str, Any] = {}
    answers = await serve(handling(steps, extra=1), steps, state)
    assert steps == [
        "the project gets startup",
        "the process starts",
        "the process stops",
        "the project gets shutdown",
    ]
    assert answers == [
        {"type": "lifespan.startup.complete", "extra": 1},
        {"type": "lifespan.shutdown.complete", "extra": 1},
    ]
    assert state == {"startup": True, "shutdown": True}


async def raises_at_once(scope: Any, receive: Any, send: Any) -> None:
    raise KeyError(scope["type"])


async def raises_later(scope: Any, receive: Any, send: Any) -> None:
    await receive()
    await asyncio.sleep(0)
    raise AssertionError


async def returns(scope: Any, receive: Any, send: Any) -> None:
    return


@pytest.mark.parametrize(
    ("inside", "level"),
    [
        (get_asgi_application(), "DEBUG"),
        (ProtocolTypeRouter({}), "DEBUG"),
        (raises_at_once, "WARNING"),
        (raises_later, "WARNING"),
        (returns, None),
    ],
)
async def test_a_project_without_a_lifespan_is_served_too(
    inside: Any, level: str | None, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG", "landing")
    steps: list[str] = []
    answers = await serve(inside, steps)
    assert steps == ["the process starts", "the process stops"]
    assert [each["type"] for each in answers] == [
        "lifespan.startup.complete",
        "lifespan.shutdown.complete",
    ]
    logged = [each for each in caplog.records if "lifespan" in each.message]
    assert [each.levelname for each in logged] == ([level] if level else [])


async def test_the_server_learns_that_a_project_cannot_start() -> None:
    failed = {"type": "lifespan.startup.failed", "message": "no database"}

    async def inside(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send(failed)

    steps: list[str] = []
    answers = await serve(inside, steps)
    assert answers[0] == failed
    assert steps == []


async def test_a_project_may_end_its_lifespan_after_the_start() -> None:
    async def inside(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "lifespan.startup.complete"})

    steps: list[str] = []
    answers = await serve(inside, steps)
    assert [each["type"] for each in answers] == [
        "lifespan.startup.complete",
        "lifespan.shutdown.complete",
    ]


async def test_a_project_that_waits_forever_ends_with_the_server() -> None:
    ended = asyncio.Event()

    async def inside(scope: Any, receive: Any, send: Any) -> None:
        try:
            for name in ("startup", "shutdown"):
                await receive()
                await send({"type": f"lifespan.{name}.complete"})
            await receive()
        finally:
            ended.set()

    await serve(inside, [])
    async with asyncio.timeout(10):
        await ended.wait()


async def test_the_loops_do_not_get_the_context_of_the_request_that_starts_them() -> None:
    from contextvars import ContextVar

    request: ContextVar[str] = ContextVar("request", default="none")
    seen: list[str] = []

    class Process(FakeProcess):
        async def start(self) -> None:
            seen.append(request.get())

    def build() -> Process:
        seen.append(request.get())
        return Process([])

    async def inside(scope: Any, receive: Any, send: Any) -> None:
        seen.append(request.get())

    application = LifespanApplication(inside, build, end=lambda: None)
    request.set("the first")
    await application({"type": "http"}, None, None)
    assert seen == ["none", "none", "the first"]
