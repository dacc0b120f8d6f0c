"""Open connections follow sign-ins, sign-outs, and lost rights, across real processes."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import httpx
import pytest
from websockets.sync.client import ClientConnection, connect

from tests.services.ports import HOST, free_port, wait_until
from tests.services.redis import RedisServer
from tests.services.site import QUICK, ROOT, DaphneServer, environment

CHROME = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/140.0.0.0 Safari/537.36"
PASSWORD = "only-for-tests"
#: One superuser per test or loss. All have one hash, which is slow to compute.
CREATE = f"""
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import User
rights = dict(password=make_password("{PASSWORD}"), is_staff=True, is_superuser=True)
names = ("ana", "ben", "user0", "user1", "user2", "user3")
User.objects.bulk_create(User(username=name, **rights) for name in names)
"""

SIGNED_IN = {"people": 1, "signed_in": 1, "anonymous": 0}
ANONYMOUS = {"people": 1, "signed_in": 0, "anonymous": 1}


class Browser:
    """A browser that keeps the site's Secure cookies on plain HTTP, as on localhost."""

    def __init__(self) -> None:
        self.cookies: dict[str, str] = {}
        self._open = ExitStack()

    @property
    def cookie_header(self) -> str:
        return "; ".join(f"{name}={value}" for name, value in self.cookies.items())

    def request(self, method: str, url: str, **options: Any) -> httpx.Response:
        headers = {"User-Agent": CHROME, "Cookie": self.cookie_header, "Referer": url}
        response = httpx.request(method, url, headers=headers, timeout=30, **options)
        for name, value in response.cookies.items():
            self.cookies[name] = value
        for header in response.headers.get_list("set-cookie"):
            if "Max-Age=0" in header:
                self.cookies.pop(header.partition("=")[0], None)
        return response

    def post(self, url: str, **fields: str) -> httpx.Response:
        token = {"csrfmiddlewaretoken": self.cookies.get("csrftoken", "")}
        return self.request("POST", url, data={**fields, **token})

    def sign_in(self, site: str, name: str) -> None:
        self.request("GET", f"{site}/admin/login/")
        url = f"{site}/admin/login/?next=/"
        assert self.post(url, username=name, password=PASSWORD).status_code == 302

    def sign_out(self, site: str) -> None:
        assert self.post(f"{site}/admin/logout/").status_code == 200

    def open_tab(self, site: str) -> Tab:
        headers = {"Cookie": self.cookie_header, "Origin": site}
        url = re.sub("^http", "ws", site) + "/ws/landing/"
        options: Any = {"additional_headers": headers, "user_agent_header": CHROME}
        return Tab(self._open.enter_context(connect(url, open_timeout=30, **options)))

    def close(self) -> None:
        self._open.close()


class Tab:
    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection
        #: every displayed count
        self.people: set[int] = set()

    def wait_for(self, **expected: int) -> None:
        until = time.monotonic() + 60
        while True:
            frame = json.loads(self._connection.recv(timeout=until - time.monotonic()))
            if frame["type"] == "connection-count":
                self.people.add(frame["people"])
                if frame | expected == frame:
                    return


@pytest.fixture
def new_browser() -> Iterator[Callable[[], Browser]]:
    browsers: list[Browser] = []

    def make() -> Browser:
        browsers.append(Browser())
        return browsers[-1]

    yield make
    for browser in browsers:
        browser.close()


@pytest.fixture
def servers(
    daphne: Callable[..., DaphneServer], redis_server: RedisServer
) -> tuple[DaphneServer, DaphneServer]:
    given = {**QUICK, "REDIS_URL": redis_server.url, "LANDING_STATS_THROTTLE_RATE": "100000/min"}
    first, second = (daphne(**given) for _ in range(2))
    first.manage("shell", "--no-imports", "-c", CREATE)
    return first, second


