"""Find the users of many sessions at once, as Django does for one session.

The users of Django's own authentication backends take one query, whatever their number. Other
backends are asked for one user after the other, and take turns.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable, Mapping
from typing import Any, NamedTuple

from channels.db import database_sync_to_async
from django.apps import apps
from django.conf import settings
from django.contrib.auth import (
    BACKEND_SESSION_KEY,
    HASH_SESSION_KEY,
    SESSION_KEY,
    get_user_model,
    load_backend,
)
from django.utils.crypto import constant_time_compare

from ...resilience import errors
from ...resilience.outage import Outage
from ..session_user import NOBODY, OTHER_KEY_ERRORS, SessionUser
from . import data
from .round_robin import RoundRobin

outage = Outage(
    logging.getLogger(__name__),
    "Reading sessions again",
    "open connections keep their users",
    errors=errors.database.labels("read_sessions"),
)
#: Users that one call reads one by one.
MAX_ONE_BY_ONE = 500

_round_robin = RoundRobin(MAX_ONE_BY_ONE)


class _Claim(NamedTuple):
    """The user that a session names."""

    backend: str
    user: str
    auth_hash: str


async def read(session_keys: Collection[str]) -> Mapping[str, SessionUser | None]:
    """Return the user of each session; None if the session has ended.

    A session is missing in the result if it could not be read, or if it is not its turn.
    """
    try:
        users = await _read_in_thread(session_keys)
    except Exception as error:  # noqa: BLE001  engines and backends raise what they like
        outage.record_failure(error)
        return {}
    outage.record_success()
    return users


def _read(session_keys: Collection[str]) -> dict[str, SessionUser | None]:
    users: dict[str, SessionUser | None] = {}
    claims: dict[str, _Claim] = {}
    for key, content in data.load(session_keys).items():
        if SESSION_KEY in content and BACKEND_SESSION_KEY in content:
            auth_hash = content.get(HASH_SESSION_KEY) or ""
            claims[key] = _Claim(content[BACKEND_SESSION_KEY], str(content[SESSION_KEY]), auth_hash)
        else:
            users[key] = NOBODY if content else None
    found = _find_users(claims.values())
    for key, claim in claims.items():
        if (claim.backend, claim.user) in found:
            users[key] = _verify(claim, found[claim.backend, claim.user])
    return users


_read_in_thread = database_sync_to_async(_read, thread_sensitive=False)


def _find_users(claims: Iterable[_Claim]) -> dict[tuple[str, str], Any]:
    """Return the user, or None, by authentication backend and primary key as text."""
    keys_by_backend: dict[str, set[str]] = {}
    for claim in claims:
        keys_by_backend.setdefault(claim.backend, set()).add(claim.user)
    found: dict[tuple[str, str], Any] = {}
    for path, keys in keys_by_backend.items():
        if path not in settings.AUTHENTICATION_BACKENDS:
            users: Mapping[str, Any] = dict.fromkeys(keys)
        else:
            users = _ask(load_backend(path), keys)
        found.update(((path, key), user) for key, user in users.items())
    return found


def _ask(backend: Any, keys: Collection[str]) -> dict[str, Any]:
    """Return the backend's users, None if it rejects them."""
    pks = {key: pk for key in keys if (pk := _parse_pk(key)) is not None}
    if not _loads_from_table(backend):
        turn = set(_round_robin.take(keys))
        return {key: backend.get_user(pks[key]) if key in pks else None for key in turn}
    users = _load_by_pk(list(pks.values()))
    return {key: _admit(backend, users.get(pks.get(key))) for key in keys}


def _loads_from_table(backend: Any) -> bool:
    """Return whether a backend reads users as Django's own does."""
    if not apps.is_installed("django.contrib.auth"):
        return False
    # Importing it needs the models of that app.
    from django.contrib.auth.backends import ModelBackend

    return type(backend).get_user is ModelBackend.get_user


def _parse_pk(key: str) -> Any:
    """Return the primary key; None if the session is older than the type of primary keys."""
    try:
        return get_user_model()._meta.pk.to_python(key)
    except OTHER_KEY_ERRORS:
        return None


def _load_by_pk(pks: list[Any]) -> dict[Any, Any]:
    users: dict[Any, Any] = {}
    manager = get_user_model()._default_manager
    for first in range(0, len(pks), data.MAX_PARAMETERS):
        part = pks[first : first + data.MAX_PARAMETERS]
        users.update((user.pk, user) for user in manager.filter(pk__in=part))
    return users


def _admit(backend: Any, user: Any) -> Any:
    return user if user is not None and backend.user_can_authenticate(user) else None


def _verify(claim: _Claim, user: Any) -> SessionUser:
    """Return the user if the password is the one with which the session began."""
    if user is None or not _has_current_hash(claim, user):
        return NOBODY
    return SessionUser(str(user.pk), bool(getattr(user, "is_staff", False)))


def _has_current_hash(claim: _Claim, user: Any) -> bool:
    if not hasattr(user, "get_session_auth_hash"):
        return True
    # The second is for keys in SECRET_KEY_FALLBACKS.
    hashes = (user.get_session_auth_hash(), *user.get_session_auth_fallback_hash())
    return any(constant_time_compare(claim.auth_hash, each) for each in hashes)
