"""Analytics rows as a file, in memory of one page however many they are.

Owns what a line contains and how it is written as CSV and as JSON. Which rows, and who
may have them, is said by :mod:`landing.admin.analytics`.
"""

from __future__ import annotations

import csv
import json
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from datetime import UTC, datetime
from io import StringIO
from typing import Any, NamedTuple

from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIRequest
from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import Q
from django.http import HttpRequest, StreamingHttpResponse
from django.utils import timezone
from django.utils.http import content_disposition_header

from ..dates import site_day
from ..querysets import AnalyticsQuerySet

PAGE_ROWS = 1000
COLUMNS = ("created_at", "event", "path", "visitor", "user", "referrer_host", "data")
#: https://owasp.org/www-community/attacks/CSV_Injection
FORMULA_BEGINS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


class Row(NamedTuple):
    """A row of the table, in the order in which it is read; ``user`` is the primary key."""

    created_at: datetime
    visitor_id: bytes
    id: int
    event: str
    path: str
    user_id: Any
    referrer_host: str
    data: dict[str, Any]

    def cells(self) -> tuple[Any, ...]:
        """What stands below the :data:`COLUMNS`."""
        at = self.created_at.astimezone(UTC).isoformat(timespec="microseconds")
        return (
            at.replace("+00:00", "Z"),
            self.event,
            self.path,
            self.visitor_id.hex(),
            self.user_id,
            self.referrer_host,
            self.data,
        )


def pages(queryset: AnalyticsQuerySet) -> Iterator[list[Row]]:
    """All rows, the newest first: one query per :data:`PAGE_ROWS`, each of its own moment.

    Each page is found by the last row of the one before, so the last costs what the
    first does, and no cursor or transaction stays open while a slow client reads.
    """
    newest_first = queryset.order_by("-created_at", "-visitor_id", "-id").values_list(*Row._fields)
    rest = newest_first
    while page := [Row(*row) for row in rest[:PAGE_ROWS]]:
        yield page
        if len(page) < PAGE_ROWS:
            return
        rest = newest_first.filter(_after(page[-1]))


def _after(row: Row) -> Q:
    at, visitor = row.created_at, bytes(row.visitor_id)
    same_moment = Q(visitor_id__lt=visitor) | Q(visitor_id=visitor, id__lt=row.id)
    # The first bound follows from the others, but only it is one that an index knows.
    return Q(created_at__lte=at) & (Q(created_at__lt=at) | same_moment)


def as_csv(pages: Iterable[list[Row]]) -> Iterator[str]:
    """One line of names, then RFC 4180; no byte order mark, which programs take for text."""
    yield _csv_lines([COLUMNS])
    for page in pages:
        yield _csv_lines([_csv_cell(cell) for cell in row.cells()] for row in page)


def _csv_lines(rows: Iterable[Iterable[Any]]) -> str:
    lines = StringIO()
    csv.writer(lines).writerows(rows)
    return lines.getvalue()


def _csv_cell(cell: Any) -> str:
    """As text that no spreadsheet takes for a formula."""
    if cell is None:
        return ""
    text = _json(cell) if isinstance(cell, dict) else str(cell)
    return f"'{text}" if text.startswith(FORMULA_BEGINS) else text


def as_json(pages: Iterable[list[Row]]) -> Iterator[str]:
    """An array of objects, each on a line of its own."""
    before = "["
    for page in pages:
        objects = (_json(dict(zip(COLUMNS, row.cells(), strict=True))) for row in page)
        yield f"{before}\n" + ",\n".join(objects)
        before = ","
    yield "[]\n" if before == "[" else "\n]\n"


def _json(value: dict[str, Any]) -> str:
    return json.dumps(value, cls=DjangoJSONEncoder, ensure_ascii=False)


class Format(NamedTuple):
    write: Callable[[Iterable[list[Row]]], Iterator[str]]
    content_type: str


FORMATS = {
    "csv": Format(as_csv, "text/csv; charset=utf-8; header=present"),
    "json": Format(as_json, "application/json"),
}


def response(request: HttpRequest, queryset: AnalyticsQuerySet, name: str) -> StreamingHttpResponse:
    """These rows as a file to keep, in the format of that name in :data:`FORMATS`."""
    parts = FORMATS[name].write(pages(queryset))
    # Django collects whole what does not fit the kind of the request.
    stream = _in_threads(parts) if isinstance(request, ASGIRequest) else parts
    answer = StreamingHttpResponse(stream, content_type=FORMATS[name].content_type)
    file_name = f"analytics-{site_day(timezone.now()):%Y-%m-%d}.{name}"
    answer["Content-Disposition"] = content_disposition_header(True, file_name)
    return answer


async def _in_threads(parts: Iterator[str]) -> AsyncIterator[str]:
    def following() -> str | None:
        return next(parts, None)

    while (part := await sync_to_async(following)()) is not None:
        yield part
