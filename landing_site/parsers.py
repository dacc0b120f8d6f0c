"""Parse the text of an environment variable.

Each parser raises ``ValueError`` if the text is not valid. The parsers are strict, unlike the
casts of django-environ, which read "maybe" as False and "1e999" as 1999.
"""

from __future__ import annotations

import math
import re
import warnings
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import environ
from django.core.exceptions import ImproperlyConfigured

TRUE = frozenset({"true", "yes", "on", "1"})
FALSE = frozenset({"false", "no", "off", "0"})
DATABASE_SCHEMES = frozenset({"sqlite", "postgres", "postgresql"})
REDIS_SCHEMES = frozenset({"redis", "rediss", "unix"})


def parse_boolean(text: str) -> bool:
    """Return True or False for the words in TRUE and FALSE, in any case."""
    word = text.lower()
    if word not in TRUE | FALSE:
        raise ValueError(text)
    return word in TRUE


def parse_whole_number(text: str) -> int:
    """Return an integer that is not negative."""
    if not (text.isascii() and text.isdigit()):
        raise ValueError(text)
    return int(text)


def parse_number(text: str) -> float:
    """Return a finite number."""
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(text)
    return number


def parse_words(text: str) -> tuple[str, ...]:
    """Return the items of a comma-separated list, without the empty ones."""
    return tuple(word.strip() for word in text.split(",") if word.strip())


def parse_time_zone(text: str) -> str:
    """Return the name of an IANA time zone that this machine knows."""
    try:
        ZoneInfo(text)
    except (ZoneInfoNotFoundError, OSError):
        raise ValueError(text) from None
    return text


def parse_origins(text: str) -> list[str]:
    """Return a list of origins, each of the form ``https://host[:port]``."""
    origins = parse_words(text)
    for origin in origins:
        if not re.fullmatch(r"https?://[^\s/?#@]+", origin):
            raise ValueError(origin)
    return list(origins)


def parse_header(text: str) -> str:
    """Return the key of a request header in ``request.META``."""
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9-]*", text):
        raise ValueError(text)
    return "HTTP_" + text.upper().replace("-", "_")


def parse_database_url(text: str) -> dict[str, Any]:
    """Return the ``DATABASES`` entry for a SQLite or PostgreSQL URL."""
    if text.partition(":")[0].lower() not in DATABASE_SCHEMES:
        raise ValueError(text)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            config: dict[str, Any] = environ.Env.db_url_config(text)
    except (Warning, ImproperlyConfigured):
        raise ValueError(text) from None
    if config["NAME"] in {"", ":memory:"}:
        raise ValueError(text)
    return config


def parse_redis_url(text: str) -> str:
    """Return a Redis URL that names a host, or the path of a Unix socket."""
    parts = urlsplit(text)
    # redis-py would silently use database 0 if the path is not a number.
    is_database = re.fullmatch(r"(/[0-9]*)?", parts.path) is not None
    has_target = bool(parts.path if parts.scheme == "unix" else parts.hostname and is_database)
    if parts.scheme not in REDIS_SCHEMES or not has_target or parts.port == 0:
        raise ValueError(text)
    return text
