"""Who is signed in on a session.

Owns the lookup of the user behind a session key or a request's session. Never
changes a session and refuses nobody: what cannot be found out is nobody.
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

from ..resilience.outage import Outage

outage = Outage(logging.getLogger(__name__), "Looking up signed-in users", "they are anonymous")


class SessionUser(NamedTuple):
    """``key`` is the primary key as text; None: nobody is signed in."""

    key: str | None
    is_staff: bool


NOBODY = SessionUser(None, False)


async def by_key(session_key: str) -> SessionUser:
    """The user of the session with this key, verified: two queries."""
    if not session_key.isprintable():
        return NOBODY
    return await _found(database_sync_to_async(_user_by_key)(session_key))


async def verified(session: SessionBase) -> SessionUser:
    """The user of a request's session, verified: at most two queries."""
    return await _found(sync_to_async(_user_of)(session))


async def as_stored(session: SessionBase) -> SessionUser:
    """The user that the session names, not loaded and so not known as staff: one query."""
    return await _found(_key_of(session))


async def _found(lookup: Awaitable[SessionUser]) -> SessionUser:
    try:
        user = await lookup
    except DatabaseError as error:
        outage.record_failure(error)
        return NOBODY
    except ValidationError:
        # The session is from before the users had this kind of primary key.
        return NOBODY
    outage.record_success()
    return user


async def _key_of(session: SessionBase) -> SessionUser:
    stored = await session.aget(SESSION_KEY)
    if stored is None:
        return NOBODY
    return SessionUser(str(get_user_model()._meta.pk.to_python(stored)), is_staff=False)


def _user_by_key(session_key: str) -> SessionUser:
    engine = import_module(settings.SESSION_ENGINE)
    return _user_of(engine.SessionStore(session_key))


def _user_of(session: SessionBase) -> SessionUser:
    """The user, if the session is still good for one (password unchanged, active)."""
    bearer = HttpRequest()
    bearer.session = cast("Any", _SessionCopy(session.items()))
    user = get_user(bearer)
    if not user.is_authenticated:
        return NOBODY
    return SessionUser(str(user.pk), bool(getattr(user, "is_staff", False)))


class _SessionCopy(dict[str, Any]):
    """What a session says, to be looked at only.

    Django renews or ends a session while it looks up the user; whoever is counted
    here could not be told the new key and would be signed out.
    """

    def cycle_key(self) -> None:
        """Not ours to renew."""

    def flush(self) -> None:
        """Not ours to end."""
