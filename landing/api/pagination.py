"""Pages of activities, newest first, and the cursors that lead from one to the next.

Owns what a cursor is: the row that a page begins beyond. DRF's own is a moment and how
many rows of that moment were seen. Rows may share a moment; each that came or went would
shift the others, and beyond a thousand of them its pages would repeat.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Literal, NamedTuple, Self, cast

from ..dates import EPOCH
from ..models import Activity
from ..querysets import ActivityQuerySet

Direction = Literal["before", "after"]

MICROSECOND = timedelta(microseconds=1)
#: No moment that Python, and no key that a database does not know.
CURSOR = re.compile(r"(before|after)-([0-9]{1,17})-([0-9]{1,18})")


class Cursor(NamedTuple):
    """To those older ("before") or newer ("after") than one row, be it still there or not."""

    direction: Direction
    moment: datetime
    id: int

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """None: it is none."""
        found = CURSOR.fullmatch(text)
        if found is None:
            return None
        moment = EPOCH + int(found[2]) * MICROSECOND
        return cls(cast("Direction", found[1]), moment, int(found[3]))

    def __str__(self) -> str:
        return f"{self.direction}-{(self.moment - EPOCH) // MICROSECOND}-{self.id}"

    def back(self) -> Self:
        """To those on its other side, and its row."""
        if self.direction == "before":
            return self._replace(direction="after", id=max(self.id - 1, 0))
        return self._replace(direction="before", id=self.id + 1)


class Page(NamedTuple):
    """Newest first. ``newer`` and ``older`` lead to what is beside it; None: nothing."""

    rows: list[Activity]
    newer: Cursor | None
    older: Cursor | None


def page(activities: ActivityQuerySet, cursor: Cursor | None, limit: int) -> Page:
    """At most so many, those nearest to the cursor; the newest ones without it. One query."""
    found = list(_beyond(activities, cursor)[: limit + 1])
    rows = found[:limit]
    direction = cursor.direction if cursor else "before"
    is_end = len(found) <= limit
    further = None if is_end else Cursor(direction, rows[-1].created_at, rows[-1].pk)
    back = cursor.back() if cursor else None
    if direction == "after":
        return Page(rows[::-1], newer=further, older=back)
    return Page(rows, newer=back, older=further)


def _beyond(activities: ActivityQuerySet, cursor: Cursor | None) -> ActivityQuerySet:
    """The nearest first."""
    if cursor is None:
        return activities.newest_first()
    if cursor.direction == "after":
        return activities.newer_than(cursor.moment, cursor.id).newest_first().reverse()
    return activities.older_than(cursor.moment, cursor.id).newest_first()
