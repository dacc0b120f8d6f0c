"""The ASGI handler of the site. It runs Django's own middleware in the event loop.

The settings keep Django's names, so that ``check --deploy`` finds the middleware. Answers are
the same as those of Django's handler. See docs/decisions/0010-middleware-in-the-event-loop.md.
"""

from __future__ import annotations

from django.conf import settings
from django.core.handlers.asgi import ASGIHandler
from django.core.handlers.base import BaseHandler

from landing_site.middleware import django_middleware

#: Django's middleware and its replacement. Other middleware is loaded unchanged.
REPLACEMENTS: dict[str, type[django_middleware.InEventLoop]] = {
    "django.middleware.security.SecurityMiddleware": django_middleware.Security,
    "django.contrib.sessions.middleware.SessionMiddleware": django_middleware.Session,
    "django.middleware.common.CommonMiddleware": django_middleware.Common,
    "django.middleware.csrf.CsrfViewMiddleware": django_middleware.Csrf,
    "django.contrib.auth.middleware.AuthenticationMiddleware": django_middleware.Authentication,
    "django.contrib.messages.middleware.MessageMiddleware": django_middleware.Message,
    "django.middleware.clickjacking.XFrameOptionsMiddleware": django_middleware.XFrameOptions,
}


class InEventLoopHandler(BaseHandler):
    """A mixin for asynchronous handlers that loads :data:`REPLACEMENTS`."""

    def load_middleware(self, is_async: bool = False) -> None:
        """Load the middleware that the settings list, with replacements."""
        # Django reads the list from the settings, so replace it there and then restore it.
        listed = settings.MIDDLEWARE
        settings.MIDDLEWARE = [_replace(path) for path in listed]
        try:
            super().load_middleware(is_async)
        finally:
            settings.MIDDLEWARE = listed


class Handler(InEventLoopHandler, ASGIHandler):
    """Django's ASGI application with its middleware in the event loop."""


def _replace(path: str) -> str:
    """Return the dotted path of the replacement, or ``path`` itself."""
    replacement = REPLACEMENTS.get(path)
    # If the CSRF secret is in the session, the first step loads the session, which blocks.
    is_csrf = replacement is django_middleware.Csrf
    if replacement is None or (is_csrf and settings.CSRF_USE_SESSIONS):
        return path
    return f"{django_middleware.__name__}.{replacement.__name__}"
