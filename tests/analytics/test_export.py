from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from io import StringIO
from itertools import product
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.db import connection
from django.test import AsyncClient, Client
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from landing.analytics import export
from landing.analytics.export import (
    COLUMNS,
    ExportRow,
    read_pages,
    write_csv,
    write_json,
)
from landing.models import Analytics
from tests.analytics.rows import row, visitor

pytestmark = pytest.mark.each_database

EXPORT = "/admin/landing/analytics/export/"
PAGES = 3
NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)


def line(**columns: Any) -> ExportRow:
    plain = ExportRow(NOON, visitor(255), 1, "page_view", "/pricing", None, "news.example", {})
    return plain._replace(**columns)


def csv_of(*given: list[ExportRow]) -> list[dict[str, str]]:
    return list(csv.DictReader(StringIO("".join(write_csv(given)), newline="")))


def json_of(*given: list[ExportRow]) -> Any:
    return json.loads("".join(write_json(given)))


def test_csv_has_a_header_and_a_line_per_row() -> None:
    rows = [
        line(user_id=7, utm_source="news", utm_campaign="may", language="de", width="small"),
        line(data={"demo": True}, path="/a,b"),
    ]

    assert "".join(write_csv([rows])) == (
        "created_at,event,path,visitor,user,referrer_host,data,"
        "utm_source,utm_campaign,language,width\r\n"
        "2026-01-31T12:00:00.000000Z,page_view,/pricing,"
        "000000000000000000000000000000ff,7,news.example,{},news,may,de,small\r\n"
        '2026-01-31T12:00:00.000000Z,page_view,"/a,b",'
        '000000000000000000000000000000ff,,news.example,"{""demo"": true}",,,,\r\n'
    )


def test_json_has_an_object_per_row() -> None:
    (found,) = json_of([line(user_id=7, data={"demo": True}, path="/\N{SNOWMAN}")])

    assert found == {
        "created_at": "2026-01-31T12:00:00.000000Z",
        "event": "page_view",
        "path": "/\N{SNOWMAN}",
        "visitor": visitor(255).hex(),
        "user": 7,
        "referrer_host": "news.example",
        "data": {"demo": True},
        "utm_source": "",
        "utm_campaign": "",
        "language": "",
        "width": "",
    }


def test_times_are_in_utc() -> None:
    at = datetime(2026, 1, 31, 1, 30, 0, 5, tzinfo=timezone(timedelta(hours=5, minutes=30)))

    assert json_of([line(created_at=at)])[0]["created_at"] == "2026-01-30T20:00:00.000005Z"


def test_without_rows_csv_is_a_header_and_json_an_empty_array() -> None:
    assert "".join(write_csv([])) == ",".join(COLUMNS) + "\r\n"
    assert "".join(write_json([])) == "[]\n"


@pytest.mark.parametrize("begin", list("=+-@\t\r\n＝＋－＠"))
def test_cells_that_look_like_formulas_are_quoted(begin: str) -> None:
    formula = begin + "HYPERLINK(A1)"

    columns = ("path", "referrer_host", "utm_source", "utm_campaign")
    (found,) = csv_of([line(user_id=formula, **dict.fromkeys(columns, formula))])

    assert {found["user"], *(found[column] for column in columns)} == {"'" + formula}


PATHS = st.lists(st.lists(st.text(st.characters(exclude_categories=["Cs"])), min_size=1))


@given(PATHS)
def test_json_parses_to_its_rows_for_any_page_size(given: list[list[str]]) -> None:
    found = json_of(*([line(path=path) for path in page] for page in given))

    assert [each["path"] for each in found] == [path for page in given for path in page]


@given(PATHS)
def test_csv_parses_to_its_rows_except_for_quoted_formulas(
    given: list[list[str]],
) -> None:
    found = csv_of(*([line(path=path) for path in page] for page in given))

    paths = [path for page in given for path in page]
    for cell, path in zip((each["path"] for each in found), paths, strict=True):
        assert cell in (path, "'" + path)
        assert not cell.startswith(export.FORMULA_BEGINS)


