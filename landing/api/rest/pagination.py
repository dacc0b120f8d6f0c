"""Keyset pagination of activities, newest first.

A cursor names the activity at which a page begins. Pages stay complete and free of
repetitions while activities are published, hidden, or deleted.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any, ClassVar, Literal, NamedTuple, Self, cast

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param

from ...dates import EPOCH
from ...models import Activity
from ...tables.querysets import ActivityQuerySet
from .serializers import QuerySerializer, WholeNumberField

Direction = Literal["before", "after"]

MAX_PAGE_SIZE = 100
MICROSECOND = timedelta(microseconds=1)
#: Limits the digits to times that Python and ids that every database can represent.
CURSOR = re.compile(r"(before|after)-([0-9]{1,17})-([0-9]{1,18})")


class Cursor(NamedTuple):
    """Selects the activities older ("before") or newer ("after") than one activity.

    The activity itself need not exist anymore.
    """

    direction: Direction
    time: datetime
    id: int

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """Return the cursor that a link contains, or None if the text is malformed."""
        match = CURSOR.fullmatch(text)
        if match is None:
            return None
        time = EPOCH + int(match[2]) * MICROSECOND
        return cls(cast("Direction", match[1]), time, int(match[3]))

    def __str__(self) -> str:
        return f"{self.direction}-{(self.time - EPOCH) // MICROSECOND}-{self.id}"

    def reverse(self) -> Self:
        """Return the cursor to the other side, which includes the activity itself."""
        if self.direction == "before":
            return self._replace(direction="after", id=max(self.id - 1, 0))
        return self._replace(direction="before", id=self.id + 1)


class Page(NamedTuple):
    """Activities, newest first, and the cursors to the neighboring pages, None at the ends."""

    rows: list[Activity]
    newer: Cursor | None
    older: Cursor | None


def read_page(activities: ActivityQuerySet, cursor: Cursor | None, limit: int) -> Page:
    """Return the page at the cursor, or the newest page, with one query."""
    found = list(_order_from(activities, cursor)[: limit + 1])
    rows = found[:limit]
    direction = cursor.direction if cursor else "before"
    is_last = len(found) <= limit
    onward = None if is_last else Cursor(direction, rows[-1].created_at, rows[-1].pk)
    back = cursor.reverse() if cursor else None
    if direction == "after":
        return Page(rows[::-1], newer=onward, older=back)
    return Page(rows, newer=back, older=onward)


def _order_from(activities: ActivityQuerySet, cursor: Cursor | None) -> ActivityQuerySet:
    """Return the activities in the cursor's direction, the nearest first."""
    if cursor is None:
        return activities.newest_first()
    if cursor.direction == "after":
        return activities.newer_than(cursor.time, cursor.id).newest_first().reverse()
    return activities.older_than(cursor.time, cursor.id).newest_first()


@extend_schema_field({"type": "string", "pattern": f"^{CURSOR.pattern}$"})
class CursorField(serializers.CharField):
    """A cursor from the ``next`` or ``previous`` link of a page."""

    default_error_messages: ClassVar[dict[str, Any]] = {
        "invalid": "Invalid cursor. Use the links in `next` and `previous`.",
    }

    def to_internal_value(self, data: Any) -> Any:
        cursor = Cursor.parse(data)
        if cursor is None:
            self.fail("invalid")
        return cursor


class PageQuerySerializer(QuerySerializer):
    """The query parameters of a page."""

    limit = WholeNumberField(
        min_value=1, max_value=MAX_PAGE_SIZE, default=20, help_text="Maximum activities per page."
    )
    cursor = CursorField(default=None, help_text="Taken from `next` or `previous`.")


class ActivityPagination(BasePagination):
    """Pages with links to the next (older) and the previous (newer) activities.

    DRF's ``CursorPagination`` answers a malformed cursor with 500, and repeats rows if more
    than a thousand share one timestamp.
    """

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any]:
        """Return the rows of the requested page. Raises ValidationError for a bad parameter."""
        query = PageQuerySerializer(data=request.query_params)
        query.is_valid(raise_exception=True)
        self._url = request.build_absolute_uri()
        self._page = read_page(queryset, **query.validated_data)
        return self._page.rows

    def get_paginated_response(self, data: Any) -> Response:
        """Return the serialized rows with the links to the neighboring pages."""
        return Response(
            {
                "next": self._link(self._page.older),
                "previous": self._link(self._page.newer),
                "results": data,
            }
        )

    def _link(self, cursor: Cursor | None) -> str | None:
        if cursor is None:
            return None
        return str(replace_query_param(self._url, "cursor", str(cursor)))
