"""System checks of the names of the settings, because a misspelled one would have no effect."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register

from .. import conf
from ..conf.similar_names import find_similar
from ..names import LABEL
from .ids import DOCS, full_id


@register(LABEL)
def check_dictionary(**kwargs: Any) -> list[CheckMessage]:
    """E104: the app's settings must be a dictionary."""
    found = getattr(settings, conf.DICTIONARY, {})
    if isinstance(found, Mapping):
        return []
    return [
        Error(
            f"{conf.DICTIONARY} must be a dictionary, not {type(found).__name__}.",
            hint=f'Such as {conf.DICTIONARY} = {{"HEARTBEAT_SECONDS": 5}}; see {DOCS}.',
            id=full_id("E104"),
        )
    ]


@register(LABEL)
def check_keys(**kwargs: Any) -> list[CheckMessage]:
    """E100: reject unknown keys of the dictionary."""
    keys = {name.removeprefix(conf.PREFIX) for name in conf.NAMES}
    return [
        _unknown(f"{conf.DICTIONARY}[{_quote(key)}]", _find_similar(key, keys))
        for key in conf.read_dictionary()
        if key not in keys
    ]


@register(LABEL)
def check_names(**kwargs: Any) -> list[CheckMessage]:
    """E100: reject unknown names with the prefix, which belongs to the project in a host."""
    if conf.is_host():
        return []
    return [
        _unknown(name, find_similar(name, conf.PREFIX, conf.NAMES))
        for name in sorted(dir(settings))
        if name.startswith(conf.PREFIX) and name not in conf.NAMES
    ]


def _unknown(name: str, similar: str | None) -> Error:
    advice = f" Did you mean {similar}?" if similar else ""
    return Error(f"{name} is not a setting.{advice}", hint=f"See {DOCS}.", id=full_id("E100"))


def _find_similar(key: object, keys: Iterable[str]) -> str | None:
    return find_similar(key, conf.PREFIX, keys) if isinstance(key, str) else None


def _quote(key: object) -> str:
    """Return a key as Python code, a text in double quotes."""
    return f'"{key}"' if isinstance(key, str) else repr(key)