@pytest.fixture
def wsgi_url(servers: tuple[DaphneServer, DaphneServer]) -> Iterator[str]:
    """Serve the same site over WSGI, in a process without connections."""
    port = free_port()
    program = (
        "from wsgiref.simple_server import make_server\n"
        "from django.core.wsgi import get_wsgi_application\n"
        f"make_server('{HOST}', {port}, get_wsgi_application()).serve_forever()"
    )
    given = {**servers[0].environment, "DJANGO_SETTINGS_MODULE": "landing_site.settings"}
    process = subprocess.Popen(
        [sys.executable, "-c", program], cwd=ROOT, env=environment(given), stderr=subprocess.DEVNULL
    )
    url = f"http://{HOST}:{port}"
    wait_until(lambda: _answers(url), "the WSGI server answers")
    yield url
    process.kill()
    process.wait()


def _answers(url: str) -> bool:
    try:
        return httpx.head(url, timeout=30).status_code == 200
    except httpx.TransportError:
        return False


@pytest.mark.parametrize("is_wsgi", [False, True])
def test_tabs_on_two_processes_follow_a_sign_in_a_switch_and_a_sign_out(
    servers: tuple[DaphneServer, DaphneServer],
    wsgi_url: str,
    new_browser: Callable[[], Browser],
    is_wsgi: bool,
) -> None:
    site = wsgi_url if is_wsgi else servers[0].url
    browser = new_browser()
    browser.request("GET", servers[0].url)
    tabs = [browser.open_tab(server.url) for server in servers]
    for tab in tabs:
        tab.wait_for(**ANONYMOUS, count=2)
        tab.people.clear()
    browser.sign_in(site, "ana")
    for tab in tabs:
        tab.wait_for(**SIGNED_IN)
    browser.sign_out(site)
    for tab in tabs:
        tab.wait_for(**ANONYMOUS)
    browser.sign_in(site, "ben")
    for tab in tabs:
        tab.wait_for(**SIGNED_IN)
    assert [tab.people for tab in tabs] == [{1}, {1}], "one browser is one person"


LOSSES = [
    "User.objects.filter(username=name).update(is_active=False)",
    "user.set_password('x'); user.save()",
    "user.delete()",
    "Session.objects.all().delete()",
]


def test_a_management_command_takes_the_right_to_be_signed_in(
    servers: tuple[DaphneServer, DaphneServer], new_browser: Callable[[], Browser]
) -> None:
    for number, code in enumerate(LOSSES):
        name, browser = f"user{number}", new_browser()
        prepare = (
            "from django.contrib.auth.models import User\n"
            "from django.contrib.sessions.models import Session\n"
            f"name = '{name}'\n"
        )
        browser.request("GET", servers[0].url)
        browser.sign_in(servers[0].url, name)
        tabs = [browser.open_tab(server.url) for server in servers]
        for tab in tabs:
            tab.wait_for(**SIGNED_IN, count=2)
            tab.people.clear()
        get = "user = User.objects.get(username=name)\n"
        servers[0].manage("shell", "--no-imports", "-c", prepare + get + code)
        for tab in tabs:
            tab.wait_for(**ANONYMOUS)
        assert [tab.people for tab in tabs] == [{1}, {1}], code
        browser.close()
        wait_until(lambda: _people(servers[0]) == 0, "the browser is gone")


def _people(server: DaphneServer) -> int | None:
    people: int | None = _stats(server)["online"]["people"]
    return people


def _stats(server: DaphneServer) -> Any:
    return httpx.get(f"{server.url}/api/landing/stats/", timeout=30).json()


def test_twenty_browsers_of_one_office_are_twenty_visitors(
    servers: tuple[DaphneServer, DaphneServer], new_browser: Callable[[], Browser]
) -> None:
    office, monitor = [new_browser() for _ in range(20)], new_browser()
    for number, browser in enumerate(office):
        browser.request("GET", servers[number % 2].url)
        monitor.request("GET", servers[number % 2].url)
        monitor.cookies.clear()
    for number, browser in enumerate(office):
        # Half of the connections go to the process that served the page.
        browser.open_tab(servers[number // 2 % 2].url)

    # The monitor is one visitor per process at most: the first of its address there, or nobody.
    wait_until(lambda: _stats(servers[0])["today"]["page_views"] == 40, "40 page views")
    assert 20 <= _stats(servers[0])["today"]["visitors"] <= 22
