"""Find the user that is signed in with a session.

A lookup never changes the session. After any error the result is :data:`NOBODY`, because the
session engines and authentication backends of projects raise what they like.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from functools import cache
from importlib import import_module
from typing import Any, NamedTuple, cast

from asgiref.sync import sync_to_async
from channels.db import database_sync_to_async
from django.apps import apps
from django.conf import settings
from django.contrib.auth import SESSION_KEY, get_user, get_user_model
from django.contrib.sessions.backends.base import SessionBase
from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.core.signals import setting_changed
from django.http import HttpRequest

from ..resilience import errors
from ..resilience.outage import Outage

outage = Outage(
    logging.getLogger(__name__),
    "Looking up signed-in users",
    "they count as anonymous",
    errors=errors.database.labels("find_user"),
)


#: Raised for a key of another type: the session is older than the type of the users' primary key.
OTHER_KEY_ERRORS = (ValidationError, ValueError, TypeError)


class SessionUser(NamedTuple):
    """A user. ``key`` is the primary key as text, or None if nobody is signed in."""

    key: str | None
    is_staff: bool


NOBODY = SessionUser(None, False)


def has_user_model() -> bool:
    """Return whether the project has users."""
    label, _, _ = settings.AUTH_USER_MODEL.partition(".")
    return label in apps.app_configs


@cache
def has_users() -> bool:
    """Return whether the project has users, and sessions that can be read.

    If it has not, a session cookie comes from another site on the same host.
    """
    if not has_user_model():
        return False
    try:
        store = import_module(settings.SESSION_ENGINE).SessionStore
        # The engines in the database have a model, which exists only if its app is installed.
        getattr(store, "get_model_class", bool)()
    except (ImportError, ImproperlyConfigured, RuntimeError):
        return False
    return True


async def load_by_key(session_key: str) -> SessionUser:
    """Load and verify the user of the session with this key, with two queries."""
    if not session_key.isprintable():
        return NOBODY
    return await _aguard(database_sync_to_async(_load_user)(session_key))


def load_verified(session: SessionBase) -> SessionUser:
    """Load and verify the user of a request's session, with at most two queries."""
    return _guard(lambda: _describe(_find_user(session)))


async def aload_verified(session: SessionBase) -> SessionUser:
    """Load and verify the user of a request's session; see :func:`load_verified`."""
    return await sync_to_async(load_verified)(session)


def read_stored(session: SessionBase) -> SessionUser:
    """Return the user that the session names, with one query; ``is_staff`` is False."""
    return _guard(lambda: _named_by(session.get(SESSION_KEY)))


async def aread_stored(session: SessionBase) -> SessionUser:
    """Return the user that the session names; see :func:`read_stored`."""
    return await _aguard(_aread(session))


async def _aguard(lookup: Awaitable[SessionUser]) -> SessionUser:
    """Await the lookup, and return nobody if it fails."""
    try:
        user = await lookup
    except Exception as error:  # noqa: BLE001  engines and backends raise what they like
        return _nobody_after(error)
    outage.record_success()
    return user


def _guard(find: Callable[[], SessionUser]) -> SessionUser:
    """Do the same as :func:`_aguard` for a function."""
    try:
        user = find()
    except Exception as error:  # noqa: BLE001  engines and backends raise what they like
        return _nobody_after(error)
    outage.record_success()
    return user


def _nobody_after(error: Exception) -> SessionUser:
    if not isinstance(error, OTHER_KEY_ERRORS):
        outage.record_failure(error)
    return NOBODY


async def _aread(session: SessionBase) -> SessionUser:
    return _named_by(await session.aget(SESSION_KEY))


def _named_by(stored: Any) -> SessionUser:
    if stored is None:
        return NOBODY
    return SessionUser(str(get_user_model()._meta.pk.to_python(stored)), is_staff=False)


def _load_user(session_key: str) -> SessionUser:
    return _describe(find_user(session_key))


def find_user(session_key: str) -> Any:
    """Return the user of the session with this key, anonymous without one. Blocks.

    Raises the errors of the session engine and of the authentication backend.
    """
    engine = import_module(settings.SESSION_ENGINE)
    return _find_user(engine.SessionStore(session_key))


def _find_user(session: SessionBase) -> Any:
    """Return the user if the session is valid: the password is unchanged, the user active."""
    request = HttpRequest()
    request.session = cast("Any", _SessionCopy(session.items()))
    return get_user(request)


def _describe(user: Any) -> SessionUser:
    if not user.is_authenticated:
        return NOBODY
    return SessionUser(str(user.pk), bool(getattr(user, "is_staff", False)))


class _SessionCopy(dict[str, Any]):
    """A read-only copy of a session.

    Django may renew or end a session when it loads the user. A WebSocket could not send the
    new key to the browser, so the user would be signed out.
    """

    def cycle_key(self) -> None:
        """Leave the session as it is."""

    def flush(self) -> None:
        """Leave the session as it is."""


def _clear_cache(**kwargs: Any) -> None:
    has_users.cache_clear()


setting_changed.connect(_clear_cache)
