"""Find the user that is signed in with a session.

A lookup never changes the session, and after any error the result is :data:`NOBODY`.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable
from importlib import import_module
from typing import Any, NamedTuple, cast

from asgiref.sync import sync_to_async
from channels.db import database_sync_to_async
from django.conf import settings
from django.contrib.auth import SESSION_KEY, get_user, get_user_model
from django.contrib.sessions.backends.base import SessionBase
from django.core.exceptions import ValidationError
from django.db import Error as DatabaseError
from django.http import HttpRequest

from ..resilience import errors
from ..resilience.outage import Outage

outage = Outage(
    logging.getLogger(__name__),
    "Looking up signed-in users",
    "they count as anonymous",
    errors=errors.database.labels("find_user"),
)


class SessionUser(NamedTuple):
    """A user. ``key`` is the primary key as text, or None if nobody is signed in."""

    key: str | None
    is_staff: bool


NOBODY = SessionUser(None, False)


async def load_by_key(session_key: str) -> SessionUser:
    """Load and verify the user of the session with this key, with two queries."""
    if not session_key.isprintable():
        return NOBODY
    return await _guard(database_sync_to_async(_load_user)(session_key))


async def load_verified(session: SessionBase) -> SessionUser:
    """Load and verify the user of a request's session, with at most two queries."""
    return await _guard(sync_to_async(_verify_user)(session))


async def read_stored(session: SessionBase) -> SessionUser:
    """Return the user that the session names, with one query; ``is_staff`` is False."""
    return await _guard(_read_user(session))


async def _guard(lookup: Awaitable[SessionUser]) -> SessionUser:
    """Await the lookup, and return nobody if it fails."""
    try:
        user = await lookup
    except DatabaseError as error:
        outage.record_failure(error)
        return NOBODY
    except ValidationError:
        # The session is older than the type of the users' primary key.
        return NOBODY
    outage.record_success()
    return user


async def _read_user(session: SessionBase) -> SessionUser:
    stored = await session.aget(SESSION_KEY)
    if stored is None:
        return NOBODY
    return SessionUser(str(get_user_model()._meta.pk.to_python(stored)), is_staff=False)


def _load_user(session_key: str) -> SessionUser:
    return _describe(find_user(session_key))


def _verify_user(session: SessionBase) -> SessionUser:
    return _describe(_find_user(session))


def find_user(session_key: str) -> Any:
    """Return the user of the session with this key, anonymous without one. Blocks.

    Raises the errors of the database.
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
