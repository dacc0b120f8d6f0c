"""Detect user agents of programs."""

from __future__ import annotations

from functools import lru_cache

from crawleruseragents import is_crawler

#: Characters that are searched, which bounds a search to a millisecond.
MAX_AGENT_LENGTH = 512
#: Cached user agents, about 300 bytes each.
CACHED_AGENTS = 2048


def is_program(user_agent: str) -> bool:
    """Return True for known bots, link previewers, and scripts, and for an empty user agent."""
    return not user_agent.strip() or _is_known_program(user_agent[:MAX_AGENT_LENGTH])


@lru_cache(maxsize=CACHED_AGENTS)
def _is_known_program(user_agent: str) -> bool:
    return bool(is_crawler(user_agent))
