"""Decide from the user agent whether a client is a program.

The rules, in this order:

1. The patterns of the site decide first.
2. A client without a user agent is a program.
3. A user agent that names a program is one of a program. The name of the device does not count,
   because phones are called CUBOT, Spider, and other words of programs.
4. A user agent that names no device, system, or engine of a person is one of a program.
5. Every other client is a person.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from django.core.signals import setting_changed

from .. import conf
from .agent_words import (
    BARE_MOZILLA,
    BOUNDED,
    DEVICE,
    IN_DEVICE,
    INNOCENT,
    NAMED_BROWSERS,
    PLATFORM_PATTERNS,
    PLATFORMS,
    PROGRAMS,
)

#: Characters that are searched, which bounds the time of a search.
MAX_AGENT_LENGTH = 1024
#: Cached user agents, about 300 bytes each.
CACHED_AGENTS = 2048

#: Facebook's apps list the device and its mobile carrier in brackets.
FACEBOOK_APP = re.compile(r"\[fb[^\]]*")
#: No name contains these characters. The header is damaged or an attack, and proves nothing.
NOT_IN_NAMES = frozenset("\"'<>")


def is_program(user_agent: str) -> bool:
    """Return True for bots, link previewers, scripts, and tools, also without a user agent."""
    return _is_program(user_agent[:MAX_AGENT_LENGTH])


@lru_cache(maxsize=CACHED_AGENTS)
def _is_program(user_agent: str) -> bool:
    text = user_agent.strip().lower()
    if _matches("LANDING_NOT_BOT_PATTERNS", text):
        return False
    if not text or _matches("LANDING_BOT_PATTERNS", text):
        return True
    if conf.read().LANDING_COUNT_HEADLESS_BROWSERS:
        text = text.replace("headless", "")
    return _names_program(text) or not _names_platform(text)


def _names_program(text: str) -> bool:
    """Return whether a word outside the device's name is one of a program."""
    named = FACEBOOK_APP.sub("", _without_device(text))
    for phrase in INNOCENT:
        named = named.replace(phrase, "")
    return (
        any(word in named for word in PROGRAMS)
        or BOUNDED.search(named) is not None
        or IN_DEVICE.search(text) is not None
    )


def _without_device(text: str) -> str:
    """Remove the comments that describe a device. Apps repeat its name in their own comment."""
    kept, position = [], 0
    while (start := text.find("(", position)) >= 0:
        end = _end_of_comment(text, start)
        kept.append(text[position : start if _describes_device(text[start:end]) else end])
        position = end
    return "".join(kept) + text[position:]


def _describes_device(comment: str) -> bool:
    is_device = any(word in comment for word in DEVICE)
    return is_device and "compatible;" not in comment and "http" not in comment


def _end_of_comment(text: str, start: int) -> int:
    """Return the index after the parenthesis that closes the one at ``start``."""
    depth = 0
    for index in range(start, len(text)):
        depth += (text[index] == "(") - (text[index] == ")")
        if depth == 0:
            return index + 1
    return len(text)


def _names_platform(text: str) -> bool:
    """Return whether the text names what a person may use, or proves nothing."""
    if any(word in text for word in PLATFORMS) or PLATFORM_PATTERNS.search(text):
        return True
    if text.startswith("mozilla/"):
        return BARE_MOZILLA.fullmatch(text) is None
    return NAMED_BROWSERS.match(text) is not None or not NOT_IN_NAMES.isdisjoint(text)


def _matches(setting: str, text: str) -> bool:
    return any(re.search(each, text, re.IGNORECASE) for each in getattr(conf.read(), setting))


def _clear_cache(**kwargs: Any) -> None:
    _is_program.cache_clear()


setting_changed.connect(_clear_cache)
