"""The handshake: identity, origin, limits, and the database queries that it makes."""

from __future__ import annotations

from typing import Any

import pytest
from channels.testing import WebsocketCommunicator
from django.contrib.auth.models import User
from django.db.backends.utils import CursorWrapper
from django.test import AsyncClient, override_settings

from landing import asgi
from landing.live import worker
from landing.live.absent_worker import AbsentWorker
from landing.live.reconnect import MIN_SPREAD_MS
from tests.live.websocket_client import (
    cookie_header,
    next_frame,
    receive_frames,
    refuse_http,
    serving_worker,
    wait_for_counts,
)


@pytest.fixture
def queries(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return a list that collects the SQL of each query in every thread."""
    recorded: list[str] = []
    execute = CursorWrapper.execute

    def record(self: CursorWrapper, sql: str, params: Any = None) -> Any:
        recorded.append(sql)
        return execute(self, sql, params)

    monkeypatch.setattr(CursorWrapper, "execute", record)
    return recorded


async def test_a_new_connection_is_sent_the_counts_an_empty_history_and_the_spread(
    open_connection: Any,
) -> None:
    connection = await open_connection()
    frame_types = [each["type"] for each in await receive_frames(connection)]
    assert frame_types[:3] == ["connection-count", "activity-history", "retry"]


async def test_two_visitors_are_two_people_and_a_second_tab_is_only_a_connection(
    open_connection: Any,
) -> None:
    ana = cookie_header()
    first = await open_connection(cookies=ana)
    await open_connection(cookies=ana)
    await open_connection(cookies=cookie_header())
    await wait_for_counts(first, people=2, count=3, signed_in=0)


async def test_a_connection_with_a_tampered_cookie_is_accepted(open_connection: Any) -> None:
    connection = await open_connection(cookies="landing_visitor=tampered; sessionid=")
    assert connection.accepted
    assert (await next_frame(connection, "retry"))["after_ms_max"] == MIN_SPREAD_MS


async def test_connections_without_cookies_from_one_browser_are_one_person(
    open_connection: Any,
) -> None:
    connection = await open_connection()
    await open_connection()
    await wait_for_counts(connection, people=1, count=2)


async def test_connections_above_the_limit_per_visitor_are_closed_with_4429(
    open_connection: Any,
) -> None:
    with override_settings(LANDING_MAX_CONNECTIONS_PER_VISITOR=2):
        cookie = cookie_header()
        for _ in range(2):
            assert (await open_connection(cookies=cookie)).accepted
        third = await open_connection(cookies=cookie)
        assert (await third.receive_output())["code"] == 4429
        assert len(serving_worker().connections()) == 2
        assert (await open_connection(cookies=cookie_header())).accepted


@pytest.mark.parametrize(
    ("origin", "accepted"),
    [
        ("http://testserver", True),
        ("https://testserver:8443", True),
        ("https://testserver.", True),
        ("https://testserver.:8443", True),
        ("https://shop.example.org.", True),
        ("https://example.com.", False),
        ("https://testserver..", False),
        ("https://own.example.net", True),
        ("https://own.example.net.", True),
        ("https://own.example.net.:8443", False),
        ("https://shop.example.org", True),
        ("https://example.com", False),
        ("https://testserver.example.com", False),
        ("null", False),
        ("http://[", False),
        ("http://testserver:port", False),
        (None, True),
    ],
)
async def test_only_trusted_origins_are_accepted(
    origin: str | None, accepted: bool, settings: Any, application: Any
) -> None:
    settings.ALLOWED_HOSTS = ["testserver"]
    settings.CSRF_TRUSTED_ORIGINS = ["https://*.example.org", "https://own.example.net."]
    headers = [(b"origin", origin.encode())] if origin else []
    connection = WebsocketCommunicator(
        asgi.application(refuse_http), "/ws/landing/", headers=headers
    )
    assert (await connection.connect())[0] is accepted
    await connection.disconnect()
    await serving_worker().stop()
    worker.set_current(AbsentWorker())


async def test_an_unknown_path_is_refused(open_connection: Any) -> None:
    assert not (await open_connection("/ws/elsewhere/")).accepted


@pytest.mark.django_db(transaction=True)
class TestQueries:
    """Database queries of a handshake."""

    async def test_an_anonymous_handshake_makes_no_query_and_a_session_two(
        self, open_connection: Any, queries: list[str]
    ) -> None:
        await receive_frames(await open_connection(cookies=cookie_header()))
        assert queries == []
        user = await User.objects.acreate_user("ana", password="a long enough password")
        client = AsyncClient()
        await client.aforce_login(user)
        queries.clear()
        session = client.cookies["sessionid"].value
        await receive_frames(
            await open_connection(cookies=f"{cookie_header()}; sessionid={session}")
        )
        assert len(queries) == 2

    async def test_a_visitor_that_signs_in_becomes_a_signed_in_person(
        self, open_connection: Any
    ) -> None:
        ana = cookie_header()
        anonymous = await open_connection(cookies=ana)
        await receive_frames(anonymous)
        user = await User.objects.acreate_user("ana", password="a long enough password")
        client = AsyncClient()
        await client.aforce_login(user)
        session = client.cookies["sessionid"].value
        signed_in = await open_connection(cookies=f"{ana}; sessionid={session}")
        await wait_for_counts(signed_in, people=1, signed_in=1, anonymous=0, count=2)

    async def test_staff_are_not_counted_if_the_setting_ignores_them(
        self, open_connection: Any
    ) -> None:
        staff = await User.objects.acreate_user("eve", password="x" * 12, is_staff=True)
        client = AsyncClient()
        await client.aforce_login(staff)
        session = client.cookies["sessionid"].value
        with override_settings(LANDING_IGNORE_STAFF=True):
            connection = await open_connection(cookies=f"{cookie_header()}; sessionid={session}")
            newest = [
                each
                for each in await receive_frames(connection)
                if each["type"] == "connection-count"
            ][-1]
        assert (newest["people"], newest["count"]) == (0, 0)
        assert [each.is_recorded for each in serving_worker().connections()] == [False]
