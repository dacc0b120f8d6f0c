"""Who a request or a socket is: a visitor, and perhaps a signed-in user.

Owns the visitor cookie's value and the identity of those without one. Knows no
model of this app and writes nothing down. What the identities are used for is
none of its business.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core.signals import setting_changed
from django.http import HttpRequest

from .. import conf
from . import client, session_user
from .client import Client
from .daily_salt import daily_salt
from .session_user import NOBODY, SessionUser
from .visitor_cookie import VISITOR_BYTES, _forget_signer, parse_cookie


@dataclass(frozen=True, slots=True)
class Identity:
    """``visitor`` is 16 bytes; ``user`` is the primary key as text, None if not signed in."""

    visitor: bytes
    user: str | None = None
    is_staff: bool = False
    #: known by a cookie of ours; otherwise by address and user agent, for this day
    by_cookie: bool = True


# -- the cookie --------------------------------------------------------------------------


setting_changed.connect(_forget_signer)


# -- without a cookie --------------------------------------------------------------------


def fallback_visitor(address: str, user_agent: str, salt: bytes) -> bytes:
    """The visitor behind an address and a user agent, as long as the salt lasts."""
    told = f"{address}\n{user_agent}".encode("utf-8", "surrogatepass")
    return hmac.digest(salt, told, "sha256")[:VISITOR_BYTES]


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
    find = session_user.verified if conf.read().LANDING_IGNORE_STAFF else session_user.as_stored
    return _identity(sender, await find(session))


def _identity(sender: Client, user: SessionUser) -> Identity:
    visitor = parse_cookie(sender.cookies.get(conf.read().LANDING_VISITOR_COOKIE_NAME))
    if visitor is not None:
        return Identity(visitor, user.key, user.is_staff)
    fallback = fallback_visitor(sender.address, sender.user_agent, daily_salt.current())
    return Identity(fallback, user.key, user.is_staff, by_cookie=False)
