"""``wrap()`` takes one WebSocket and the lifespan, and leaves everything else as it is."""

from __future__ import annotations

import asyncio
import gc
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from channels.routing import ProtocolTypeRouter
from channels.testing import WebsocketCommunicator
from django.contrib.staticfiles.handlers import ASGIStaticFilesHandler
from django.core.asgi import get_asgi_application
from django.core.handlers.asgi import ASGIHandler
from pytest_django import Settings

from landing import asgi
from landing.asgi.server_process import ServerProcess
from landing.live import worker
from landing.live.absent_worker import AbsentWorker
from landing.live.middleware.bounded_frames import BoundedFrames
from landing.live.transport.guard import Guard
from tests.live.conftest import AGENT, application

__all__ = ["application"]  # without rows of the database

PATH = "/ws/landing/"
HEADERS = [(b"host", b"testserver"), AGENT]


class Project:
    """An application that keeps each call, and answers WebSockets."""

    def __init__(self) -> None:
        self.calls: list[tuple[Any, Any, Any]] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.calls.append((scope, receive, send))
        if scope["type"] == "websocket":
            await send({"type": "websocket.accept", "subprotocol": "chat"})


@pytest.fixture(autouse=True)
async def _as_in_a_project(settings: Settings, application: Any) -> AsyncIterator[None]:
    settings.LIVE_USER_COUNTER = {"PROCESS_TUNING": False}
    yield
    current = worker.current()
    if current.is_serving:
        await current.stop()
    worker.set_current(AbsentWorker())


@pytest.fixture
def project() -> Project:
    return Project()


def connect(wrapped: Any, path: str = PATH, **more: Any) -> WebsocketCommunicator:
    connection = WebsocketCommunicator(wrapped, path, headers=HEADERS)
    connection.scope.update(more)
    return connection


async def receive() -> Any:
    await asyncio.Event().wait()


async def send(message: Any) -> None: ...


@pytest.mark.parametrize(
    "scope",
    [
        {"type": "http", "path": "/", "headers": []},
        {"type": "http", "path": PATH, "headers": [], "root_path": "/app"},
        {"type": "http", "path": "http://example.org/", "headers": [], "root_path": "//x"},
        {"type": "websocket", "path": "/ws/chat/", "headers": [], "query_string": b""},
        {"type": "websocket", "path": "/ws/landing", "headers": []},
        {"type": "websocket", "path": "/ws/landing/x", "headers": [], "root_path": "/ws"},
        {"type": "websocket", "path": "/other/ws/landing/", "headers": [], "root_path": "/app"},
        {"type": "mqtt"},
    ],
)
async def test_everything_else_passes_through_unchanged(project: Project, scope: Any) -> None:
    before = json.dumps(scope, default=repr)
    await asgi.wrap(project)(scope, receive, send)
    ((passed, its_receive, its_send),) = project.calls
    assert passed is scope
    assert (its_receive, its_send) == (receive, send)
    assert json.dumps(scope, default=repr) == before


@pytest.mark.parametrize(
    ("path", "root_path"),
    [
        (PATH, ""),
        (PATH, "/app"),
        ("/app" + PATH, "/app"),
        ("/app/app" + PATH, "/app"),
        ("/m%C3%BCller" + PATH, "/m%C3%BCller"),
        ("/müller" + PATH, "/m%C3%BCller"),
        ("/ws" + PATH, "/ws"),
    ],
)
async def test_the_live_websocket_is_found_below_every_root_path(
    project: Project, path: str, root_path: str
) -> None:
    connection = connect(asgi.wrap(project), path, root_path=root_path)
    assert (await connection.connect())[0]
    assert json.loads(await connection.receive_from())["type"] == "connection-count"
    await connection.disconnect()
    assert project.calls == []


async def test_the_setting_for_the_root_path_counts_too(
    project: Project, settings: Settings
) -> None:
    settings.FORCE_SCRIPT_NAME = "/shop"
    connection = connect(asgi.wrap(project), "/shop" + PATH)
    assert (await connection.connect())[0]
    await connection.disconnect()


async def test_a_page_of_another_site_is_refused(project: Project) -> None:
    connection = connect(asgi.wrap(project))
    connection.scope["headers"] = [*HEADERS, (b"origin", b"https://evil.example")]
    assert not (await connection.connect())[0]
    assert project.calls == []


@pytest.mark.parametrize(
    "inside",
    [
        get_asgi_application(),
        ProtocolTypeRouter({}),
        ASGIStaticFilesHandler(get_asgi_application()),
        ASGIStaticFilesHandler(ProtocolTypeRouter({})),
    ],
)
async def test_a_project_without_websockets_refuses_the_others(inside: Any) -> None:
    """Django and Channels would raise an exception for each."""
    connection = connect(asgi.wrap(inside), "/ws/chat/")
    assert not (await connection.connect())[0]


class OwnHandler(ASGIHandler):
    """Django's handler, with a WebSocket."""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await Project()(scope, receive, send)


@pytest.mark.parametrize(
    "inside",
    [
        OwnHandler(),
        ASGIStaticFilesHandler(ProtocolTypeRouter({"websocket": Project()})),
        ASGIStaticFilesHandler(OwnHandler()),
    ],
)
async def test_a_handler_that_may_have_websockets_gets_them(inside: Any) -> None:
    connection = connect(asgi.wrap(inside), "/ws/chat/")
    assert (await connection.connect())[0]


