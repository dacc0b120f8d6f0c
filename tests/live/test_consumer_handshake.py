"""The handshake: identity, origin, limits, and the database queries that it makes."""

from __future__ import annotations

from typing import Any

import pytest
from channels.testing import WebsocketCommunicator
from django.contrib.auth.models import User
from django.core.signing import Signer
from django.db.backends.utils import CursorWrapper
from django.test import AsyncClient, override_settings

from landing import asgi
from landing.live import worker
from landing.live.absent_worker import AbsentWorker
from landing.live.reconnect_spread import MIN_SPREAD_MS
from landing.places import tokens
from tests.live.websocket_client import (
    cookie_header,
    next_frame,
    receive_frames,
    refuse_http,
    serving_worker,
    wait_for_counts,
)
from tests.metrics import samples


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


async def test_each_accepted_handshake_has_a_duration(open_connection: Any) -> None:
    await open_connection()
    measured = serving_worker().handshakes
    count = "landing_handshake_duration_seconds_count"
    assert samples.of(measured)[count] == 1
    await open_connection()
    assert not (await open_connection(origin="https://example.com")).accepted
    assert samples.of(measured)[count] == 2


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
        with samples.hits_of_limits() as counted:
            third = await open_connection(cookies=cookie)
            assert (await third.receive_output())["code"] == 4429
        assert counted == {"visitor_connections": 1}
        assert len(serving_worker().connections()) == 2
        assert (await open_connection(cookies=cookie_header())).accepted


async def is_accepted(*headers: tuple[bytes, bytes], scheme: str = "ws") -> bool:
    connection = WebsocketCommunicator(
        asgi.application(refuse_http), "/ws/landing/", headers=list(headers)
    )
    connection.scope["scheme"] = scheme
    accepted, _ = await connection.connect()
    await connection.disconnect()
    if accepted:
        await serving_worker().stop()
        worker.set_current(AbsentWorker())
    return accepted


@pytest.mark.parametrize(
    ("host", "origin", "accepted"),
    [
        # the page of the handshake's host
        ("testserver", "http://testserver", True),
        ("testserver", "http://testserver:80", True),
        ("testserver", "https://testserver", True),
        ("testserver", "https://testserver.", True),
        ("testserver.", "https://testserver", True),
        ("testserver", "HTTPS://TestServer", True),
        ("testserver:8443", "https://testserver:8443", True),
        ("testserver:8443", "https://testserver.:8443", True),
        ("testserver:8000", "http://testserver:8000", True),
        ("[::1]:8000", "http://[::1]:8000", True),
        # another port or scheme
        ("testserver", "https://testserver:8443", False),
        ("testserver", "http://testserver:8000", False),
        ("testserver:8000", "http://testserver", False),
        ("testserver:8443", "https://testserver", False),
        ("testserver:443", "http://testserver", False),
        ("testserver", "ftp://testserver", False),
        ("testserver", "chrome-extension://testserver", False),
        # another host of the site
        ("testserver", "https://www.example.com", True),
        ("testserver:8443", "https://www.example.com", False),
        # trusted origins, with their own scheme and port
        ("testserver", "https://own.example.net", True),
        ("testserver:8000", "https://own.example.net", True),
        ("testserver", "https://own.example.net.", True),
        ("testserver", "http://own.example.net", False),
        ("testserver", "https://own.example.net.:8443", False),
        ("testserver", "https://dev.example.net:8443", True),
        ("testserver", "https://dev.example.net", False),
        ("testserver", "https://shop.example.org", True),
        ("testserver", "https://a.shop.example.org.", True),
        ("testserver", "http://shop.example.org", False),
        # foreign and look-alike origins
        ("testserver", "https://example.com", False),
        ("testserver", "https://example.com.", False),
        ("testserver", "https://testserver.example.com", False),
        ("testserver", "https://eviltestserver", False),
        ("testserver", "https://evilexample.org", False),
        ("testserver", "https://testserver..", False),
        ("testserver", "https://testserver@example.com", False),
        ("testserver", "https://example.com#testserver", False),
        ("testserver", "https://example.com?testserver", False),
        ("testserver", "https://testserver\\example.com", False),
        ("testserver", "https://testserver/", False),
        ("testserver", "https://xn--tstserver-q1a", False),
        ("testserver", "https://testserver https://example.com", False),
        # no origin at all, or none that can be read
        ("testserver", "null", False),
        ("testserver", "", False),
        ("testserver", "testserver", False),
        ("testserver", "//testserver", False),
        ("testserver", "http://[", False),
        ("testserver", "http://testserver:port", False),
        ("testserver", "http://testserver:0", False),
        ("testserver", None, True),
        # foreign hosts, as after DNS rebinding
        ("example.com", "http://example.com", False),
        ("example.com", None, False),
        ("testserver.example.com", "http://testserver.example.com", False),
        ("testserver, testserver", None, False),
        ("", None, False),
    ],
)
async def test_only_hosts_and_origins_of_the_site_are_accepted(
    host: str, origin: str | None, accepted: bool, settings: Any, application: Any
) -> None:
    settings.ALLOWED_HOSTS = ["testserver", "[::1]", "www.example.com"]
    settings.CSRF_TRUSTED_ORIGINS = [
        "https://*.example.org",
        "https://own.example.net.",
        "https://dev.example.net:8443",
    ]
    headers = [(b"host", host.encode())]
    if origin is not None:
        headers.append((b"origin", origin.encode()))
    assert await is_accepted(*headers) is accepted


