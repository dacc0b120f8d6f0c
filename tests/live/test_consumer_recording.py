"""Connections that count as people but leave no analytics rows, and those that do not count."""

from __future__ import annotations

from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.utils import timezone

from landing.analytics import dwell_rows, recording
from landing.live.frames import CloseCode
from landing.models import Analytics
from landing.visitors import visitor_cookie
from tests.live.websocket_client import (
    Headers,
    cookie_header,
    receive_frames,
    serving_worker,
    wait_for_counts,
)


@pytest.mark.parametrize(
    ("path", "extra_headers", "is_recorded"),
    [
        ("/ws/landing/", [], True),
        ("/ws/landing/", [(b"sec-gpc", b"0"), (b"dnt", b"0")], True),
        ("/ws/landing/", [(b"Sec-GPC", b"1")], False),
        ("/ws/landing/", [(b"dnt", b"0"), (b"DNT", b"1")], False),
        ("/ws/landing/", [(b"dnt", b"\xff\xfe")], True),
        ("/ws/landing/", [(b"sec-purpose", b"prefetch;prerender")], False),
        ("/ws/landing/", [(b"sec-fetch-dest", b"empty")], True),
        ("/ws/landing/?record=no", [], False),
        ("/ws/landing/?record=yes&topics=online", [], True),
        ("/ws/landing/?record=yes&record=no", [], False),
        ("/ws/landing/?record=", [], True),
    ],
)
async def test_a_visitor_that_is_not_recorded_still_counts(
    open_connection: Any, path: str, extra_headers: Headers, is_recorded: bool
) -> None:
    connection = await open_connection(path, cookies=cookie_header(), extra_headers=extra_headers)

    await wait_for_counts(connection, people=1, count=1)
    assert [each.is_recorded for each in serving_worker().connections()] == [is_recorded]


@pytest.mark.parametrize(
    ("query", "width"),
    [
        ("", ""),
        ("?width=small", "small"),
        ("?topics=online&width=medium&width=large", "large"),
        ("?width=", ""),
        ("?width=1920", ""),
        ("?width=%00%ff", ""),
    ],
)
async def test_a_connection_has_a_known_class_of_the_width_or_none(
    open_connection: Any, query: str, width: str
) -> None:
    connection = await open_connection(f"/ws/landing/{query}", cookies=cookie_header())

    await wait_for_counts(connection, people=1, count=1)
    assert [each.width for each in serving_worker().connections()] == [width]


async def test_the_cookie_of_a_visitor_who_opted_out_is_enough(open_connection: Any) -> None:
    value = visitor_cookie.dump_cookie(visitor_cookie.create_visitor(), is_opted_out=True)
    for name in visitor_cookie.names():
        connection = await open_connection(cookies=f"{name}={value}")
    await wait_for_counts(connection, people=1, count=2)
    assert [each.is_recorded for each in serving_worker().connections()] == [False, False]


@pytest.mark.parametrize(("path", "is_recorded"), [("", True), ("?record=no", False)])
async def test_a_site_without_cookies_records_connections_under_the_daily_hash(
    open_connection: Any, settings: Any, path: str, is_recorded: bool
) -> None:
    settings.LANDING_VISITOR_COOKIE = False
    connection = await open_connection(f"/ws/landing/{path}", cookies=cookie_header())
    await wait_for_counts(connection, people=1, count=1)
    (registered,) = serving_worker().connections()
    assert registered.is_recorded is is_recorded
    assert cookie_header() != cookie_header(registered.visitor)


@pytest.mark.parametrize(
    "user_agent",
    [
        b"Twitterbot/1.0",
        b"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 HeadlessChrome/140.0 Safari/537.36",
        b"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/140.0 Chrome-Lighthouse",
        b"Python/3.11 websockets/15.0",
        b"",
    ],
)
async def test_a_program_receives_the_counts_without_being_counted(
    open_connection: Any, user_agent: bytes
) -> None:
    program = await open_connection(
        cookies=cookie_header(), extra_headers=[(b"user-agent", user_agent)]
    )
    await wait_for_counts(program, people=0, count=0)
    await open_connection(cookies=cookie_header())
    await wait_for_counts(program, people=1, count=1)

    decisions = [(each.is_counted, each.is_recorded) for each in serving_worker().connections()]
    assert decisions == [(False, False), (True, True)]


@pytest.mark.parametrize(
    ("name", "is_counted"), [(b"HeadlessChrome", True), (b"HeadlessChrome Lighthouse", False)]
)
async def test_a_headless_browser_counts_and_is_recorded_with_its_setting(
    open_connection: Any, settings: Any, name: bytes, is_counted: bool
) -> None:
    settings.LANDING_COUNT_HEADLESS_BROWSERS = True
    agent = b"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 " + name
    await open_connection(cookies=cookie_header(), extra_headers=[(b"user-agent", agent)])

    (connection,) = serving_worker().connections()
    assert (connection.is_counted, connection.is_recorded) == (is_counted, is_counted)


async def test_the_limit_per_visitor_holds_for_programs(
    open_connection: Any, settings: Any
) -> None:
    settings.LANDING_MAX_CONNECTIONS_PER_VISITOR = 1
    cookies, agent = cookie_header(), [(b"user-agent", b"curl/8.5.0")]
    await open_connection(cookies=cookies, extra_headers=agent)
    second = await open_connection(cookies=cookies, extra_headers=agent)

    assert (await second.receive_output(timeout=10))["code"] == CloseCode.TOO_MANY_CONNECTIONS
    assert len(list(serving_worker().connections())) == 1


async def test_a_visitor_without_a_cookie_is_counted_and_not_recorded(open_connection: Any) -> None:
    await receive_frames(await open_connection())

    assert [(each.is_counted, each.is_recorded) for each in serving_worker().connections()] == [
        (True, False)
    ]


@pytest.mark.django_db(transaction=True)
async def test_only_a_visitor_that_may_be_recorded_gets_a_dwell_row(open_connection: Any) -> None:
    ana = visitor_cookie.create_visitor()
    await open_connection(cookies=cookie_header(ana))
    await open_connection(cookies=cookie_header(ana))
    await open_connection(cookies=cookie_header(), extra_headers=[(b"sec-gpc", b"1")])
    await open_connection("/ws/landing/?record=no", cookies=cookie_header())
    await open_connection()

    at = dwell_rows.last_due_at(timezone.now())
    assert await dwell_rows.record(serving_worker().connections(), at) == 1
    assert await sync_to_async(recording.writer.flush)()
    assert [each.visitor_id async for each in Analytics.objects.all()] == [ana]
