"""People with known identities, some with several tabs, and some signed in.

This module owns the mix and the cookies. A tab opens one socket. A person has one or more tabs
that count once.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY, get_user_model
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.utils import timezone
from django.utils.crypto import get_random_string

from landing import conf
from landing.visitors import visitor_cookie

SIGNED_IN_SHARE = 0.1
SEVERAL_TABS_SHARE = 0.15


@dataclass(frozen=True, slots=True)
class Tab:
    """One tab, which opens one socket with the cookies of its person."""

    visitor: bytes
    user: str | None
    cookie: str
    #: address that the tab connects from; None for any
    address: str | None = None

    @property
    def local_addr(self) -> tuple[str, int] | None:
        """Return the address as sockets of asyncio take it."""
        return None if self.address is None else (self.address, 0)


Person = tuple[Tab, ...]


@dataclass(frozen=True, slots=True)
class Account:
    """A user with a session that is valid for any number of sockets."""

    user: str
    session_key: str


def create_accounts(count: int) -> list[Account]:
    """Create users and their sessions in the site's database."""
    users = get_user_model().objects
    users.bulk_create(
        users.model(username=get_random_string(20), password="!") for _ in range(count)
    )
    newest = users.order_by("-pk")[:count]
    sessions = [new_session(user) for user in newest]
    Session.objects.bulk_create(sessions)
    return [
        Account(str(user.pk), session.session_key)
        for user, session in zip(newest, sessions, strict=True)
    ]


def create_staff() -> str:
    """Create a user who may see the dashboard. Return the cookie of a session."""
    users = get_user_model().objects
    user = users.create_user(get_random_string(20), is_staff=True, is_superuser=True)
    session = new_session(user)
    session.save()
    return f"{settings.SESSION_COOKIE_NAME}={session.session_key}"


def new_session(user: AbstractBaseUser) -> Session:
    """Return a valid session that is not in the database yet."""
    content = {
        SESSION_KEY: str(user.pk),
        BACKEND_SESSION_KEY: "django.contrib.auth.backends.ModelBackend",
        HASH_SESSION_KEY: user.get_session_auth_hash(),
    }
    return Session(
        session_key=get_random_string(32),
        session_data=SessionStore().encode(content),
        expire_date=timezone.now() + timedelta(days=1),
    )


class Population:
    """An endless series of people. The same seed gives the same mix with new ids."""

    def __init__(self, accounts: Iterable[Account], seed: int = 1) -> None:
        self._accounts = list(accounts)
        self._random = random.Random(seed)

    def people(self, count: int) -> Iterator[Person]:
        return (self.person() for _ in range(count))

    def person(self) -> Person:
        kind = self._random.random()
        if kind < SIGNED_IN_SHARE and self._accounts:
            return self._signed_in(self._accounts.pop())
        if kind < SIGNED_IN_SHARE + SEVERAL_TABS_SHARE:
            return (_tab(visitor_cookie.create_visitor()),) * self._random.choice((2, 3))
        return (self.browser(),)

    def browser(self) -> Tab:
        """Return the only tab of an anonymous person."""
        return _tab(visitor_cookie.create_visitor())

    def _signed_in(self, account: Account) -> Person:
        """Return a user with one tab, with two devices, or with an anonymous tab as well."""
        browser = visitor_cookie.create_visitor()
        others = self._random.choice(
            ((), (_tab(visitor_cookie.create_visitor(), account),), (_tab(browser),))
        )
        return (_tab(browser, account), *others)


def _tab(visitor: bytes, account: Account | None = None) -> Tab:
    cookie = f"{conf.read().LANDING_VISITOR_COOKIE_NAME}={visitor_cookie.dump_cookie(visitor)}"
    if account is None:
        return Tab(visitor, None, cookie)
    cookie += f"; {settings.SESSION_COOKIE_NAME}={account.session_key}"
    return Tab(visitor, account.user, cookie)
