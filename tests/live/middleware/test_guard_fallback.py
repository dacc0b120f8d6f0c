"""The limits of a network, asked by the application."""

from __future__ import annotations

import json
import logging
from typing import Any

import pytest

from landing.conf import LandingSettings
from landing.live.middleware.guard_fallback import GuardedApplication
from landing.live.transport.guard import Guard
from tests.live.middleware.calls import Call, handshake, request

LIMITS: dict[str, Any] = {
    "LANDING_MAX_BODY_BYTES": 2_000,
    "LANDING_BODY_LIMITS": ("/upload/=5000",),
    "LANDING_NETWORK_REQUESTS_PER_SECOND": 0.2,
    "LANDING_NETWORK_HANDSHAKES_PER_SECOND": 0.4,
    "LANDING_NETWORK_MAX_CONNECTIONS": 1,
}


class Site:
    """An application that reads each body and each message, behind the limits.

    ``inner`` is called while the next WebSocket is open.
    """

    def __init__(self, **limits: Any) -> None:
        self.guard = Guard.from_settings(LandingSettings(**{**LIMITS, **limits}))
        self.application = GuardedApplication(self._run, self.guard)
        self.seen: list[str] = []
        self.inner: Call | None = None

    async def call(self, call: Call) -> Call:
        await call.run(self.application)
        return call

    async def _run(self, scope: Any, receive: Any, send: Any) -> None:
        self.seen.append(scope["type"])
        if scope["type"] == "lifespan":
            return
        if scope["type"] == "http":
            await _read_body(receive, send)
            return
        await send({"type": "websocket.accept"})
        if self.inner is not None:
            inner, self.inner = self.inner, None
            await self.call(inner)
        while (await receive())["type"] != "websocket.disconnect":
            pass


async def _read_body(receive: Any, send: Any) -> None:
    while (message := await receive()).get("more_body"):
        pass
    if message["type"] == "http.request":
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})


# -- requests


async def test_a_request_over_the_rate_of_its_network_gets_429_and_when_to_try_again() -> None:
    site = Site()

    first, second = await site.call(request()), await site.call(request())

    assert (first.status, second.status) == (200, 429)
    assert second.headers[b"retry-after"] == b"5"
    assert second.headers[b"connection"] == b"close"
    assert json.loads(second.body)["detail"].endswith("Retry after 5 s.")
    assert site.seen == ["http"]
    assert (await site.call(request(client="192.0.2.2"))).status == 200


async def test_an_ipv6_network_is_a_64() -> None:
    site = Site()

    statuses = [
        (await site.call(request(client=client))).status
        for client in ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", "2001:db8:1:3::1")
    ]

    assert statuses == [200, 429, 200]


async def test_behind_a_proxy_the_forwarded_network_is_limited() -> None:
    site = Site(LANDING_TRUSTED_PROXY_COUNT=1)

    statuses = [
        (await site.call(request(x_forwarded_for=f"203.0.113.9, {client}"))).status
        for client in ("198.51.100.1", "198.51.100.1", "198.51.100.2")
    ]

    assert statuses == [200, 429, 200]


@pytest.mark.parametrize("proxies", [0, 1])
async def test_clients_without_an_address_have_no_limit_together_and_one_warning(
    proxies: int, caplog: pytest.LogCaptureFixture
) -> None:
    site = Site(LANDING_TRUSTED_PROXY_COUNT=proxies)
    with caplog.at_level(logging.WARNING):
        calls = [await site.call(request(client=None)) for _ in range(3)]
        site.inner = handshake(client=None)
        await site.call(handshake(client=None))

    assert [call.status for call in calls] == [200, 200, 200]
    assert site.seen.count("websocket") == 2
    assert [record.message.split(",")[0] for record in caplog.records] == [
        "The clients of a Unix socket have no address"
    ]


@pytest.mark.parametrize(
    ("path", "root_path", "length", "status"),
    [
        ("/", "", "2000", 200),
        ("/", "", "2001", 413),
        ("/upload/picture", "", "5000", 200),
        ("/upload/picture", "", "5001", 413),
        ("/app/upload/picture", "/app", "5000", 200),
        ("/applied/upload/", "/app", "5000", 413),
        ("/", "", "9" * 5_000, 200),  # int() refuses it, so the bytes count
        ("/", "", "many", 200),
    ],
)
async def test_a_length_over_the_limit_of_its_path_gets_413_before_the_application_runs(
    path: str, root_path: str, length: str, status: int
) -> None:
    site = Site()
    call = request(content_length=length)
    call.scope |= {"path": path, "root_path": root_path}

    await site.call(call)

    assert call.status == status
    assert site.seen == (["http"] if status == 200 else [])


@pytest.mark.parametrize(
    ("method", "accept"), [("POST", "text/html,*/*;q=0.8"), ("HEAD", "*/*")], ids=["page", "HEAD"]
)
async def test_a_page_of_a_browser_and_a_head_request_get_no_body(method: str, accept: str) -> None:
    call = request(0, content_length="9000", accept=accept)
    call.scope["method"] = method
    await Site().call(call)

    assert (call.status, call.body) == (413, b"")
    assert call.headers[b"content-length"] == b"0"


async def test_a_chunked_body_over_the_limit_gets_413_without_its_rest() -> None:
    call = await Site().call(request(1_000, 1_000, 1))

    assert call.status == 413


async def test_a_refusal_over_http_2_has_no_connection_header() -> None:
    call = await Site().call(request(0, http_version="2", content_length="9000"))

    assert call.headers.keys() == {b"content-length", b"content-type"}


# -- handshakes


async def test_a_handshake_over_the_rate_gets_429_and_when_to_try_again() -> None:
    site = Site()

    calls = [await site.call(handshake()) for _ in range(3)]

    assert [call.status for call in calls] == [None, None, 429]
    assert calls[2].headers[b"retry-after"] == b"3"


async def test_websockets_over_the_maximum_get_429_until_others_close() -> None:
    site = Site(LANDING_NETWORK_HANDSHAKES_PER_SECOND=10)
    site.inner = second = handshake()

    await site.call(handshake())

    assert second.status == 429
    assert b"retry-after" not in second.headers
    assert (await site.call(handshake())).status is None
    assert site.guard.limits.connections_of("192.0.2.1") == 0


async def test_a_websocket_whose_application_fails_no_longer_counts() -> None:
    async def fail(scope: Any, receive: Any, send: Any) -> None:
        raise RuntimeError

    guard = Site().guard
    with pytest.raises(RuntimeError):
        await handshake().run(GuardedApplication(fail, guard))

    assert guard.limits.connections_of("192.0.2.1") == 0


async def test_a_server_that_allows_no_other_status_refuses_with_403() -> None:
    site = Site(LANDING_NETWORK_MAX_CONNECTIONS=1)
    site.inner = second = handshake()
    second.scope["extensions"] = None

    await site.call(handshake())

    assert second.sent == [{"type": "websocket.close"}]


# -- who asks


async def test_an_installed_guard_is_not_asked_again() -> None:
    site = Site()
    site.guard.is_installed = True

    calls = [await site.call(request(content_length="9000")) for _ in range(9)]

    assert {call.status for call in calls} == {200}
    assert not len(site.guard.limits.requests)


async def test_other_calls_pass() -> None:
    site = Site()

    await site.call(Call({"type": "lifespan"}))

    assert site.seen == ["lifespan"]
