"""The ASGI application: routes, origin check, and the life of the worker.

The only place that builds a worker: backends and layers are chosen here and
nowhere else.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from functools import lru_cache, partial
from typing import Any, cast
from urllib.parse import urlparse, urlsplit

from channels.layers import get_channel_layer
from channels.routing import ProtocolTypeRouter, URLRouter
from channels.security.websocket import OriginValidator
from django.conf import settings
from django.urls import path, re_path

from landing import analytics, conf
from landing.chores import Chores
from landing.deployment_checks import MIN_BACKLOG
from landing.live import daphne, exit, worker
from landing.live.consumer import LiveConsumer
from landing.live.group import ChannelLayer
from landing.live.presence import backend

logger = logging.getLogger(__name__)


async def refuse(scope: Any, receive: Any, send: Any) -> None:
    """403 instead of the handshake."""
    await send({"type": "websocket.close"})


# Django's stubs know views only, not ASGI applications.
websocket_urlpatterns: list[Any] = [
    path("ws/landing/", cast("Any", LiveConsumer.as_asgi())),
    # Without it a socket elsewhere is an exception and a traceback in the log.
    re_path("", cast("Any", refuse)),
]


class SameSiteOrigins(OriginValidator):
    """Refuses (403) a page of another site; what is no browser sends no Origin and may come."""

    def __init__(self, application: Any) -> None:
        # A trusted origin may be https://*.example.org, which is .example.org here.
        trusted = [origin.replace("://*.", "://.") for origin in settings.CSRF_TRUSTED_ORIGINS]
        super().__init__(application, [*settings.ALLOWED_HOSTS, *trusted])
        # Nearly all come from the same one or two.
        self._trusts = lru_cache(maxsize=64)(self._is_trusted)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        origins = (value.decode("latin1") for name, value in scope["headers"] if name == b"origin")
        application: Any = self.application
        if not all(self._trusts(origin) for origin in origins):
            application = refuse
        await application(scope, receive, send)

    def _is_trusted(self, origin: str) -> bool:
        try:
            # Both raise on what is no URL.
            return urlsplit(origin).port != 0 and bool(self.validate_origin(urlparse(origin)))
        except ValueError:
            return False


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
        chores = Chores()
        live = worker.Worker(
            backend.from_settings(),
            cast("ChannelLayer", get_channel_layer()),
            conf.read(),
            read_table=chores.read_table,
        )
        worker.set_current(live)
        daphne.skip_unread_debug_lines()
        self._leave = partial(_leave, live, chores)
        daphne.before_shutdown(self._leave)
        exit.drain_at_exit(live)
        chores.start(live.registry, live.broadcaster)
        await asyncio.gather(live.start(), chores.first_feed())

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
                await asyncio.to_thread(analytics.writer.finish)
                await send({"type": "lifespan.shutdown.complete"})
                return


def _leave(live: worker.Worker, chores: Chores) -> Awaitable[None]:
    """What is not done in the call itself, but when the result is awaited, may be too late."""
    chores.stop()
    analytics.writer.hurry()
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
