"""Find the visitor, and the signed-in user if any, of a request or a WebSocket.

A visitor without the cookie is identified by a hash of address and user agent, which lasts
for one UTC day. This module stores nothing.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest

from .. import conf
from ..limits.network import network_of
from . import client, session_user, visitor_cookie
from .client import Client
from .daily_salt import daily_salt
from .session_user import NOBODY, SessionUser
from .visitor_cookie import VISITOR_BYTES, VisitorCookie


@dataclass(frozen=True, slots=True)
class Identity:
    """The visitor id of 16 bytes, and the user's primary key as text or None."""

    visitor: bytes
    user: str | None = None
    is_staff: bool = False
    #: The cookie with the visitor id; None if the id comes from address and user agent.
    cookie: VisitorCookie | None = field(default=None, compare=False, repr=False)
    #: The network of the client, to which limits apply.
    network: str = field(default="", compare=False, repr=False)
    #: Of a WebSocket, to find out later if its user is still signed in. It is a secret.
    session_key: str | None = field(default=None, compare=False, repr=False)

    @property
    def by_cookie(self) -> bool:
        """Whether a cookie has the id."""
        return self.cookie is not None

    @property
    def may_leave_rows(self) -> bool:
        """Whether a connection leaves rows under the id that the page views of the visitor have.

        Without a cookie, that is so only if the site sets none.
        """
        if self.cookie is None:
            return not conf.read().LANDING_VISITOR_COOKIE
        return not self.cookie.is_opted_out


def derive_visitor(address: str, user_agent: str, salt: bytes) -> bytes:
    """Return the visitor id of a client without the cookie, the same while the salt lasts."""
    client_bytes = f"{address}\n{user_agent}".encode("utf-8", "surrogatepass")
    return hmac.digest(salt, client_bytes, "sha256")[:VISITOR_BYTES]


async def from_scope(scope: Mapping[str, Any], headers: Mapping[str, str]) -> Identity:
    """Return the identity of a WebSocket handshake, from two queries if it has a session.

    ``headers`` come from :func:`.client.headers_of_scope`.
    """
    sender = client.from_scope(scope, headers)
    session_key = sender.cookies.get(settings.SESSION_COOKIE_NAME)
    if not session_key or not session_user.has_users():
        return _identity(sender, NOBODY)
    user = await session_user.load_by_key(session_key)
    return replace(_identity(sender, user), session_key=session_key)


def from_request(request: HttpRequest) -> Identity:
    """Return the identity of a request, from one query if it has a session.

    The session names the user. With LANDING_IGNORE_STAFF, a second query loads the user.
    """
    sender = client.from_request(request)
    session = _session_of(request, sender)
    if session is None:
        return _identity(sender, NOBODY)
    ignores_staff = conf.read().LANDING_IGNORE_STAFF
    find = session_user.load_verified if ignores_staff else session_user.read_stored
    return _identity(sender, find(session))


async def afrom_request(request: HttpRequest) -> Identity:
    """Return the identity of a request in the event loop; see :func:`from_request`."""
    sender = client.from_request(request)
    session = _session_of(request, sender)
    if session is None:
        return _identity(sender, NOBODY)
    ignores_staff = conf.read().LANDING_IGNORE_STAFF
    find = session_user.aload_verified if ignores_staff else session_user.aread_stored
    return _identity(sender, await find(session))


def _session_of(request: HttpRequest, sender: Client) -> SessionBase | None:
    """Return the session that the browser has; None without one."""
    session: SessionBase | None = getattr(request, "session", None)
    has_cookie = settings.SESSION_COOKIE_NAME in sender.cookies
    return session if has_cookie and session_user.has_users() else None


def _identity(sender: Client, user: SessionUser) -> Identity:
    cookie = visitor_cookie.read(sender.cookies)
    network = network_of(sender.address)
    if cookie is not None:
        return Identity(cookie.visitor, user.key, user.is_staff, cookie, network)
    fallback = derive_visitor(sender.address, sender.user_agent, daily_salt.current())
    return Identity(fallback, user.key, user.is_staff, network=network)
