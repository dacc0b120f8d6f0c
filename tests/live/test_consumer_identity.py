"""Open connections while their browsers and users sign in, sign out, and lose rights."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.db import OperationalError
from django.test import AsyncClient
from django.utils import timezone

from landing.visitors import visitor_cookie
from tests.live.waiting import wait_until
from tests.live.websocket_client import cookie_header, serving_worker, wait_for_counts
from tests.site.client import new_client

pytestmark = pytest.mark.django_db(transaction=True)

PASSWORD = "a long enough password"
SIGNED_IN = {"people": 1, "signed_in": 1, "anonymous": 0}
ANONYMOUS = {"people": 1, "signed_in": 0, "anonymous": 1}


@pytest.fixture(autouse=True)
def _fast_heartbeat(settings: Any) -> None:
    settings.LANDING_HEARTBEAT_SECONDS = 0.5
    settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = False


class Browser:
    """A browser with a visitor cookie, whose tabs share their cookies."""

    def __init__(self, open_connection: Any) -> None:
        self.visitor = visitor_cookie.create_visitor()
        self.client: AsyncClient = new_client()
        self.client.cookies["landing_visitor"] = visitor_cookie.dump_cookie(self.visitor)
        self._open_connection = open_connection

    async def open_tab(self) -> Any:
        session = self.client.cookies.get("sessionid")
        cookies = cookie_header(self.visitor)
        if session and session.value:
            cookies += f"; sessionid={session.value}"
        return await self._open_connection(cookies=cookies)

    async def sign_in(self, name: str) -> None:
        fields = {"username": name, "password": PASSWORD}
        response = await self.client.post("/admin/login/?next=/", fields)
        assert response.status_code == 302

    async def sign_out(self) -> None:
        assert (await self.client.post("/admin/logout/")).status_code == 200

    async def change_password(self) -> None:
        new = "another long enough password"
        fields = {"old_password": PASSWORD, "new_password1": new, "new_password2": new}
        response = await self.client.post("/admin/password_change/", fields)
        assert response.status_code == 302


@pytest.fixture
async def browser(open_connection: Any) -> Browser:
    await User.objects.acreate_superuser("ana", password=PASSWORD)
    await User.objects.acreate_superuser("ben", password=PASSWORD)
    return Browser(open_connection)


def users() -> list[str | None]:
    return [connection.user for connection in serving_worker().connections()]


async def user_key(name: str) -> str:
    return str((await User.objects.aget(username=name)).pk)


ENGINES = ("db", "cached_db", "cache", "file", "signed_cookies")


@pytest.mark.parametrize("engine", ENGINES)
async def test_open_tabs_follow_their_browser_through_sign_in_switch_and_sign_out(
    browser: Browser, settings: Any, tmp_path: Any, engine: str
) -> None:
    settings.SESSION_ENGINE = f"django.contrib.sessions.backends.{engine}"
    settings.SESSION_FILE_PATH = str(tmp_path)
    tab = await browser.open_tab()
    await wait_for_counts(tab, **ANONYMOUS)
    await browser.sign_in("ana")
    await wait_for_counts(tab, **SIGNED_IN)
    assert users() == [await user_key("ana")]
    await browser.sign_in("ben")
    ben = await user_key("ben")
    await wait_until(lambda: users() == [ben], 60)
    await serving_worker().parts.sync.wait_for_sync()
    current = serving_worker().snapshot()
    assert current is not None and current.snapshot.people == 1
    await browser.sign_out()
    await wait_for_counts(tab, **ANONYMOUS)
    assert users() == [None]


async def deactivate() -> None:
    ana = await User.objects.aget(username="ana")
    ana.is_active = False
    await ana.asave()


async def deactivate_in_sql() -> None:
    await User.objects.all().aupdate(is_active=False)


async def reset_password() -> None:
    ana = await User.objects.aget(username="ana")
    ana.set_password("set by an administrator")
    await ana.asave()


async def delete_user() -> None:
    await User.objects.all().adelete()


async def delete_sessions() -> None:
    await Session.objects.all().adelete()


async def expire_sessions() -> None:
    await Session.objects.all().aupdate(expire_date=timezone.now())


async def clear_sessions() -> None:
    await expire_sessions()
    await sync_to_async(call_command)("clearsessions")


LOSSES = [
    deactivate,
    deactivate_in_sql,
    reset_password,
    delete_user,
    delete_sessions,
    expire_sessions,
    clear_sessions,
]


@pytest.mark.parametrize("lose", LOSSES)
async def test_a_user_who_loses_the_right_becomes_an_anonymous_person(
    browser: Browser, lose: Callable[[], Awaitable[None]]
) -> None:
    await browser.sign_in("ana")
    tab = await browser.open_tab()
    await wait_for_counts(tab, **SIGNED_IN)
    await lose()
    await wait_for_counts(tab, **ANONYMOUS)


async def test_a_user_who_is_active_again_is_signed_in_again(browser: Browser) -> None:
    await browser.sign_in("ana")
    tab = await browser.open_tab()
    await wait_for_counts(tab, **SIGNED_IN)
    await deactivate_in_sql()
    await wait_for_counts(tab, **ANONYMOUS)
    await User.objects.all().aupdate(is_active=True)
    await wait_for_counts(tab, **SIGNED_IN)


async def test_changing_ones_own_password_keeps_every_tab_signed_in(browser: Browser) -> None:
    await browser.sign_in("ana")
    await browser.open_tab()
    await browser.change_password()
    session = browser.client.cookies["sessionid"].value
    (connection,) = serving_worker().connections()
    await wait_until(lambda: connection.session_key == session, 60)
    assert users() == [await user_key("ana")]


async def test_a_page_shows_a_sign_in_that_happened_elsewhere(browser: Browser) -> None:
    tab = await browser.open_tab()
    await wait_for_counts(tab, **ANONYMOUS)
    await browser.client.aforce_login(await User.objects.aget(username="ana"))
    assert (await browser.client.get("/")).status_code == 200
    await wait_for_counts(tab, **SIGNED_IN)


async def test_a_connection_shows_a_sign_in_that_happened_elsewhere(browser: Browser) -> None:
    await browser.open_tab()
    await browser.client.aforce_login(await User.objects.aget(username="ana"))
    await wait_for_counts(await browser.open_tab(), **SIGNED_IN, count=2)
    assert users() == [await user_key("ana")] * 2


async def test_one_user_in_two_browsers_is_one_person_until_one_signs_out(
    browser: Browser, open_connection: Any
) -> None:
    phone = Browser(open_connection)
    tabs = []
    for each in (browser, phone):
        await each.sign_in("ana")
        tabs.append(await each.open_tab())
    await wait_for_counts(tabs[0], people=1, signed_in=1, anonymous=0, count=2)
    await phone.sign_out()
    await wait_for_counts(tabs[0], people=2, signed_in=1, anonymous=1, count=2)


async def test_an_outage_at_the_handshake_is_repaired_with_the_next_read(
    browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    await browser.sign_in("ana")
    with monkeypatch.context() as patch:
        patch.setattr("landing.visitors.session_user._load_user", _fail)
        tab = await browser.open_tab()
    await wait_for_counts(tab, **SIGNED_IN)


def _fail(session_key: str) -> None:
    raise OperationalError("the server is gone")


async def test_a_user_who_becomes_staff_ceases_to_count_if_staff_is_left_out(
    browser: Browser, open_connection: Any, settings: Any
) -> None:
    settings.LANDING_IGNORE_STAFF = True
    other = await Browser(open_connection).open_tab()
    await browser.sign_in("ana")
    await User.objects.all().aupdate(is_staff=False)
    await browser.open_tab()
    await wait_for_counts(other, people=2, signed_in=1, anonymous=1)
    await User.objects.all().aupdate(is_staff=True)
    await wait_for_counts(other, people=1, signed_in=0, anonymous=1, count=1)
    recorded = {each.user: each.is_recorded for each in serving_worker().connections()}
    assert recorded[await user_key("ana")] is False
    await User.objects.all().aupdate(is_staff=False)
    await wait_for_counts(other, people=2, signed_in=1, anonymous=1, count=2)
