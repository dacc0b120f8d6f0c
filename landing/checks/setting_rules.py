"""Rules for the valid values of settings, each with the words of its error message."""

from __future__ import annotations

import ipaddress
import math
import re
from collections.abc import Callable, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any, NamedTuple

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.module_loading import import_string

#: A path prefix and a number of bytes.
LIMIT_OF_PATH = r"/[^=]*=[0-9]{1,10}"
#: A text that only a pattern for every text matches.
ANY_TEXT = "\N{REPLACEMENT CHARACTER}"


class Rule(NamedTuple):
    """The valid values of a setting. ``expected`` completes the message "must be ..."."""

    expected: str
    holds: Callable[[Any], bool]
    #: Whether messages leave out the value.
    is_secret: bool = False


def number(low: float, high: float) -> Rule:
    """Return the rule for finite numbers in a range, without booleans."""
    return Rule(
        f"a number from {low} to {high}",
        lambda value: (
            isinstance(value, int | float)
            and not isinstance(value, bool)
            and math.isfinite(value)
            and low <= value <= high
        ),
    )


def whole(low: int, high: int) -> Rule:
    """Return the rule for integers in a range."""
    in_range = number(low, high).holds
    return Rule(
        f"a whole number from {low} to {high}",
        lambda value: isinstance(value, int) and in_range(value),
    )


def text(pattern: str, expected: str) -> Rule:
    """Return the rule for strings that match a pattern."""
    return Rule(
        expected,
        lambda value: isinstance(value, str) and re.fullmatch(pattern, value) is not None,
    )


def text_by_language(pattern: str, expected: str) -> Rule:
    """Return the rule for a string, or a mapping from the site's languages to strings."""
    one = text(pattern, expected)
    return Rule(
        f"{expected}, or a dictionary of such texts by code in LANGUAGES",
        lambda value: (
            one.holds(value)
            or (
                isinstance(value, Mapping)
                and bool(value)
                and set(value) <= {code for code, _ in settings.LANGUAGES}
                and all(map(one.holds, value.values()))
            )
        ),
    )


def one_of(names: type[StrEnum]) -> Rule:
    """Return the rule for the values of an enumeration."""
    return Rule(
        f"one of {', '.join(names)}",
        lambda value: isinstance(value, str) and value in list(names),
    )


FLAG = Rule("True or False", lambda value: isinstance(value, bool))
PATHS = Rule(
    'a tuple of path prefixes that begin with "/"',
    lambda value: (
        isinstance(value, tuple | list)
        and all(isinstance(path, str) and path.startswith("/") for path in value)
    ),
)
PATTERNS = Rule(
    "a tuple of regular expressions, none of which matches every text",
    lambda value: isinstance(value, tuple | list) and all(map(_is_pattern, value)),
)
BODY_LIMITS = Rule(
    'a tuple of path prefixes with a number of bytes, such as "/upload/=10485760"',
    lambda value: (
        isinstance(value, tuple | list)
        and all(
            isinstance(each, str) and re.fullmatch(r"/[^=]*=[0-9]{1,10}", each) for each in value
        )
    ),
)
FILE = Rule(
    "empty or the path of a file",
    lambda value: isinstance(value, str) and (value == "" or Path(value).is_file()),
)
EMAILS = Rule(
    "a tuple of e-mail addresses",
    lambda value: isinstance(value, tuple | list) and all(map(_is_email, value)),
    is_secret=True,
)
ADDRESS = Rule(
    'an IP address, such as "127.0.0.1" or "::1"',
    lambda value: isinstance(value, str) and _is_address(value),
)
REDIS_URL = Rule(
    "None, empty, or a URL that begins with redis://, rediss://, or unix://",
    lambda value: value is None or _is_redis_url(value),
    is_secret=True,
)
BACKEND = Rule("empty or the dotted path of a class", lambda value: _is_empty_or_class(value))
TOKEN = text(
    r"|[!-~]{16,200}", "empty or 16 to 200 visible ASCII characters without spaces"
)._replace(is_secret=True)
RATE = text(
    r"[1-9][0-9]*/(s|sec|second|m|min|minute|h|hour|d|day)",
    'a number of requests per second, min, hour, or day, such as "120/min"',
)


def _is_pattern(value: Any) -> bool:
    """Return whether a text is a regular expression that does not match every text."""
    try:
        return isinstance(value, str) and not re.search(value, ANY_TEXT)
    except re.error:
        return False


def _is_email(value: Any) -> bool:
    try:
        validate_email(value)
    except (ValidationError, TypeError):
        return False
    return True


def _is_address(value: str) -> bool:
    try:
        ipaddress.ip_address(value)
    except ValueError:
        return False
    return True


def _is_redis_url(value: Any) -> bool:
    return isinstance(value, str) and bool(re.fullmatch(r"|(redis|rediss|unix)://\S+", value))


def _is_empty_or_class(value: Any) -> bool:
    if not isinstance(value, str):
        return False
    try:
        return value == "" or isinstance(import_string(value), type)
    except ImportError:
        return False
