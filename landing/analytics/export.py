"""Stream analytics rows as CSV or JSON, with one page of rows in memory.

:mod:`landing.admin.analytics_admin` selects the rows and checks permissions.
"""

from __future__ import annotations

import csv
import json
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from datetime import datetime
from io import StringIO
from typing import Any, NamedTuple

from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIRequest
from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import Q
from django.http import HttpRequest, StreamingHttpResponse
from django.utils.http import content_disposition_header

from ..dates import format_utc, site_day, utc_now
from ..tables.querysets import AnalyticsQuerySet
from ..tables.rollups import Dimension

PAGE_ROWS = 1000
DIMENSIONS = tuple(dimension.value for dimension in Dimension)
COLUMNS = (
    *("created_at", "event", "path", "visitor", "user", "referrer_host", "data"),
    *DIMENSIONS,
)
#: https://owasp.org/www-community/attacks/CSV_Injection
FORMULA_BEGINS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


class ExportRow(NamedTuple):
    """A row of the table, its columns in the order of the query."""

    created_at: datetime
    visitor_id: bytes
    id: int
    event: str
    path: str
    user_id: Any
    referrer_host: str
    data: dict[str, Any]
    utm_source: str = ""
    utm_campaign: str = ""
    language: str = ""
    width: str = ""

    def cells(self) -> tuple[Any, ...]:
        """Return the values of the :data:`COLUMNS`."""
        return (
            format_utc(self.created_at, "microseconds"),
            self.event,
            self.path,
            self.visitor_id.hex(),
            # A user model may have keys of any type.
            self.user_id if isinstance(self.user_id, int | None) else str(self.user_id),
            self.referrer_host,
            self.data,
            *(getattr(self, name) for name in DIMENSIONS),
        )


def read_pages(queryset: AnalyticsQuerySet) -> Iterator[list[ExportRow]]:
    """Yield all rows, newest first, with one query per :data:`PAGE_ROWS` rows.

    Each page starts after the last row of the previous one (keyset pagination). So every page
    costs the same, and no transaction stays open while a slow client reads.
    """
    newest_first = queryset.order_by("-created_at", "-visitor_id", "-id").values_list(
        *ExportRow._fields
    )
    remaining = newest_first
    while page := [ExportRow(*row) for row in remaining[:PAGE_ROWS]]:
        yield page
        if len(page) < PAGE_ROWS:
            return
        remaining = newest_first.filter(_after(page[-1]))


def _after(row: ExportRow) -> Q:
    at, visitor = row.created_at, bytes(row.visitor_id)
    same_time = Q(visitor_id__lt=visitor) | Q(visitor_id=visitor, id__lt=row.id)
    # The redundant first condition is the one that an index can use.
    return Q(created_at__lte=at) & (Q(created_at__lt=at) | same_time)


def write_csv(pages: Iterable[list[ExportRow]]) -> Iterator[str]:
    """Write a header line and CSV as in RFC 4180, without a byte order mark."""
    yield format_lines([COLUMNS])
    for page in pages:
        yield format_lines([format_cell(cell) for cell in row.cells()] for row in page)


def format_lines(rows: Iterable[Iterable[Any]]) -> str:
    """Return lines of CSV, without changing the cells."""
    lines = StringIO()
    csv.writer(lines).writerows(rows)
    return lines.getvalue()


def format_cell(cell: Any) -> str:
    """Format a value, with a quote in front of text that a spreadsheet would run as a formula."""
    if cell is None:
        return ""
    text = _json(cell) if isinstance(cell, dict) else str(cell)
    return f"'{text}" if text.startswith(FORMULA_BEGINS) else text


def write_json(pages: Iterable[list[ExportRow]]) -> Iterator[str]:
    """Write an array of objects, one per line."""
    before = "["
    for page in pages:
        objects = (_json(dict(zip(COLUMNS, row.cells(), strict=True))) for row in page)
        yield f"{before}\n" + ",\n".join(objects)
        before = ","
    yield "[]\n" if before == "[" else "\n]\n"


def _json(value: dict[str, Any]) -> str:
    return json.dumps(value, cls=DjangoJSONEncoder, ensure_ascii=False)


class Format(NamedTuple):
    """A file format: its writer and its content type."""

    write: Callable[[Iterable[list[ExportRow]]], Iterator[str]]
    content_type: str


FORMATS = {
    "csv": Format(write_csv, "text/csv; charset=utf-8; header=present"),
    "json": Format(write_json, "application/json"),
}


def stream_response(
    request: HttpRequest, queryset: AnalyticsQuerySet, name: str
) -> StreamingHttpResponse:
    """Return the rows as a download, in the format that ``name`` selects from :data:`FORMATS`."""
    parts = FORMATS[name].write(read_pages(queryset))
    # Under ASGI, Django would collect a synchronous iterator in memory.
    stream = _in_threads(parts) if isinstance(request, ASGIRequest) else parts
    download = StreamingHttpResponse(stream, content_type=FORMATS[name].content_type)
    file_name = f"analytics-{site_day(utc_now()):%Y-%m-%d}.{name}"
    download["Content-Disposition"] = content_disposition_header(True, file_name)
    return download


async def _in_threads(parts: Iterator[str]) -> AsyncIterator[str]:
    def read_next() -> str | None:
        return next(parts, None)

    while (part := await sync_to_async(read_next)()) is not None:
        yield part
