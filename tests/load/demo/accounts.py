"""The accounts of the demo's visitors, and the activities that they cause.

This process writes into the database of the demo. The server reads new activities from there.
"""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import NamedTuple, Protocol

from asgiref.sync import sync_to_async

NAMES = [
    *("Ana", "Ben", "Chloé", "Dmitri", "Elif", "Farid", "Greta", "Hiro", "Inés", "Jonas"),
    *("Kwame", "Leila", "Mateo", "Nadia", "Olu", "Priya", "Quentin", "Rosa", "Sofía", "Tariq"),
    *("Uma", "Viktor", "Wen", "Ximena", "Yusuf", "Zoë", "Łukasz", "Åsa", "美咲", "محمد"),
]
PURCHASES = ("bought the yearly plan", "bought the monthly plan", "upgraded to the team plan")
SESSION_COOKIE = "sessionid"
#: Users who had an account before the demo.
MEMBERS = 200


def new_names(rng: Random) -> Iterator[str]:
    """Yield names in random order. None comes again before all others came."""
    while True:
        yield from rng.sample(NAMES, len(NAMES))


class Account(NamedTuple):
    """A signed-in user."""

    name: str
    session_key: str


class Accounts(Protocol):
    """Where visitors sign up, sign in, and buy."""

    async def sign_up(self) -> Account:
        """Create a user."""

    async def sign_in(self) -> Account:
        """Return a session of a user who had an account before."""

    async def buy(self, account: Account) -> None:
        """Publish a purchase."""


class StoredAccounts:
    """Accounts in the database. The server publishes each sign-up."""

    def __init__(self, rng: Random) -> None:
        self._rng = rng
        self._created = 0
        self._names = new_names(rng)
        self._members: list[tuple[int, str]] = []

    async def sign_up(self) -> Account:
        """Create a user, which publishes a sign-up."""
        return await sync_to_async(self._sign_up)()

    async def sign_in(self) -> Account:
        """Return a session of a user who had an account before."""
        return await sync_to_async(self._sign_in)()

    async def buy(self, account: Account) -> None:
        """Publish a purchase."""
        from landing import activity

        text = self._rng.choice(PURCHASES)
        await sync_to_async(activity.publish)(kind="purchase", text=text, actor=account.name)

    def _sign_up(self) -> Account:
        from django.contrib.auth import get_user_model

        self._created += 1
        name = next(self._names)
        user = get_user_model().objects.create_user(f"demo-{self._created}", first_name=name)
        return _start_session(user.pk, name)

    def _sign_in(self) -> Account:
        if not self._members:
            self._members = _create_members(self._rng)
        return _start_session(*self._rng.choice(self._members))


def _create_members(rng: Random) -> list[tuple[int, str]]:
    """Create users at once, which publishes nothing."""
    from django.contrib.auth import get_user_model

    users = get_user_model().objects
    users.bulk_create(
        users.model(username=f"member-{number}", first_name=name, password="!")
        for number, name in zip(range(MEMBERS), new_names(rng), strict=False)
    )
    stored = users.filter(username__startswith="member-").order_by("pk")
    return list(stored.values_list("pk", "first_name"))


def _start_session(pk: int, name: str) -> Account:
    from django.contrib.auth import get_user_model

    from tests.load.truth.people import new_session

    session = new_session(get_user_model().objects.get(pk=pk))
    session.save()
    return Account(name, session.session_key)
