"""Who a request or a socket is: a visitor, and perhaps a signed-in user.

Owns the visitor cookie's value and the identity of those without one. Knows no
model of this app and writes nothing down. What the identities are used for is
none of its business.
"""

from __future__ import annotations

import binascii
import hmac
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache
from threading import Lock
from typing import Any

from django.conf import settings
from django.core.signals import setting_changed
from django.core.signing import BadSignature, Signer, b64_decode, b64_encode
from django.http import HttpRequest

from landing import client, conf, session_user
from landing.client import Client
from landing.session_user import NOBODY, SessionUser

VISITOR_BYTES = 16
SALT_BYTES = 32


@dataclass(frozen=True, slots=True)
class Identity:
    """``visitor`` is 16 bytes; ``user`` is the primary key as text, None if not signed in."""

    visitor: bytes
    user: str | None = None
    is_staff: bool = False
    #: known by a cookie of ours; otherwise by address and user agent, for this day
    by_cookie: bool = True


# -- the cookie --------------------------------------------------------------------------


def new_visitor() -> bytes:
    """A visitor nobody has been before."""
    return secrets.token_bytes(VISITOR_BYTES)


def dump_cookie(visitor: bytes) -> str:
    """The signed value of the visitor cookie."""
    return _signer().sign(b64_encode(visitor).decode())


def parse_cookie(value: str | None) -> bytes | None:
    """The visitor in a cookie that we have signed; None for anything else."""
    if value is None or not value.isascii():
        return None
    try:
        visitor = b64_decode(_signer().unsign(value).encode())
    except (BadSignature, binascii.Error):
        return None
    return visitor if len(visitor) == VISITOR_BYTES else None


@cache
def _signer() -> Signer:
    return Signer(salt="landing.identity.visitor")


def _forget_signer(**kwargs: Any) -> None:
    _signer.cache_clear()


setting_changed.connect(_forget_signer)


# -- without a cookie --------------------------------------------------------------------


def _utc_today() -> date:
    return datetime.now(UTC).date()


class DailySalt:
    """The secret under which addresses are hashed today (UTC), in memory only.

    With yesterday's salt forgotten, nobody can tell whether two visitors of two days
    had the same address. Each process draws its own unless one is installed.
    """

    def __init__(self, today: Callable[[], date] = _utc_today) -> None:
        self._today = today
        self._salts: dict[str, bytes] = {}
        self._lock = Lock()

    def current(self) -> bytes:
        """Today's 32 bytes."""
        today = self._today().isoformat()
        with self._lock:
            self._forget_before(today)
            return self._salts.setdefault(today, secrets.token_bytes(SALT_BYTES))

    def install(self, day: str, salt: bytes) -> None:
        """Share one salt among workers on ``day`` (ISO date, UTC), today or ahead of it."""
        if len(salt) != SALT_BYTES:
            raise ValueError(f"A salt has {SALT_BYTES} bytes, not {len(salt)}.")
        with self._lock:
            self._salts[day] = salt
            self._forget_before(self._today().isoformat())

    def _forget_before(self, today: str) -> None:
        self._salts = {day: salt for day, salt in self._salts.items() if day >= today}


daily_salt = DailySalt()


def fallback_visitor(address: str, user_agent: str, salt: bytes) -> bytes:
    """The visitor behind an address and a user agent, as long as the salt lasts."""
    told = f"{address}\n{user_agent}".encode("utf-8", "surrogatepass")
    return hmac.digest(salt, told, "sha256")[:VISITOR_BYTES]


class Newcomers:
    """Who the clients without a cookie were when they first came, in this process.

    A page answers such a client with a cookie under a new identity, and its first
    view counts under that one, so that the next view is the same visitor's. A client
    that comes again *without* the cookie keeps none: it stays who it was the first
    time and does not become a new visitor with each view.
    """

    def __init__(self, max_clients: int = 10_000) -> None:
        self._max_clients = max_clients
        self.forget()

    def forget(self) -> None:
        """As if nobody had come yet."""
        self._first: dict[bytes, bytes] = {}

    def visitor(self, fallback: bytes, fresh: bytes) -> bytes:
        """The identity to record: ``fresh``, or the first one that ``fallback`` got today."""
        first = self._first.setdefault(fallback, fresh)
        if len(self._first) > self._max_clients:
            del self._first[next(iter(self._first))]
        return first


# -- requests and sockets ----------------------------------------------------------------


async def from_scope(scope: Mapping[str, Any]) -> Identity:
    """Who opens a socket. No query without a session cookie, else two."""
    sender = client.of_scope(scope)
    session_key = sender.cookies.get(settings.SESSION_COOKIE_NAME)
    return _identity(sender, await session_user.by_key(session_key) if session_key else NOBODY)


async def from_request(request: HttpRequest) -> Identity:
    """Who asks for a page. No query without a session cookie, else one.

    The user is taken from the session as it stands. Only where staff is left out the
    user is loaded too, at the price of a second query.
    """
    sender = client.of_request(request)
    session = getattr(request, "session", None)
    if session is None or settings.SESSION_COOKIE_NAME not in sender.cookies:
        return _identity(sender, NOBODY)
    find = session_user.verified if conf.read().ignore_staff else session_user.as_stored
    return _identity(sender, await find(session))


def _identity(sender: Client, user: SessionUser) -> Identity:
    visitor = parse_cookie(sender.cookies.get(conf.read().visitor_cookie_name))
    if visitor is not None:
        return Identity(visitor, user.key, user.is_staff)
    fallback = fallback_visitor(sender.address, sender.user_agent, daily_salt.current())
    return Identity(fallback, user.key, user.is_staff, by_cookie=False)
