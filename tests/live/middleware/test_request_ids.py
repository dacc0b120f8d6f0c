"""Each request and each connection has an id in the log, and only a proxy may choose it."""

from __future__ import annotations

import asyncio
import contextvars
import logging
import re
from typing import Any

import pytest
from asgiref.sync import sync_to_async

from landing.live.middleware import request_ids
from landing.live.middleware.request_ids import RequestIds
from landing_site.logs.filters import RequestId
from tests.live.middleware.calls import Call, handshake, request

RANDOM = re.compile("[0-9a-f]{12}")


class Application:
    """Answers with a status, and remembers the ids that its code saw."""

    def __init__(self, status: int = 200) -> None:
        self.status = status
        self.ids: list[str | None] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.ids.append(request_ids.current())
        self.ids.append(await sync_to_async(request_ids.current)())
        self.ids.append(await asyncio.create_task(self._later()))
        if scope["type"] == "http":
            headers = [(b"content-type", b"text/plain")]
            await send({"type": "http.response.start", "status": self.status, "headers": headers})
            await send({"type": "http.response.body", "body": b"x"})

    async def _later(self) -> str | None:
        return request_ids.current()


async def id_of(call: Call, *, has_proxy: bool, status: int = 200) -> str:
    """Return the one id that all code of the call sees, run in a task as a server does."""
    application = Application(status)
    await asyncio.create_task(call.run(RequestIds(application, has_proxy=has_proxy)))
    (id,) = set(application.ids)
    assert id is not None
    return id


@pytest.mark.parametrize("has_proxy", [False, True])
@pytest.mark.parametrize("make", [request, handshake])
async def test_each_call_has_an_id_of_its_own(make: Any, has_proxy: bool) -> None:
    ids = {await id_of(make(), has_proxy=has_proxy) for _ in range(20)}
    assert len(ids) == 20
    assert all(RANDOM.fullmatch(id) for id in ids)
    assert request_ids.current() is None, "a task does not change the id of the code around it"


@pytest.mark.parametrize("make", [request, handshake])
@pytest.mark.parametrize("id", ["a", "3f2a9c1b-77.Z_", "x" * 64])
async def test_a_trusted_proxy_chooses_the_id(make: Any, id: str) -> None:
    assert await id_of(make(x_request_id=id), has_proxy=True) == id


@pytest.mark.parametrize("make", [request, handshake])
async def test_without_a_trusted_proxy_nobody_chooses_the_id(make: Any) -> None:
    assert RANDOM.fullmatch(await id_of(make(x_request_id="chosen"), has_proxy=False))


@pytest.mark.parametrize(
    "id", ["", "x" * 65, "a b", "a\n", "a\x1b[31m", "a\u2028", "ü", "a,b", 'a"', "a/b"]
)
async def test_an_unsafe_id_is_replaced(id: str) -> None:
    assert RANDOM.fullmatch(await id_of(request(x_request_id=id), has_proxy=True))


async def test_an_ambiguous_id_is_replaced() -> None:
    call = request(x_request_id="one")
    call.scope["headers"].append((b"X-Request-ID", b"two"))
    assert RANDOM.fullmatch(await id_of(call, has_proxy=True))


@pytest.mark.parametrize("status", [500, 503])
async def test_a_response_to_a_failure_has_the_id_and_all_its_own_headers(status: int) -> None:
    call = request()
    id = await id_of(call, has_proxy=False, status=status)
    assert call.headers == {b"content-type": b"text/plain", b"x-request-id": id.encode()}
    assert call.body == b"x"


@pytest.mark.parametrize("status", [200, 304, 404, 429])
async def test_a_response_that_a_cache_may_keep_has_no_id(status: int) -> None:
    call = request(x_request_id="chosen")
    await id_of(call, has_proxy=True, status=status)
    assert b"x-request-id" not in call.headers


async def test_a_handshake_is_passed_on_with_the_senders_own_callable() -> None:
    """The fast path finds the connection of Daphne in it."""
    seen: list[Any] = []

    async def application(scope: Any, receive: Any, send: Any) -> None:
        seen.append(send)

    call = handshake()
    send = call.send
    await RequestIds(application, has_proxy=True)(call.scope, call.receive, send)
    assert seen == [send]


def test_a_record_has_the_id_of_its_call_and_none_outside() -> None:
    def log() -> logging.LogRecord:
        record = logging.makeLogRecord({})
        assert RequestId().filter(record)
        return record

    def log_in_call() -> logging.LogRecord:
        request_ids._current.set("3f2a")
        return log()

    assert "request_id" not in vars(log())
    assert vars(contextvars.copy_context().run(log_in_call))["request_id"] == "3f2a"
