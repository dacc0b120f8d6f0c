"""Which user agents are programs."""

from __future__ import annotations

from functools import lru_cache

from crawleruseragents import is_crawler

#: What comes after is not looked at: it bounds the search to a millisecond.
AGENT_LENGTH = 512


#: User agents of which the answer is remembered, some 300 bytes each.
AGENTS = 2048


def is_program(user_agent: str) -> bool:
    """A bot, a link previewer or a script, of those known; or nothing at all, as of no browser."""
    return not user_agent.strip() or _is_known_program(user_agent[:AGENT_LENGTH])


@lru_cache(maxsize=AGENTS)
def _is_known_program(user_agent: str) -> bool:
    return bool(is_crawler(user_agent))