@pytest.mark.django_db
@pytest.mark.parametrize("page_rows", [1, 2, 3, 5, 8, 100])
def test_each_row_appears_once_newest_first_even_if_many_share_a_time(
    monkeypatch: pytest.MonkeyPatch, page_rows: int
) -> None:
    monkeypatch.setattr(export, "PAGE_ROWS", page_rows)
    times = (NOON, NOON + timedelta(microseconds=1))
    rows = [row(number, at) for number, at, _ in product((1, 2), times, range(3))]
    expected = sorted(rows, key=lambda each: (each.created_at, each.visitor_id, each.pk))

    found = [each.id for page in read_pages(Analytics.objects.all()) for each in page]

    assert found == [each.pk for each in expected[::-1]]


@pytest.mark.django_db
@pytest.mark.parametrize(("rows", "sizes"), [(0, []), (2, [2]), (3, [3]), (7, [3, 3, 1])])
def test_a_page_takes_one_query_that_reads_at_most_one_page(
    monkeypatch: pytest.MonkeyPatch, rows: int, sizes: list[int]
) -> None:
    monkeypatch.setattr(export, "PAGE_ROWS", 3)
    for number in range(rows):
        row(number)

    with CaptureQueriesContext(connection) as captured:
        found = [len(page) for page in read_pages(Analytics.objects.all())]

    assert found == sizes
    # A full page may be the last one, which only another query can find out.
    assert len(captured) == rows // 3 + 1
    assert all("LIMIT 3" in query["sql"] for query in captured)


@pytest.mark.django_db
def test_rows_inserted_during_an_export_are_not_included(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export, "PAGE_ROWS", 2)
    there = {row(number, NOON - timedelta(seconds=number)).pk for number in range(5)}
    reading = read_pages(Analytics.objects.all())

    found = [each.id for each in next(reading)]
    row(9, NOON + timedelta(seconds=1))
    found += [each.id for page in reading for each in page]

    assert set(found) == there and len(found) == 5


def counting(given: int, taken: list[int]) -> Iterator[list[ExportRow]]:
    for number in range(given):
        taken.append(number)
        yield [line(path=f"/{number}")]


@pytest.mark.django_db
def test_a_page_is_read_after_the_previous_one_is_sent(
    admin_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken: list[int] = []
    monkeypatch.setattr(export, "read_pages", lambda queryset: counting(PAGES, taken))

    parts = iter(admin_client.get(f"{EXPORT}json/"))

    for number in range(PAGES):
        assert f"/{number}".encode() in next(parts)
        assert taken == list(range(number + 1))
    # The test client ends the request after the last part. An unfinished one would be left to the
    # garbage collector, where the receivers of the signal set context variables. If the collection
    # runs inside ContextVar.set(), this crashes Python 3.11.
    assert list(parts) == [b"\n]\n"]


@pytest.mark.django_db
def test_under_asgi_a_page_is_read_after_the_previous_one_is_sent(
    async_client: AsyncClient, admin_user: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken: list[int] = []
    monkeypatch.setattr(export, "read_pages", lambda queryset: counting(PAGES, taken))
    async_client.force_login(admin_user)

    async def read() -> None:
        answer = await async_client.get(f"{EXPORT}json/")
        parts = aiter(answer.streaming_content)
        for number in range(PAGES):
            assert f"/{number}".encode() in await anext(parts)
            assert taken == list(range(number + 1))
        assert [part async for part in parts] == [b"\n]\n"]

    # Queries run in this thread, which has the transaction of the test.
    async_to_sync(read)()


@pytest.mark.django_db
@pytest.mark.parametrize("name", export.FORMATS)
def test_under_asgi_the_file_is_the_same(
    admin_client: Client, async_client: AsyncClient, admin_user: Any, name: str
) -> None:
    for number in range(3):
        row(number)
    async_client.force_login(admin_user)

    async def read() -> bytes:
        answer = await async_client.get(f"{EXPORT}{name}/")
        return b"".join([part async for part in answer.streaming_content])

    assert async_to_sync(read)() == admin_client.get(f"{EXPORT}{name}/").getvalue()
