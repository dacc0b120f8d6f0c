"""Read the data of many sessions at once from any session engine.

Django's engines in the database take one query and those in the cache one call, whatever the
number of sessions. Other engines are read one by one and take turns.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from importlib import import_module
from typing import Any

from django.conf import settings
from django.contrib.sessions.backends import cache, cached_db, db
from django.core.cache import caches
from django.utils import timezone

from .round_robin import RoundRobin

#: Sessions that one call reads one by one.
MAX_ONE_BY_ONE = 500
#: Parameters of one query: SQLite may allow no more than 32,766.
MAX_PARAMETERS = 30_000
#: A longer key is not a session's. Some caches allow no more than 250 characters.
MAX_KEY_LENGTH = 128

Data = Mapping[str, Any]

_round_robin = RoundRobin(MAX_ONE_BY_ONE)


def load(session_keys: Collection[str]) -> dict[str, Data]:
    """Return the data of each session, empty if it has ended.

    A session whose turn it is not is missing in the result. Any error is raised.
    """
    store: Any = import_module(settings.SESSION_ENGINE).SessionStore
    readers: dict[Any, Any] = {
        db.SessionStore.load: _from_database,
        cache.SessionStore.load: _from_cache,
        cached_db.SessionStore.load: _from_cache_or_database,
    }
    # If a subclass overrides load(), only this method knows how to read a session.
    read_all = readers.get(store.load)
    if read_all is None:
        return {key: store(key).load() for key in _round_robin.take(session_keys)}
    # Others would fail in the database or the cache, and the browser may send anything.
    valid = [key for key in session_keys if _is_valid(key)]
    return {**{key: {} for key in session_keys}, **read_all(store, valid)}


def _is_valid(session_key: str) -> bool:
    is_word = session_key.isascii() and session_key.isprintable() and " " not in session_key
    return is_word and len(session_key) <= MAX_KEY_LENGTH


def _from_database(store: Any, session_keys: list[str]) -> dict[str, Data]:
    found: dict[str, Data] = {}
    decode = store().decode
    for first in range(0, len(session_keys), MAX_PARAMETERS):
        rows = store.get_model_class().objects.filter(
            session_key__in=session_keys[first : first + MAX_PARAMETERS],
            expire_date__gt=timezone.now(),
        )
        for key, data in rows.values_list("session_key", "session_data"):
            found[key] = decode(data)
    return found


def _from_cache(store: Any, session_keys: list[str]) -> dict[str, Data]:
    prefix = store.cache_key_prefix
    found = caches[settings.SESSION_CACHE_ALIAS].get_many([prefix + key for key in session_keys])
    return {key.removeprefix(prefix): data for key, data in found.items()}


def _from_cache_or_database(store: Any, session_keys: list[str]) -> dict[str, Data]:
    found = _from_cache(store, session_keys)
    return found | _from_database(store, [key for key in session_keys if key not in found])
