"""A body that is too large or too slow."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from landing.live.middleware import bounded_body, refusals
from landing.live.middleware.bounded_body import BoundedBody
from landing.live.transport.guard import MAX_DISCARDED_BYTES
from tests.live.middleware.calls import Call, request
from tests.metrics import samples

DISCONNECT = {"type": "http.disconnect"}


def bounded(call: Call, max_bytes: int = 2_000) -> BoundedBody:
    return BoundedBody(call.scope, call.receive, call.send, max_bytes)


async def read(body: BoundedBody) -> list[int | str]:
    """Return the sizes of the parts, and the type of a last message that is none."""
    sizes: list[int | str] = []
    while True:
        message = await body.receive()
        if message["type"] != "http.request":
            return [*sizes, message["type"]]
        sizes.append(len(message["body"]))
        if not message["more_body"]:
            return sizes


async def test_a_body_of_the_permitted_size_arrives() -> None:
    call = request(1_000, 1_000, 0)

    assert await read(bounded(call)) == [1_000, 1_000, 0]
    assert call.sent == []


async def test_the_application_receives_no_byte_over_the_limit() -> None:
    call = request(1_500, 501, 1_000)
    body = bounded(call)

    with samples.hits_of_limits() as counted:
        assert await read(body) == [1_500, "http.disconnect"]
    assert call.status == 413
    assert counted == {"body_bytes": 1}
    assert await body.receive() == DISCONNECT


async def test_the_application_cannot_answer_a_second_time() -> None:
    call = request(3_000)
    body = bounded(call)
    await read(body)
    sent = list(call.sent)

    await body.send({"type": "http.response.start", "status": 200, "headers": []})

    assert call.sent == sent


async def test_a_refused_client_may_send_a_bounded_rest() -> None:
    call = request(3_000, *(100_000 for _ in range(50)))

    await read(bounded(call))

    assert 50 - call.unread == MAX_DISCARDED_BYTES // 100_000 + 1


async def test_an_application_that_has_begun_its_answer_may_end_it() -> None:
    call = request(3_000)
    body = bounded(call)
    await body.send({"type": "http.response.start", "status": 200, "headers": []})

    assert await read(body) == ["http.disconnect"]
    await body.send({"type": "http.response.body", "body": b"partial"})

    assert call.status == 200
    assert call.sent[-1]["body"] == b"partial"


async def test_a_body_that_never_ends_gets_408(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounded_body, "BODY_SECONDS", 0.01)
    monkeypatch.setattr(refusals, "CLOSING_SECONDS", 0.01)
    call = request(1_000, 1_000)
    parts = [await call.receive()]

    async def receive() -> Any:
        return parts.pop() if parts else await asyncio.Event().wait()

    body = BoundedBody(call.scope, receive, call.send, 2_000)

    with samples.hits_of_limits() as counted:
        assert await read(body) == [1_000, "http.disconnect"]
    assert call.status == 408
    assert counted == {"request_time": 1}


async def test_after_the_body_an_application_may_wait_for_the_disconnect(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(bounded_body, "BODY_SECONDS", 0.0)
    arrives: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
    call = request(1_000)
    parts: list[Any] = [await call.receive()]

    async def receive() -> Any:
        return parts.pop() if parts else await arrives

    body = BoundedBody(call.scope, receive, call.send, 2_000)
    assert await read(body) == [1_000]
    waiting = asyncio.ensure_future(body.receive())
    await asyncio.sleep(0.02)
    arrives.set_result(DISCONNECT)

    assert await waiting == DISCONNECT
    assert call.sent == []
