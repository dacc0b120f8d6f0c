"""A visitor's change of the open connections: leave no more rows, or get a new visitor id."""

from __future__ import annotations

import json
from typing import NamedTuple

from ...visitors.sessions.change import decrypt, encrypt
from ...visitors.visitor_cookie import create_visitor


class VisitorChange(NamedTuple):
    """The connections of ``visitor`` leave no more rows, and belong to ``replacement``.

    Both ids are the same for a visitor who opts out. A visitor who is forgotten becomes another
    one, the same on every worker, so that all open tabs remain one person.
    """

    visitor: bytes
    replacement: bytes

    @property
    def is_forgotten(self) -> bool:
        """Whether the visitor id must disappear."""
        return self.visitor != self.replacement


def opt_out(visitor: bytes) -> VisitorChange:
    """Return the change for a visitor who opts out."""
    return VisitorChange(visitor, visitor)


def forget(visitor: bytes) -> VisitorChange:
    """Return the change for a visitor who is forgotten."""
    return VisitorChange(visitor, create_visitor())


def seal(change: VisitorChange) -> str:
    """Return the change as encrypted text, so that nobody else can make people leave."""
    return encrypt(json.dumps([each.hex() for each in change]))


def unseal(sealed: str) -> VisitorChange | None:
    """Return the change in an encrypted text; None if another key or program made it."""
    content = decrypt(sealed)
    if content is None:
        return None
    return VisitorChange(*map(bytes.fromhex, json.loads(content)))
