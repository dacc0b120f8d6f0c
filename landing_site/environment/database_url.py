"""Parse ``DATABASE_URL`` strictly: scheme, target, and each option of the query.

django-environ accepts any option, and the driver would fail with a traceback at the first query.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from functools import cache
from typing import Any
from urllib.parse import parse_qsl, unquote

import environ
from django.core.exceptions import ImproperlyConfigured

from landing_site.environment.parsers import (
    ENCODE_IT,
    InvalidValue,
    parse_boolean,
    parse_seconds,
    parse_small_number,
    unquote_url,
)
from landing_site.environment.url_options import OptionParser, parse_option

SCHEMES = frozenset({"sqlite", "postgres", "postgresql"})
#: Postgres passes numbers and words to libpq as text, which checks them when it connects.
NUMBERS = frozenset(
    {
        "connect_timeout",
        "keepalives",
        "keepalives_idle",
        "keepalives_interval",
        "keepalives_count",
        "tcp_user_timeout",
    }
)

FLAG: OptionParser = (parse_boolean, "true or false")
WHOLE: OptionParser = (parse_small_number, "a whole number")


def parse_database_url(text: str) -> dict[str, Any]:
    """Return the ``DATABASES`` entry for a SQLite or PostgreSQL URL."""
    url = unquote_url(text)
    address, _, query = url.partition("?")
    scheme = address.partition(":")[0].lower()
    # Without //, django-environ would cut the name of the database.
    if scheme not in SCHEMES or not address[len(scheme) :].startswith("://"):
        raise ValueError(scheme)
    is_sqlite = scheme == "sqlite"
    path = address.partition("://")[2].partition("/")[2]
    if "@" in query or ("@" in path and not is_sqlite):
        raise InvalidValue(ENCODE_IT)
    config = _parse_address(address)
    known = {**_DJANGO_OPTIONS, **(_SQLITE_OPTIONS if is_sqlite else _postgres_options())}
    given = [(name.lower(), value) for name, value in parse_qsl(query) if value]
    options = {name: parse_option(known, name, value) for name, value in given}
    config |= {name.upper(): options.pop(name) for name in _DJANGO_OPTIONS if name in options}
    return {**config, "OPTIONS": options} if options else config


def _parse_address(address: str) -> dict[str, Any]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            config: dict[str, Any] = environ.Env.db_url_config(address)
    except (Warning, ImproperlyConfigured):
        raise ValueError(address) from None
    if config["NAME"] in {"", ":memory:"}:
        raise ValueError(address)
    # A Unix socket, such as %2Frun%2Fpostgresql.
    return {**config, "HOST": _parse_hosts(unquote(config["HOST"]))}


def _parse_hosts(text: str) -> str:
    """Return the hosts. A name such as "a..b" raises ValueError: Python cannot look it up."""
    for host in text.split(","):
        if not host.startswith("/"):
            host.encode("idna")
    return text


@cache
def _postgres_options() -> Mapping[str, OptionParser]:
    """Return the options of Django, and of the installed libpq, which knows its own best."""
    from psycopg import pq

    names = {option.keyword.decode() for option in pq.Conninfo.get_defaults()}
    texts: dict[str, OptionParser] = dict.fromkeys(names - NUMBERS, (str, "a text"))
    choices = {name: _one_of(values) for name, values in _POSTGRES_CHOICES.items()}
    return {**texts, **dict.fromkeys(NUMBERS, WHOLE), **choices, **_POSTGRES_OPTIONS}


def _one_of(words: tuple[str, ...]) -> OptionParser:
    def parse(text: str) -> str:
        if text.lower() not in words:
            raise ValueError(text)
        return text.lower()

    return parse, f"{', '.join(words[:-1])}, or {words[-1]}"


def _parse_age(text: str) -> int | None:
    return None if text.lower() == "none" else parse_small_number(text)


def _parse_isolation(text: str) -> int:
    """Return psycopg's number of an isolation level, such as 4 for serializable."""
    from psycopg import IsolationLevel

    try:
        return int(IsolationLevel[text.upper().replace(" ", "_").replace("-", "_")])
    except KeyError:
        return int(IsolationLevel(parse_small_number(text)))


#: Options that Django takes itself, next to ``OPTIONS``.
_DJANGO_OPTIONS: Mapping[str, OptionParser] = {
    "conn_max_age": (_parse_age, "a whole number of seconds, or None,"),
    "conn_health_checks": FLAG,
    "atomic_requests": FLAG,
    "autocommit": FLAG,
    "disable_server_side_cursors": FLAG,
}
_SQLITE_OPTIONS: Mapping[str, OptionParser] = {
    "timeout": (parse_seconds, "a number of seconds"),
    "transaction_mode": _one_of(("deferred", "immediate", "exclusive")),
    "init_command": (str, "a text"),
    "cached_statements": WHOLE,
}
_POSTGRES_OPTIONS: Mapping[str, OptionParser] = {
    "assume_role": (str, "a text"),
    "host": (_parse_hosts, "a host, or several with commas,"),
    "server_side_binding": FLAG,
    "isolation_level": (_parse_isolation, "an isolation level such as serializable"),
}
_POSTGRES_CHOICES: Mapping[str, tuple[str, ...]] = {
    "sslmode": ("disable", "allow", "prefer", "require", "verify-ca", "verify-full"),
    "channel_binding": ("disable", "prefer", "require"),
    "gssencmode": ("disable", "prefer", "require"),
    "target_session_attrs": (
        "any",
        "read-write",
        "read-only",
        "primary",
        "standby",
        "prefer-standby",
    ),
}
