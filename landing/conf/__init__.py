"""Typed, cached access to the app's settings.

:class:`.schema.LandingSettings` defines each setting once. Code reads a setting as
``conf.read().LANDING_HEARTBEAT_SECONDS``, so a text search for a name finds its definition and
every use. Nothing else in the app reads these settings from ``django.conf.settings``. The cache
is cleared when a test overrides a setting. :mod:`.checks.app_settings` validates the values.

A project sets them in one dictionary, whose keys have no prefix:
``LIVE_USER_COUNTER = {"HEARTBEAT_SECONDS": 5}``. In this repository, a setting with the full name
is read too and wins. In a project that installs the package, such a name belongs to the project.
Messages name a setting with :func:`spell`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from functools import cache
from typing import Any, get_type_hints

from django.conf import settings
from django.core.signals import setting_changed

from ..names import LABEL, SITE_LABEL
from .schema import CODE_ONLY, LandingSettings, TextByLanguage
from .values import convert, has_type

__all__ = ["CODE_ONLY", "LandingSettings", "TextByLanguage"]

#: Prefix of the full names.
PREFIX = "LANDING_"
#: The setting of a project that contains all settings of the app.
DICTIONARY = "LIVE_USER_COUNTER"

NAMES = tuple(field.name for field in fields(LandingSettings))


def is_host() -> bool:
    """Return whether this is the installed package in a project, not the site's own app."""
    return LABEL != SITE_LABEL


def spell(name: str) -> str:
    """Return a setting as its owner writes it: ``LIVE_USER_COUNTER["X"]`` in a host project."""
    key = name.removeprefix(PREFIX)
    if is_host():
        return f'{DICTIONARY}["{key}"]'
    return "REDIS_URL" if key == "REDIS_URL" else f"{PREFIX}{key}"


@cache
def read() -> LandingSettings:
    """Return the settings in force: those of the project, else the defaults.

    A value of another type would end in an exception wherever it is used, so the default applies.
    The system checks and the log name it.
    """
    kinds = get_type_hints(LandingSettings)
    given = {name: value for name, value in given_values().items() if has_type(value, kinds[name])}
    return LandingSettings(**given)


def redis_url() -> str:
    """Return the URL of Redis; empty without Redis."""
    fallback = "" if is_host() else getattr(settings, "REDIS_URL", "")
    return read().LANDING_REDIS_URL or fallback or ""


@cache
def is_set(name: str) -> bool:
    """Return whether the project sets this setting, even to its default."""
    return name in given_values()


def read_dictionary() -> Mapping[Any, Any]:
    """Return the project's dictionary; empty if it is missing or not a dictionary."""
    found: Any = getattr(settings, DICTIONARY, {})
    return found if isinstance(found, Mapping) else {}


def with_full_names(dictionary: Mapping[Any, Any]) -> dict[str, Any]:
    """Return the settings of such a dictionary. The system checks report unknown keys."""
    keys = {name: name.removeprefix(PREFIX) for name in NAMES}
    return {name: dictionary[key] for name, key in keys.items() if key in dictionary}


def given_values() -> dict[str, Any]:
    """Return the settings that the project sets, of any type."""
    found = with_full_names(read_dictionary())
    if not is_host():
        found |= {name: getattr(settings, name) for name in NAMES if hasattr(settings, name)}
    return {name: convert(value) for name, value in found.items()}


def _clear_cache(**kwargs: Any) -> None:
    read.cache_clear()
    is_set.cache_clear()


setting_changed.connect(_clear_cache)
