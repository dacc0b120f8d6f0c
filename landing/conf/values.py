"""Turn the values that a project writes into those that the app uses."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePath
from types import UnionType
from typing import Any, get_args, get_origin

from django.utils import translation
from django.utils.functional import Promise


def convert(value: Any) -> Any:
    """Return a list as a tuple, a path as a text, and a lazy text as its original.

    Each page translates the original of ``gettext_lazy``.
    """
    if isinstance(value, Promise):
        with translation.override(None):
            return str(value)
    if isinstance(value, Mapping):
        return {key: convert(each) for key, each in value.items()}
    if isinstance(value, list):
        return tuple(value)
    return str(value) if isinstance(value, PurePath) else value


def has_type(value: Any, kind: Any) -> bool:
    """Return whether a value has the type of a setting. A whole number is also a number."""
    if isinstance(kind, UnionType):
        return any(has_type(value, each) for each in get_args(kind))
    origin = get_origin(kind) or kind
    if origin is tuple:
        return isinstance(value, tuple) and all(isinstance(each, str) for each in value)
    if isinstance(value, bool):
        return origin is bool
    return isinstance(value, int | float if origin is float else origin)
