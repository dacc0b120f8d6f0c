"""A browser's session changed: somebody signed in or out, or the session has a new key.

A session key is a secret, so a change travels between processes encrypted.
"""

from __future__ import annotations

import base64
import hashlib
import json
from functools import cache
from typing import Any, NamedTuple, Self

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.base import SessionBase
from django.core.signals import setting_changed
from django.http import HttpRequest
from django.utils.encoding import force_bytes

from ...names import LABEL
from .. import visitor_cookie


class SessionChange(NamedTuple):
    """The old and the new session key of one browser; None means no session.

    ``visitor`` is None if the browser has no visitor cookie.
    """

    visitor: bytes | None
    old: str | None
    new: str | None


def find(request: HttpRequest) -> SessionChange | None:
    """Return the change of a handled request; None if the browser keeps its session.

    Signing in, switching accounts, changing one's password, and signing out give the browser
    another session key, whatever the view and the session engine. If so, save the session,
    because only then its key is final.
    """
    seen = _Seen.of(request)
    if seen is None:
        return None
    if seen.session.is_empty():
        return seen.change(None)
    try:
        if not seen.may_matter(seen.session.get(SESSION_KEY)):
            return None
        seen.session.save()
    except Exception:  # noqa: BLE001  the session middleware saves it again, and handles the error
        return None
    return seen.change(seen.session.session_key)


async def afind(request: HttpRequest) -> SessionChange | None:
    """Return the change of a request in the event loop; see :func:`find`."""
    seen = _Seen.of(request)
    if seen is None:
        return None
    if seen.session.is_empty():
        return seen.change(None)
    try:
        if not seen.may_matter(await seen.session.aget(SESSION_KEY)):
            return None
        await seen.session.asave()
    except Exception:  # noqa: BLE001  the session middleware saves it again, and handles the error
        return None
    return seen.change(seen.session.session_key)


class _Seen(NamedTuple):
    """A session that a view modified, and what the browser sent."""

    session: SessionBase
    visitor: bytes | None
    old: str | None

    @classmethod
    def of(cls, request: HttpRequest) -> Self | None:
        """Return None if the browser keeps its session, or has neither cookie."""
        session = getattr(request, "session", None)
        if session is None or not session.modified:
            return None
        cookie = visitor_cookie.read(request.COOKIES)
        old = request.COOKIES.get(settings.SESSION_COOKIE_NAME)
        if session.session_key == old or (cookie is None and old is None):
            return None
        return cls(session, cookie and cookie.visitor, old)

    def may_matter(self, user: object) -> bool:
        """Return False for a first session without a user, such as a basket."""
        return self.old is not None or user is not None

    def change(self, new: str | None) -> SessionChange:
        return SessionChange(self.visitor, self.old, new)


def seal(change: SessionChange) -> str:
    """Return the change as encrypted text."""
    visitor = change.visitor and change.visitor.hex()
    return encrypt(json.dumps([visitor, change.old, change.new]))


def unseal(sealed: str) -> SessionChange | None:
    """Return the change in an encrypted text; None if another key or program made it."""
    content = decrypt(sealed)
    if content is None:
        return None
    visitor, old, new = json.loads(content)
    return SessionChange(visitor and bytes.fromhex(visitor), old, new)


def encrypt(content: str) -> str:
    """Return text that only a process with the same ``SECRET_KEY`` can read or make."""
    return _fernet().encrypt(content.encode()).decode()


def decrypt(sealed: str) -> str | None:
    """Return the content of encrypted text; None if another key or program made it."""
    try:
        return _fernet().decrypt(sealed.encode()).decode()
    except InvalidToken:
        return None


@cache
def _fernet() -> MultiFernet:
    keys = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    return MultiFernet([Fernet(_derive_key(key)) for key in keys])


def _derive_key(secret: str | bytes) -> bytes:
    salt = f"{LABEL}.visitors.sessions.change".encode()
    digest = hashlib.sha256(salt + force_bytes(secret)).digest()
    return base64.urlsafe_b64encode(digest)


def _clear_keys(**kwargs: Any) -> None:
    _fernet.cache_clear()


setting_changed.connect(_clear_keys)