HOST, PLAIN = (b"host", b"testserver"), (b"origin", b"http://testserver")


async def test_a_page_without_tls_may_not_connect_through_tls(
    settings: Any, application: Any
) -> None:
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    encrypted = (b"x-forwarded-proto", b"https")
    assert await is_accepted(HOST, PLAIN, (b"x-forwarded-proto", b"http"))
    assert not await is_accepted(HOST, PLAIN, encrypted)
    assert await is_accepted(HOST, (b"origin", b"https://testserver"), encrypted)


async def test_a_page_without_tls_may_not_connect_to_a_server_with_tls(application: Any) -> None:
    assert not await is_accepted(HOST, PLAIN, scheme="wss")
    assert await is_accepted(HOST, (b"origin", b"https://testserver"), scheme="wss")


async def test_two_origins_are_refused(application: Any) -> None:
    assert not await is_accepted(HOST, PLAIN, PLAIN)


async def test_the_wildcard_for_every_host_lets_in_the_page_of_the_handshakes_host_only(
    settings: Any, application: Any
) -> None:
    settings.ALLOWED_HOSTS = ["*"]
    host = (b"host", b"any.example")
    assert await is_accepted(host, (b"origin", b"https://any.example"))
    assert not await is_accepted(host, (b"origin", b"https://other.example"))


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


def place_of_the_only_connection() -> str:
    (connection,) = serving_worker().connections()
    return connection.place


@pytest.mark.parametrize("place", ["/", "/pricing", "/café/menü"])
async def test_a_connection_is_at_the_signed_place(open_connection: Any, place: str) -> None:
    with samples.hits_of_limits() as counted:
        await open_connection(f"/ws/landing/?width=small&place={tokens.sign(place)}")
    assert place_of_the_only_connection() == place
    assert not counted


@pytest.mark.parametrize(
    "query",
    [
        "/pricing",
        "/pricing:AAAAAAAAAAAAAAAA",
        "/pricing:é",
        "%FF%00",
        Signer(salt="landing.visitor").sign("/pricing"),
        "/" + "x" * 5000,
        f"{tokens.sign('/')}&place=/pricing",
    ],
)
async def test_an_invalid_place_is_elsewhere_and_counted(open_connection: Any, query: str) -> None:
    with samples.hits_of_limits() as counted:
        connection = await open_connection(f"/ws/landing/?place={query}")
    assert connection.accepted
    assert place_of_the_only_connection() == ""
    assert counted == {"bad_places": 1}


@pytest.mark.parametrize("query", ["", "?place=", f"?place={tokens.sign('/account/orders')}"])
async def test_a_connection_without_a_place_or_on_a_private_page_is_elsewhere(
    open_connection: Any, query: str
) -> None:
    with samples.hits_of_limits() as counted:
        await open_connection(f"/ws/landing/{query}")
    assert place_of_the_only_connection() == ""
    assert not counted


async def test_of_repeated_places_the_last_one_counts(open_connection: Any) -> None:
    query = f"place=forged&place={tokens.sign('/pricing')}"
    with samples.hits_of_limits() as counted:
        await open_connection(f"/ws/landing/?{query}")
    assert place_of_the_only_connection() == "/pricing"
    assert not counted