async def test_a_refusal_has_a_status_if_the_server_can_send_one() -> None:
    sent: list[Any] = []

    async def keep(message: Any) -> None:
        sent.append(message)

    scope = {"type": "websocket", "path": "/ws/chat/", "headers": []}
    scope["extensions"] = {"websocket.http.response": {}}
    await asgi.wrap(get_asgi_application())(scope, receive, keep)
    assert [message.get("status") for message in sent] == [404, None]
    assert sent[1]["body"] == b'{"detail": "No WebSocket has this address."}'


async def test_the_limits_apply_to_the_live_websocket_only(
    project: Project, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.LIVE_USER_COUNTER = {
        "PROCESS_TUNING": False,
        "NETWORK_HANDSHAKES_PER_SECOND": 0.1,
        "NETWORK_REQUESTS_PER_SECOND": 0.1,
        "NETWORK_MAX_CONNECTIONS": 1,
    }
    bounded: list[BoundedFrames] = []
    build = BoundedFrames.__init__

    def note(self: BoundedFrames, *arguments: Any) -> None:
        bounded.append(self)
        build(self, *arguments)

    monkeypatch.setattr(BoundedFrames, "__init__", note)
    wrapped = asgi.wrap(project)
    accepted = []
    for path in (PATH, PATH, "/ws/chat/", "/ws/chat/", "/ws/chat/"):
        connection = connect(wrapped, path, client=("192.0.2.1", 1234))
        accepted.append((await connection.connect())[0])
    for _ in range(5):
        scope = {"type": "http", "path": "/", "headers": [], "client": ("192.0.2.1", 1234)}
        await wrapped(scope, receive, send)
    assert accepted == [True, False, True, True, True]
    assert len(bounded) == 1
    assert len(project.calls) == 8


async def test_several_wraps_share_one_process(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[ServerProcess] = []
    build = ServerProcess.__init__

    def note(self: ServerProcess, guard: Guard) -> None:
        started.append(self)
        build(self, guard)

    monkeypatch.setattr(ServerProcess, "__init__", note)
    project = Project()
    siblings = ProtocolTypeRouter({"http": asgi.wrap(project), "websocket": asgi.wrap(project)})
    nested = asgi.wrap(ProtocolTypeRouter({"http": asgi.wrap(project), "websocket": project}))
    for each in (siblings, nested):
        await each({"type": "http", "path": "/", "headers": []}, receive, send)
    connection = connect(siblings)
    assert (await connection.connect())[0]
    assert len(started) == 1
    assert len(worker.current().connections()) == 1  # type: ignore[union-attr]
    await connection.disconnect()


@pytest.mark.parametrize("is_tuned", [True, False])
async def test_process_tuning_is_one_setting(
    project: Project, settings: Settings, monkeypatch: pytest.MonkeyPatch, is_tuned: bool
) -> None:
    settings.LIVE_USER_COUNTER = {"PROCESS_TUNING": is_tuned}
    called: list[str] = []
    for name in ("shorten_ping_timeout", "guard_when_listening", "skip_unread_debug_lines"):
        monkeypatch.setattr(
            f"landing.live.transport.daphne.{name}", lambda *given, name=name: called.append(name)
        )
    monkeypatch.setattr(
        "landing.asgi.worker_parts.collect_garbage",
        lambda parts: (called.append("garbage"), lambda: asyncio.sleep(0))[1],
    )
    thresholds = gc.get_threshold()
    connection = connect(asgi.wrap(project))
    await connection.connect()
    (outbound,) = [each.outbound for each in worker.current().connections()]  # type: ignore[union-attr]
    assert type(outbound).__name__ == "AsgiOutbound"
    await connection.disconnect()
    assert gc.get_threshold() == thresholds
    assert bool(called) == is_tuned
    assert len(called) == (4 if is_tuned else 0)


async def test_pages_do_not_depend_on_the_counter(
    project: Project, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail() -> None:
        raise OSError("no memory")

    monkeypatch.setattr("landing.live.presence.factory.from_settings", fail)
    wrapped = asgi.wrap(project)
    for _ in range(3):
        await wrapped({"type": "http", "path": "/", "headers": []}, receive, send)
    assert len(project.calls) == 3
    lines = [each for each in caplog.messages if "could not start" in each]
    assert len(lines) == 1
    assert not (await connect(wrapped).connect())[0]


async def test_a_start_that_failed_is_repeated_after_a_while(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 1000.0
    started = 0
    start = ServerProcess._start

    async def fail_once(self: ServerProcess) -> None:
        nonlocal started
        started += 1
        if started == 1:
            raise OSError("no memory")
        await start(self)

    monkeypatch.setattr(ServerProcess, "_start", fail_once)
    wrapped = asgi.wrap(project)
    wrapped._clock = lambda: now
    for seconds, expected in ((0, 1), (0, 1), (4.9, 1), (0.2, 2), (10, 2)):
        now += seconds
        await wrapped({"type": "http", "path": "/", "headers": []}, receive, send)
        assert started == expected
    connection = connect(wrapped)
    assert (await connection.connect())[0]
    await connection.disconnect()
