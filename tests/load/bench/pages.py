"""HTTP clients in a closed loop: each sends its next request after the response.

This module counts the responses. The scenarios choose servers and paths.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Self, cast

from landing import conf
from landing.visitors import visitor_cookie
from tests.load.bench.greetings import END_OF_HEAD
from tests.load.bench.servers import Server
from tests.services.ports import HOST

#: The request of a browser, so that its page view is recorded.
_REQUEST = """\
GET {path} HTTP/1.1\r
Host: {host}\r
User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) \
Chrome/131.0.0.0 Safari/537.36\r
Accept: text/html,application/json\r
Cookie: {cookie}\r
\r
"""
_LENGTH = b"content-length: "
#: Time for the servers to close the connections.
ENDED_SECONDS = 60


@dataclass
class Answers:
    """The number of responses with status 200, and the heads of all others."""

    ok: int = 0
    #: responses with status 200 within ``seconds``
    ok_in_time: int = 0
    seconds: float = 0.0
    others: list[bytes] = field(default_factory=list)
    #: load of this process on its core
    busy: float = 0.0

    @property
    def per_second(self) -> float:
        return self.ok_in_time / self.seconds


def ask(
    servers: Sequence[Server],
    path: str,
    clients: int,
    seconds: float,
    then: Callable[[], None] | None = None,
) -> Answers:
    """Run clients for ``seconds``, and until the first response, spread evenly over the servers.

    ``then`` is called while they still send requests. It must make the servers close.
    """
    return asyncio.run(_ask(servers, path, clients, seconds, then))


async def _ask(
    servers: Sequence[Server],
    path: str,
    clients: int,
    seconds: float,
    then: Callable[[], None] | None,
) -> Answers:
    answers, loop, responded = Answers(), asyncio.get_running_loop(), asyncio.Event()
    asking = [
        _Client(answers, responded, path, servers[number % len(servers)])
        for number in range(clients)
    ]
    for client in asking:
        await loop.create_connection(client.itself, HOST, client.port)
    responded.clear()
    answers.ok, began, began_cpu = 0, time.perf_counter(), time.process_time()
    await asyncio.sleep(seconds)
    # On a busy machine, the first response can come after a short run.
    await asyncio.wait_for(responded.wait(), ENDED_SECONDS)
    answers.ok_in_time, answers.seconds = answers.ok, time.perf_counter() - began
    answers.busy = (time.process_time() - began_cpu) / answers.seconds
    if then is None:
        for client in asking:
            client.stop()
    else:
        then()
    await asyncio.wait_for(asyncio.gather(*(client.ended for client in asking)), ENDED_SECONDS)
    return answers


class _Client(asyncio.Protocol):
    """One visitor with one connection."""

    def __init__(
        self, answers: Answers, responded: asyncio.Event, path: str, server: Server
    ) -> None:
        self.port = server.port
        self.ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._answers = answers
        self._responded = responded
        visitor = visitor_cookie.dump_cookie(visitor_cookie.create_visitor())
        cookie = f"{conf.read().LANDING_VISITOR_COOKIE_NAME}={visitor}"
        host = f"{HOST}:{server.port}"
        self._request = _REQUEST.format(path=path, host=host, cookie=cookie).encode()
        self._buffer = b""
        self._is_counted = False
        self._transport: asyncio.WriteTransport | None = None

    def itself(self) -> Self:
        return self

    def stop(self) -> None:
        if self._transport is not None:
            self._transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.WriteTransport", transport)
        self._transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head, end, body = self._buffer.partition(END_OF_HEAD)
        if not end:
            return
        if not self._is_counted:
            # The view was accepted once its head arrives, even if the rest does not.
            self._count(head)
        length = int(head.lower().partition(_LENGTH)[2].partition(b"\r\n")[0])
        if len(body) >= length and self._transport is not None:
            self._buffer, self._is_counted = b"", False
            self._transport.write(self._request)

    def connection_lost(self, error: Exception | None) -> None:
        self.ended.set_result(None)

    def _count(self, head: bytes) -> None:
        self._is_counted = True
        self._responded.set()
        status = head.partition(b"\r\n")[0]
        if status.split()[1] == b"200":
            self._answers.ok += 1
        else:
            self._answers.others.append(status)
