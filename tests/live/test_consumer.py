"""The WebSocket through the complete ASGI application, without a network."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from channels.testing import WebsocketCommunicator
from django.contrib.auth.models import User
from django.db.backends.utils import CursorWrapper
from django.test import AsyncClient, override_settings
from django.utils import timezone

from landing import asgi
from landing.analytics import dwell, recording
from landing.live import worker
from landing.live.absent_worker import AbsentWorker
from landing.live.consumer import LiveConsumer
from landing.live.worker import Worker
from landing.models import Analytics
from landing.visitors import visitor_cookie

Headers = Sequence[tuple[bytes, bytes]]


async def _no_http(scope: Any, receive: Any, send: Any) -> None:
    raise AssertionError("these tests request no pages")


@pytest.fixture
def application(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return the application with empty tables."""

    async def no_aggregates(shown: Any) -> None:
        return None

    async def no_activities() -> list[Any]:
        return []

    monkeypatch.setattr("landing.stats.read_aggregates", no_aggregates)
    monkeypatch.setattr("landing.background.BackgroundTasks.sample_soon", lambda *arguments: None)
    monkeypatch.setattr("landing.background._read_newest_activities", no_activities)
    return asgi.application(_no_http)


@pytest.fixture
def queries(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Record every query of every thread."""
    made: list[str] = []
    execute = CursorWrapper.execute

    def record(self: CursorWrapper, sql: str, params: Any = None) -> Any:
        made.append(sql)
        return execute(self, sql, params)

    monkeypatch.setattr(CursorWrapper, "execute", record)
    return made


@pytest.fixture
async def open_socket(application: Any) -> AsyncIterator[Any]:
    """Open sockets as a browser does, and close the remaining ones at the end."""
    sockets: list[WebsocketCommunicator] = []

    async def _open(
        path: str = "/ws/landing/",
        *,
        cookies: str = "",
        origin: str | None = None,
        more: Headers = (),
    ) -> WebsocketCommunicator:
        headers = [(b"host", b"testserver"), (b"user-agent", b"test"), *more]
        if cookies:
            headers.append((b"cookie", cookies.encode()))
        if origin:
            headers.append((b"origin", origin.encode()))
        socket = WebsocketCommunicator(application, path, headers=headers)
        socket.accepted, _ = await socket.connect()
        sockets.append(socket)
        return socket

    yield _open
    for socket in sockets:
        if not socket.future.done():
            await socket.disconnect()
    live = worker.current()
    if live.is_serving:
        await live.stop()
    worker.set_current(AbsentWorker())


def cookie_header(visitor: bytes | None = None) -> str:
    visitor = visitor or visitor_cookie.create_visitor()
    return f"landing_visitor={visitor_cookie.dump_cookie(visitor)}"


def live_worker() -> Worker:
    live = worker.current()
    assert live.is_serving
    return live


async def frames(socket: WebsocketCommunicator, seconds: float = 0.4) -> list[dict[str, Any]]:
    """Return the frames until none arrives for ``seconds``."""
    received = []
    while not await socket.receive_nothing(seconds):
        received.append(json.loads(await socket.receive_from()))
    return received


async def frame(socket: WebsocketCommunicator, kind: str) -> dict[str, Any]:
    """Return the next frame of a type."""
    while True:
        received = json.loads(await socket.receive_from(timeout=10))
        if received["type"] == kind:
            return received


async def shows(socket: WebsocketCommunicator, **numbers: int) -> None:
    """Wait until the socket receives these counts."""
    while (count := await frame(socket, "connection-count")) | numbers != count:
        pass


async def test_a_new_socket_gets_the_count_an_empty_history_and_the_spread(
    open_socket: Any,
) -> None:
    socket = await open_socket()
    kinds = [each["type"] for each in await frames(socket)]
    assert kinds[:3] == ["connection-count", "activity-history", "retry"]


async def test_two_visitors_are_two_people_and_a_second_tab_is_a_connection(
    open_socket: Any,
) -> None:
    ana = cookie_header()
    first = await open_socket(cookies=ana)
    await open_socket(cookies=ana)
    await open_socket(cookies=cookie_header())
    await shows(first, people=2, count=3, signed_in=0)


async def test_a_tampered_cookie_counts_as_a_person(open_socket: Any) -> None:
    socket = await open_socket(cookies="landing_visitor=tampered; sessionid=")
    assert socket.accepted
    assert (await frame(socket, "retry"))["after_ms_max"] == 1024


async def test_without_cookies_an_address_and_user_agent_are_one_person(open_socket: Any) -> None:
    socket = await open_socket()
    await open_socket()
    await shows(socket, people=1, count=2)


BAD_FRAMES = ["", "nope", "[]", '{"type": "publish"}', "x" * 100_000, '{"a":' * 5_000, b"\x00\xff"]


async def test_bad_frames_are_answered_and_the_person_still_counts(
    open_socket: Any,
) -> None:
    socket = await open_socket(cookies=cookie_header())
    for bad in BAD_FRAMES:
        content = {"bytes": bad} if isinstance(bad, bytes) else {"text": bad}
        await socket.send_input({"type": "websocket.receive", **content})
        assert (await frame(socket, "error"))["detail"]
    await socket.send_to(text_data='{"type": "ping"}')
    await frame(socket, "pong")
    await frames(socket)
    shown = live_worker().snapshot()
    assert shown is not None
    assert (shown.snapshot.people, shown.snapshot.connections) == (1, 1)


async def test_too_many_bad_frames_end_the_connection_with_4400(open_socket: Any) -> None:
    socket = await open_socket()
    await frames(socket)
    for _ in range(10):
        await socket.send_to(text_data="nope")
        assert json.loads(await socket.receive_from())["code"] == "not-json"
    assert (await socket.receive_output())["code"] == 4400


async def test_too_many_sockets_of_one_visitor_are_closed_with_4429(open_socket: Any) -> None:
    with override_settings(LANDING_MAX_CONNECTIONS_PER_VISITOR=2):
        cookie = cookie_header()
        for _ in range(2):
            assert (await open_socket(cookies=cookie)).accepted
        third = await open_socket(cookies=cookie)
        assert (await third.receive_output())["code"] == 4429
        assert len(live_worker().connections()) == 2
        assert (await open_socket(cookies=cookie_header())).accepted


@pytest.mark.parametrize("query", ["?topics=activity", "?topics=activity,nonsense"])
async def test_topics_select_the_frames(open_socket: Any, query: str) -> None:
    socket = await open_socket(f"/ws/landing/{query}")
    kinds = {each["type"] for each in await frames(socket)}
    assert kinds == {"activity-history", "retry"}


async def test_subscribing_sends_the_current_state_and_unsubscribing_stops(
    open_socket: Any,
) -> None:
    socket = await open_socket("/ws/landing/?topics=")
    assert [each["type"] for each in await frames(socket)] == ["retry"]
    await socket.send_to(text_data='{"type": "subscribe-online"}')
    assert (await frame(socket, "connection-count"))["count"] == 1
    await socket.send_to(text_data='{"type": "subscribe-activity"}')
    assert (await frame(socket, "activity-history"))["items"] == []
    await socket.send_to(text_data='{"type": "unsubscribe-online"}')
    await open_socket(cookies=cookie_header())
    assert "connection-count" not in {each["type"] for each in await frames(socket)}


@pytest.mark.parametrize(
    ("origin", "accepted"),
    [
        ("http://testserver", True),
        ("https://testserver:8443", True),
        ("https://shop.example.org", True),
        ("https://example.com", False),
        ("https://testserver.example.com", False),
        ("null", False),
        ("http://[", False),
        ("http://testserver:port", False),
        (None, True),
    ],
)
async def test_a_foreign_origin_is_refused(
    origin: str | None, accepted: bool, settings: Any, application: Any
) -> None:
    settings.ALLOWED_HOSTS = ["testserver"]
    settings.CSRF_TRUSTED_ORIGINS = ["https://*.example.org"]
    headers = [(b"origin", origin.encode())] if origin else []
    socket = WebsocketCommunicator(asgi.application(_no_http), "/ws/landing/", headers=headers)
    assert (await socket.connect())[0] is accepted
    await socket.disconnect()
    await live_worker().stop()
    worker.set_current(AbsentWorker())


async def test_another_path_is_refused_without_a_traceback(open_socket: Any) -> None:
    assert not (await open_socket("/ws/elsewhere/")).accepted


async def test_a_draining_worker_accepts_no_sockets(open_socket: Any) -> None:
    await open_socket()
    await live_worker().stop()
    assert not (await open_socket()).accepted


@pytest.mark.parametrize("ending", ["goodbye", "cancelled", "exception"])
async def test_no_connection_remains_after_any_end(
    open_socket: Any, ending: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    socket = await open_socket(cookies=cookie_header())
    await frames(socket)
    live = live_worker()
    assert len(live.connections()) == 1
    if ending == "goodbye":
        await socket.disconnect()
    elif ending == "cancelled":
        socket.future.cancel()
    else:
        monkeypatch.setattr(LiveConsumer, "receive", lambda *_, **__: 1 / 0)
        await socket.send_to(text_data="anything")
    await asyncio.wait([socket.future], timeout=1)
    assert socket.future.done()
    assert len(live.connections()) == 0
    assert not list(live.connections().keys())


async def test_a_socket_needs_only_the_task_of_the_server(open_socket: Any) -> None:
    await frames(await open_socket())
    before = len(asyncio.all_tasks())
    for _ in range(5):
        await frames(await open_socket(cookies=cookie_header()), seconds=0.05)
    assert len(asyncio.all_tasks()) == before + 5


async def test_a_departure_needs_no_thread(
    open_socket: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    socket = await open_socket(cookies=cookie_header())

    def refuse(*arguments: object) -> None:
        raise AssertionError("a departure must not wait for session lookups")

    monkeypatch.setattr(asyncio.get_running_loop(), "run_in_executor", refuse)
    await socket.send_input({"type": "websocket.disconnect", "code": 1000})
    await asyncio.wait([socket.future], timeout=1)
    assert socket.future.done()
    assert len(live_worker().connections()) == 0


@pytest.mark.parametrize(
    ("path", "more", "recorded"),
    [
        ("/ws/landing/", [], True),
        ("/ws/landing/", [(b"sec-gpc", b"0"), (b"dnt", b"0")], True),
        ("/ws/landing/", [(b"Sec-GPC", b"1")], False),
        ("/ws/landing/", [(b"dnt", b"0"), (b"DNT", b"1")], False),
        ("/ws/landing/", [(b"dnt", b"\xff\xfe")], True),
        ("/ws/landing/", [(b"sec-purpose", b"prefetch;prerender")], False),
        ("/ws/landing/", [(b"user-agent", b"Twitterbot/1.0")], False),
        ("/ws/landing/?record=no", [], False),
        ("/ws/landing/?record=yes&topics=online", [], True),
        ("/ws/landing/?record=yes&record=no", [], False),
        ("/ws/landing/?record=", [], True),
    ],
)
async def test_an_unrecorded_visitor_counts_like_others(
    open_socket: Any, path: str, more: Headers, recorded: bool
) -> None:
    socket = await open_socket(path, cookies=cookie_header(), more=more)

    await shows(socket, people=1, count=1)
    assert [each.is_recorded for each in live_worker().connections()] == [recorded]


async def test_a_visitor_without_a_cookie_is_counted_and_not_recorded(open_socket: Any) -> None:
    await frames(await open_socket())

    assert [(each.is_counted, each.is_recorded) for each in live_worker().connections()] == [
        (True, False)
    ]


@pytest.mark.django_db(transaction=True)
async def test_only_recorded_visitors_leave_dwell_rows(open_socket: Any) -> None:
    ana = visitor_cookie.create_visitor()
    await open_socket(cookies=cookie_header(ana))
    await open_socket(cookies=cookie_header(ana))
    await open_socket(cookies=cookie_header(), more=[(b"sec-gpc", b"1")])
    await open_socket("/ws/landing/?record=no", cookies=cookie_header())
    await open_socket()

    at = dwell.last_due_at(timezone.now())
    assert await dwell.record(live_worker().connections(), at) == 1
    assert await sync_to_async(recording.writer.flush)()
    assert [each.visitor_id async for each in Analytics.objects.all()] == [ana]


@pytest.mark.django_db(transaction=True)
class TestQueries:
    """Database queries of a handshake."""

    async def test_an_anonymous_handshake_makes_no_query_and_a_session_two(
        self, open_socket: Any, queries: list[str]
    ) -> None:
        await frames(await open_socket(cookies=cookie_header()))
        assert queries == []
        user = await User.objects.acreate_user("ana", password="a long enough password")
        client = AsyncClient()
        await client.aforce_login(user)
        queries.clear()
        session = client.cookies["sessionid"].value
        await frames(await open_socket(cookies=f"{cookie_header()}; sessionid={session}"))
        assert len(queries) == 2

    async def test_signing_in_turns_an_anonymous_person_into_a_user(self, open_socket: Any) -> None:
        ana = cookie_header()
        anonymous = await open_socket(cookies=ana)
        await frames(anonymous)
        user = await User.objects.acreate_user("ana", password="a long enough password")
        client = AsyncClient()
        await client.aforce_login(user)
        session = client.cookies["sessionid"].value
        signed_in = await open_socket(cookies=f"{ana}; sessionid={session}")
        await shows(signed_in, people=1, signed_in=1, anonymous=0, count=2)

    async def test_staff_may_be_excluded_from_the_counts(self, open_socket: Any) -> None:
        staff = await User.objects.acreate_user("eve", password="x" * 12, is_staff=True)
        client = AsyncClient()
        await client.aforce_login(staff)
        session = client.cookies["sessionid"].value
        with override_settings(LANDING_IGNORE_STAFF=True):
            socket = await open_socket(cookies=f"{cookie_header()}; sessionid={session}")
            last = [each for each in await frames(socket) if each["type"] == "connection-count"][-1]
        assert (last["people"], last["count"]) == (0, 0)
        assert [each.is_recorded for each in live_worker().connections()] == [False]


class TestLifespan:
    """Startup and shutdown on servers with the lifespan protocol."""

    async def test_the_worker_starts_and_drains_with_the_server(self, application: Any) -> None:
        messages: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        sent: list[str] = []

        async def send(message: dict[str, Any]) -> None:
            sent.append(message["type"])

        await messages.put({"type": "lifespan.startup"})
        await messages.put({"type": "lifespan.shutdown"})
        await application({"type": "lifespan"}, messages.get, send)
        assert sent == ["lifespan.startup.complete", "lifespan.shutdown.complete"]
        assert live_worker().is_draining
        worker.set_current(AbsentWorker())
