"""The origin check of a WebSocket handshake."""

from __future__ import annotations

from functools import lru_cache
from typing import Any
from urllib.parse import urlparse, urlsplit

from channels.security.websocket import OriginValidator
from django.conf import settings


async def refuse(scope: Any, receive: Any, send: Any) -> None:
    """403 instead of the handshake."""
    await send({"type": "websocket.close"})


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
