"""Django's own middleware, run in the event loop instead of in threads.

Under ASGI, Django runs each synchronous step of a middleware in a thread and waits for it.
These subclasses run the same steps in the event loop, and use a thread only for a step that may
block. docs/decisions/0010-middleware-in-the-event-loop.md lists which steps may block, and why.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, cast

from asgiref.sync import sync_to_async
from django.conf import settings
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.messages.middleware import MessageMiddleware
from django.contrib.sessions.middleware import SessionMiddleware
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.clickjacking import XFrameOptionsMiddleware
from django.middleware.common import CommonMiddleware
from django.middleware.csrf import CsrfViewMiddleware
from django.middleware.security import SecurityMiddleware
from django.utils.deprecation import MiddlewareMixin

SAFE_METHODS = ("GET", "HEAD", "OPTIONS", "TRACE")


class InEventLoop(MiddlewareMixin):
    """Run ``process_request`` and, unless it may block, ``process_response`` in the event loop."""

    get_response: Callable[[HttpRequest], Awaitable[HttpResponseBase]]

    async def __acall__(self, request: HttpRequest) -> HttpResponseBase:
        """Handle a request like ``MiddlewareMixin``, which would use a thread for both steps."""
        middleware: Any = self  # each subclass has one of the two steps, or both
        response: HttpResponseBase | None = None
        if hasattr(middleware, "process_request"):
            response = middleware.process_request(request)
        response = response or await self.get_response(request)
        if hasattr(middleware, "process_response"):
            if self.response_may_block(request):
                response = await sync_to_async(middleware.process_response)(request, response)
            else:
                response = middleware.process_response(request, response)
        return cast("HttpResponseBase", response)

    def response_may_block(self, request: HttpRequest) -> bool:
        """Return whether ``process_response`` may wait for a database, a cache, or a file."""
        return False


class Security(InEventLoop, SecurityMiddleware):
    """Neither step blocks: they read settings and write headers."""


class Common(InEventLoop, CommonMiddleware):
    """Neither step blocks: they read settings and routes, and write headers."""


class Authentication(InEventLoop, AuthenticationMiddleware):
    """The step does not block: the user is loaded lazily."""


class XFrameOptions(InEventLoop, XFrameOptionsMiddleware):
    """The step does not block: it writes a header."""


class Session(InEventLoop, SessionMiddleware):
    """The session is loaded lazily. Saving a changed one blocks."""

    def response_may_block(self, request: HttpRequest) -> bool:
        """Return whether the session will be saved."""
        session = getattr(request, "session", None)
        return session is not None and (session.modified or settings.SESSION_SAVE_EVERY_REQUEST)


class Message(InEventLoop, MessageMiddleware):
    """Messages are stored in a cookie, or in the session, which may have to be loaded."""

    def response_may_block(self, request: HttpRequest) -> bool:
        """Return whether messages were read or added."""
        messages = getattr(request, "_messages", None)
        return messages is not None and (messages.used or messages.added_new)


class Csrf(InEventLoop, CsrfViewMiddleware):
    """The check of an unsafe request blocks: it reads the form, and may render the 403 page."""

    # Django accepts a coroutine function here.
    async def process_view(  # type: ignore[override]
        self, request: HttpRequest, *view: Any
    ) -> HttpResponseBase | None:
        """Check the token of an unsafe request in a thread."""
        if request.method in SAFE_METHODS:
            return super().process_view(request, *view)
        return await sync_to_async(super().process_view)(request, *view)
