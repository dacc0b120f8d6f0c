"""The live map over real connections."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.test import AsyncClient

from landing.visitors import visitor_cookie
from tests.live.websocket_client import cookie_header, next_frame, receive_frames
from tests.site.client import new_client

pytestmark = pytest.mark.django_db(transaction=True)

PASSWORD = "a long enough password"
MAP = "/ws/landing/?topics=map"


@pytest.fixture(autouse=True)
def _fast_heartbeat(settings: Any) -> None:
    settings.LANDING_HEARTBEAT_SECONDS = 0.5
    settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = False


class Browser:
    """A browser with the session of a staff member."""

    def __init__(self, open_connection: Any) -> None:
        self.visitor = visitor_cookie.create_visitor()
        self.client: AsyncClient = new_client()
        self.client.cookies["landing_visitor"] = visitor_cookie.dump_cookie(self.visitor)
        self._open_connection = open_connection

    async def sign_in(self) -> None:
        fields = {"username": "ana", "password": PASSWORD}
        response = await self.client.post("/admin/login/?next=/", fields)
        assert response.status_code == 302

    async def open(self, path: str = MAP) -> Any:
        session = self.client.cookies["sessionid"].value
        return await self._open_connection(
            path, cookies=f"{cookie_header(self.visitor)}; sessionid={session}"
        )


@pytest.fixture
async def staff() -> User:
    user = await User.objects.acreate_user("ana", password=PASSWORD, is_staff=True)
    await user.user_permissions.aset([await Permission.objects.aget(codename="view_analytics")])
    return user


@pytest.fixture
async def browser(open_connection: Any, staff: User) -> Browser:
    browser = Browser(open_connection)
    await browser.sign_in()
    return browser


async def test_staff_are_sent_the_map_and_nothing_else(browser: Browser) -> None:
    connection = await browser.open()

    frame = await next_frame(connection, "map")

    assert frame["people"] == frame["elsewhere"] + frame["other"] + sum(
        each["people"] for each in frame["places"]
    )
    types = {each["type"] for each in await receive_frames(connection)}
    assert types <= {"map", "retry"}


async def test_staff_can_subscribe_and_unsubscribe(browser: Browser) -> None:
    connection = await browser.open("/ws/landing/?topics=")
    await connection.send_to(text_data='{"type": "subscribe-map"}')
    await next_frame(connection, "map")
    await connection.send_to(text_data='{"type": "unsubscribe-map"}')
    await receive_frames(connection)

    await browser.open("/ws/landing/")

    assert await receive_frames(connection, quiet_seconds=1.5) == []


@pytest.mark.parametrize("path", [MAP, "/ws/landing/?topics=online,map"])
async def test_visitors_are_refused(open_connection: Any, path: str) -> None:
    connection = await open_connection(path, cookies=cookie_header())

    assert (await next_frame(connection, "error"))["code"] == "not-permitted"
    await connection.send_to(text_data='{"type": "subscribe-map"}')
    assert (await next_frame(connection, "error"))["code"] == "not-permitted"
    assert "map" not in {each["type"] for each in await receive_frames(connection, 1.5)}


async def test_a_refusal_is_no_bad_frame(open_connection: Any) -> None:
    connection = await open_connection(cookies=cookie_header())
    for _ in range(20):
        await connection.send_to(text_data='{"type": "subscribe-map"}')
        assert (await next_frame(connection, "error"))["code"] == "not-permitted"

    await connection.send_to(text_data='{"type": "ping"}')
    await next_frame(connection, "pong")


async def test_staff_without_the_permission_are_refused(browser: Browser, staff: User) -> None:
    await staff.user_permissions.aclear()

    connection = await browser.open()

    assert (await next_frame(connection, "error"))["code"] == "not-permitted"


async def test_signing_out_ends_the_map(browser: Browser) -> None:
    connection = await browser.open()
    await next_frame(connection, "map")

    assert (await browser.client.post("/admin/logout/")).status_code == 200

    assert (await next_frame(connection, "error"))["code"] == "not-permitted"
    assert "map" not in {each["type"] for each in await receive_frames(connection, 1.5)}
