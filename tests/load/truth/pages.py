"""The pages that people are on: a few that many read, many that few read, and some without a name.

This module owns the mix and the tokens that the site's pages would have.
"""

from __future__ import annotations

import json
import random
from functools import cache
from urllib.parse import unquote

from landing.places import tokens
from landing.places.names import ELSEWHERE
from tests.load.truth import PAGES

#: Share of people on a page without a place.
ELSEWHERE_SHARE = 0.1


#: A page that many people read.
POPULAR = "/story/1"


class Pages:
    """Pages of which each has half as many people as one with half its number, on average."""

    def __init__(self, count: int = PAGES) -> None:
        self._names = [f"/story/{number}" for number in range(1, count + 1)]
        self._weights = [1 / number for number in range(1, count + 1)]

    def choose(self) -> str:
        """Return the place of a person's next page, empty for elsewhere."""
        if not self._names or random.random() < ELSEWHERE_SHARE:
            return ELSEWHERE
        (place,) = random.choices(self._names, self._weights)
        return place


@cache
def query(place: str, topics: str = "") -> str:
    """Return the query string of a connection from this page; without topics, for the default."""
    given = {"place": tokens.sign(place), "topics": topics}
    fields = "&".join(f"{name}={value}" for name, value in given.items() if value)
    return f"?{fields}" if fields else ""


@cache
def frame(place: str) -> bytes:
    """Return the frame with which an open tab moves to this page."""
    return json.dumps({"type": "at", "path": unquote(tokens.sign(place))}).encode()
