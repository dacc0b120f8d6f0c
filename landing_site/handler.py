"""How requests get through Django's middleware: in the event loop, where nothing is waited for.

Owns which middleware may stay there, and no behaviour that anybody could see: the settings name
Django's own, and each step is Django's own. Why, and why so: docs/decisions/0010.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, cast

from asgiref.sync import sync_to_async
from django.conf import settings
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.messages.middleware import MessageMiddleware
from django.contrib.sessions.middleware import SessionMiddleware
from django.core.handlers.asgi import ASGIHandler
from django.core.handlers.base import BaseHandler
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.clickjacking import XFrameOptionsMiddleware
from django.middleware.common import CommonMiddleware
from django.middleware.csrf import CsrfViewMiddleware
from django.middleware.security import SecurityMiddleware
from django.utils.deprecation import MiddlewareMixin

SAFE_METHODS = ("GET", "HEAD", "OPTIONS", "TRACE")


class InLoop(MiddlewareMixin):
    """Takes both steps in the event loop, the second one only if it waits for nothing."""

    get_response: Callable[[HttpRequest], Awaitable[HttpResponseBase]]

    async def __acall__(self, request: HttpRequest) -> HttpResponseBase:
        # Which of the two there are is the subclass's business.
        steps: Any = self
        response: HttpResponseBase | None = None
        if hasattr(steps, "process_request"):
            response = steps.process_request(request)
        response = response or await self.get_response(request)
        if hasattr(steps, "process_response"):
            if self.has_to_store(request):
                response = await sync_to_async(steps.process_response)(request, response)
            else:
                response = steps.process_response(request, response)
        return cast("HttpResponseBase", response)

    def has_to_store(self, request: HttpRequest) -> bool:
        """Whether the second step may wait for a database, a cache or a file."""
        return False


class Security(InLoop, SecurityMiddleware):
    pass


class Common(InLoop, CommonMiddleware):
    pass


class Authentication(InLoop, AuthenticationMiddleware):
    pass


class XFrameOptions(InLoop, XFrameOptionsMiddleware):
    pass


class Session(InLoop, SessionMiddleware):
    """The session is loaded by whoever asks for it, and stored here if it was changed."""

    def has_to_store(self, request: HttpRequest) -> bool:
        session = getattr(request, "session", None)
        return session is not None and (session.modified or settings.SESSION_SAVE_EVERY_REQUEST)


class Message(InLoop, MessageMiddleware):
    """Messages are kept in a cookie or in the session, which may have to be loaded for it."""

    def has_to_store(self, request: HttpRequest) -> bool:
        messages = getattr(request, "_messages", None)
        return messages is not None and (messages.used or messages.added_new)


class Csrf(InLoop, CsrfViewMiddleware):
    """To check a form is to read it, from a file if it is long, and to refuse it shows a page."""

    # Django takes either kind.
    async def process_view(  # type: ignore[override]
        self, request: HttpRequest, *view: Any
    ) -> HttpResponseBase | None:
        if request.method in SAFE_METHODS:
            return super().process_view(request, *view)
        return await sync_to_async(super().process_view)(request, *view)


#: What stands in for what the settings name. Any other middleware is Django's business.
IN_LOOP = {
    "django.middleware.security.SecurityMiddleware": Security,
    "django.contrib.sessions.middleware.SessionMiddleware": Session,
    "django.middleware.common.CommonMiddleware": Common,
    "django.middleware.csrf.CsrfViewMiddleware": Csrf,
    "django.contrib.auth.middleware.AuthenticationMiddleware": Authentication,
    "django.contrib.messages.middleware.MessageMiddleware": Message,
    "django.middleware.clickjacking.XFrameOptionsMiddleware": XFrameOptions,
}


class InLoopHandler(BaseHandler):
    """For asynchronous handlers: those of :data:`IN_LOOP` in the place of Django's."""

    def load_middleware(self, is_async: bool = False) -> None:
        # Django reads the setting and nothing else; afterwards it says what the operator wrote.
        listed = settings.MIDDLEWARE
        settings.MIDDLEWARE = [_stand_in(path) for path in listed]
        try:
            super().load_middleware(is_async)
        finally:
            settings.MIDDLEWARE = listed


class Handler(InLoopHandler, ASGIHandler):
    """Django's own ASGI application but for that."""


def _stand_in(path: str) -> str:
    ours = IN_LOOP.get(path)
    # With the secret in the session, its first step loads that.
    if ours is None or (ours is Csrf and settings.CSRF_USE_SESSIONS):
        return path
    return f"{__name__}.{ours.__name__}"
