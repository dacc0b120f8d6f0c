"""The origin check of a WebSocket handshake."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any
from urllib.parse import urlparse, urlsplit

from channels.security.websocket import OriginValidator
from django.conf import settings


async def refuse(scope: Any, receive: Any, send: Any) -> None:
    """Answer a handshake with 403."""
    await send({"type": "websocket.close"})


class SameSiteOrigins(OriginValidator):
    """Refuses the handshake of another site's page with 403.

    Programs other than browsers send no ``Origin`` and are accepted.
    """

    def __init__(self, application: Any) -> None:
        # Django's wildcard https://*.example.org is https://.example.org in Channels.
        trusted = [origin.replace("://*.", "://.") for origin in settings.CSRF_TRUSTED_ORIGINS]
        allowed = [_remove_last_dot(each) for each in (*settings.ALLOWED_HOSTS, *trusted)]
        super().__init__(application, allowed)
        # Nearly all handshakes carry the same one or two origins.
        self._is_trusted_cached = lru_cache(maxsize=64)(self._is_trusted)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Pass the handshake on, or refuse it."""
        origins = (value.decode("latin1") for name, value in scope["headers"] if name == b"origin")
        application: Any = self.application
        if not all(self._is_trusted_cached(origin) for origin in origins):
            application = refuse
        await application(scope, receive, send)

    def _is_trusted(self, origin: str) -> bool:
        origin = _remove_last_dot(origin)
        try:
            # Both raise ValueError for text that is not a URL.
            return urlsplit(origin).port != 0 and bool(self.validate_origin(urlparse(origin)))
        except ValueError:
            return False


def _remove_last_dot(origin: str) -> str:
    """Return an origin or a host as Django compares it: example.com. is example.com."""
    return re.sub(r"\.(?=(:\d+)?$)", "", origin)
