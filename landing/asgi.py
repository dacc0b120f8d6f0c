"""The ASGI application: routes, origin check, and the life of the worker.

The only place that builds a worker: backends and layers are chosen here and
nowhere else.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, cast

from channels.layers import get_channel_layer
from channels.routing import ProtocolTypeRouter, URLRouter
from django.conf import settings
from django.urls import path, re_path

from . import conf, stats
from .analytics import recording
from .background import BackgroundTasks
from .checks.deployment import MIN_BACKLOG
from .live import worker
from .live.consumer import LiveConsumer
from .live.frames import SourcedSnapshot
from .live.origins import SameSiteOrigins, refuse
from .live.presence import factory
from .live.presence.contract import Aggregates
from .live.sync import exit
from .live.sync.group import ChannelLayer
from .live.transport import daphne

logger = logging.getLogger(__name__)


# Django's stubs know views only, not ASGI applications.
websocket_urlpatterns: list[Any] = [
    path("ws/landing/", cast("Any", LiveConsumer.as_asgi())),
    # Without it a socket elsewhere is an exception and a traceback in the log.
    re_path("", cast("Any", refuse)),
]


class LiveApplication:
    """Starts the worker at the first call of the process and ends it at shutdown."""

    def __init__(self, application: Any) -> None:
        self._application = application
        self._starting: asyncio.Future[None] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._leave: Callable[[], Awaitable[None]] | None = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
            return
        await self._ensure_started()
        await self._application(scope, receive, send)

    async def _ensure_started(self) -> None:
        loop = asyncio.get_running_loop()
        if self._starting is None or self._loop is not loop or _has_failed(self._starting):
            self._loop = loop
            self._starting = asyncio.ensure_future(self._start())
        if not self._starting.done():
            await asyncio.shield(self._starting)

    async def _start(self) -> None:
        chores = BackgroundTasks()
        live = worker.Worker(
            factory.from_settings(),
            cast("ChannelLayer", get_channel_layer()),
            conf.read(),
            read_aggregates=partial(_read_aggregates, chores),
        )
        worker.set_current(live)
        daphne.skip_unread_debug_lines()
        self._leave = partial(_leave, live, chores)
        daphne.before_shutdown(self._leave)
        exit.drain_at_exit(live)
        chores.start(live.registry, live.broadcaster)
        await asyncio.gather(live.start(), chores.wait_for_feed())

    async def _lifespan(self, receive: Any, send: Any) -> None:
        """For servers that have it; see https://asgi.readthedocs.io/en/latest/specs/lifespan.html"""
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                await self._ensure_started()
                await send({"type": "lifespan.startup.complete"})
            else:
                if self._leave is not None:
                    await self._leave()
                # Some servers end by the signal that stopped them: no exit handler runs.
                await asyncio.to_thread(recording.writer.finish)
                await send({"type": "lifespan.shutdown.complete"})
                return


async def _read_aggregates(
    tasks: BackgroundTasks, shown: SourcedSnapshot | None
) -> Aggregates | None:
    """Read the aggregates, then let the background tasks sample this minute."""
    aggregates = await stats.read_aggregates(shown)
    tasks.sample_soon(shown, aggregates)
    return aggregates


def _leave(live: worker.Worker, chores: BackgroundTasks) -> Awaitable[None]:
    """What is not done in the call itself, but when the result is awaited, may be too late."""
    chores.stop()
    recording.writer.hurry()
    return live.stop()


def _warn_of_short(backlogs: list[int]) -> None:
    short = [backlog for backlog in backlogs if backlog < MIN_BACKLOG]
    if short and not settings.DEBUG:
        logger.warning(
            "Only %d connections may wait to be accepted, too few for a storm. "
            "Listen with: daphne -e tcp:port=8000:interface=0.0.0.0:backlog=4096",
            min(short),
        )


def _has_failed(starting: asyncio.Future[None]) -> bool:
    return starting.done() and (starting.cancelled() or starting.exception() is not None)


def application(http: Any) -> Any:
    """The whole site as one ASGI application, around Django's own."""
    daphne.when_listening(_warn_of_short)
    websocket = SameSiteOrigins(URLRouter(websocket_urlpatterns))
    return LiveApplication(ProtocolTypeRouter({"http": http, "websocket": websocket}))
