"""Reads the process's environment, and refuses what it does not understand.

Owns how a text becomes a value; knows no Django setting by name. Every refusal is
an ``ImproperlyConfigured`` of one line that begins with the variable's name and
never repeats a secret. An empty variable counts as unset.
"""

from __future__ import annotations

import difflib
import math
import os
import re
import warnings
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import environ
from django.core.exceptions import ImproperlyConfigured

TRUE = frozenset({"true", "yes", "on", "1"})
FALSE = frozenset({"false", "no", "off", "0"})


def refuse(name: str, expected: str) -> ImproperlyConfigured:
    """The error to raise when ``name`` is not ``expected``."""
    return ImproperlyConfigured(f"{name} {expected}.")


def text(name: str, default: str = "") -> str:
    return os.environ.get(name, "").strip() or default


def words(name: str, default: Iterable[str] = ()) -> list[str]:
    """A comma-separated list."""
    found = [word.strip() for word in text(name).split(",") if word.strip()]
    return found or list(default)


def boolean(name: str, default: bool) -> bool:
    value = text(name).lower()
    if value in TRUE or value in FALSE:
        return value in TRUE
    if value:
        raise refuse(name, f"must be true or false, not {value!r}")
    return default


def whole_number(name: str, default: int) -> int:
    """An integer that is not negative."""
    value = text(name)
    if not value:
        return default
    if not (value.isascii() and value.isdigit()):
        raise refuse(name, f"must be a whole number, 0 or more, not {value!r}")
    return int(value)


def time_zone(name: str, default: str) -> str:
    value = text(name, default)
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise refuse(
            name, f"must be an IANA time zone such as Europe/Oslo, not {value!r}"
        ) from None
    return value


def origins(name: str) -> list[str]:
    """``https://host[:port]`` each."""
    found = words(name)
    for origin in found:
        if not re.fullmatch(r"https?://[^\s/?#@]+", origin):
            raise refuse(name, f"must list origins such as https://example.com, not {origin!r}")
    return found


def header(name: str) -> str | None:
    """A request header as ``request.META`` spells it, None when unset."""
    value = text(name)
    if value and not re.fullmatch(r"[A-Za-z][A-Za-z0-9-]*", value):
        raise refuse(name, f"must be a header's name such as X-Forwarded-Proto, not {value!r}")
    return "HTTP_" + value.upper().replace("-", "_") if value else None


def database(name: str, default: str) -> dict[str, Any]:
    """A ``DATABASES`` entry from ``sqlite:///file`` or ``postgres://user:password@host/name``."""
    expected = "must be sqlite:///path or postgres://user:password@host:port/name"
    url = text(name, default)
    if _scheme(url) not in {"sqlite", "postgres", "postgresql"}:
        raise refuse(name, expected)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            config: dict[str, Any] = environ.Env.db_url_config(url)
    except (ValueError, Warning, ImproperlyConfigured):
        # The parser's own message may hold the password.
        raise refuse(name, expected) from None
    if config["NAME"] in {"", ":memory:"}:
        raise refuse(name, f"names no database: it {expected}")
    return config


def redis_url(name: str) -> str:
    """A Redis address, empty when unset."""
    value = text(name)
    if not value:
        return ""
    try:
        parts = urlsplit(value)
        # The client takes a path that is no number for database 0.
        is_number = re.fullmatch(r"(/[0-9]*)?", parts.path)
        complete = parts.path if parts.scheme == "unix" else parts.hostname and is_number
        understood = parts.scheme in {"redis", "rediss", "unix"} and complete and parts.port != 0
    except ValueError:
        understood = False
    if not understood:
        raise refuse(name, "must be redis://host:port/0, rediss://… or unix:///path")
    return value


def typed(prefix: str, types: Mapping[str, Any]) -> dict[str, Any]:
    """What is set of the variables in ``types``, cast; any other with ``prefix`` is refused."""
    for name in sorted(os.environ):
        if name.startswith(prefix) and name not in types:
            near = difflib.get_close_matches(name, types, n=1)
            hint = f"; did you mean {near[0]}?" if near else "; see docs/configuration.md"
            raise ImproperlyConfigured(f"{name} is not a setting{hint}")
    return {name: _cast(name, kind) for name, kind in types.items() if text(name)}


def _cast(name: str, kind: Any) -> Any:
    if kind is bool:
        return boolean(name, default=False)
    if kind is int:
        return whole_number(name, 0)
    if kind is float:
        return _number(name)
    if kind is str:
        return text(name)
    if kind == tuple[str, ...]:
        return tuple(words(name))
    raise TypeError(f"{name}: no way to read {kind}")


def _number(name: str) -> float:
    try:
        value = float(text(name))
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise refuse(name, f"must be a number, not {text(name)!r}")
    return value


def _scheme(url: str) -> str:
    return url.partition(":")[0].lower()
