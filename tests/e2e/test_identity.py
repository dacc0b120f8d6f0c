"""Open connections follow sign-ins, sign-outs, and lost rights, across real processes."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from websockets.sync.client import ClientConnection, connect

from tests.services import http
from tests.services.ports import HOST, free_port, wait_until
from tests.services.redis import RedisServer
from tests.services.site import QUICK, ROOT, DaphneServer, environment, with_own_database

CHROME = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/140.0.0.0 Safari/537.36"
PASSWORD = "only-for-tests"
#: Ways to lose the right to be signed in, each for its own user. Code of a management command.
LOSSES = {
    "inactive": "User.objects.filter(username='inactive').update(is_active=False)",
    "changed": "user = User.objects.get(username='changed'); user.set_password('x'); user.save()",
    "deleted": "User.objects.get(username='deleted').delete()",
    "ended": "Session.objects.filter(session_key='{session}').delete()",
}
#: Superusers, all with one hash, which is slow to compute.
CREATE = f"""
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import User
rights = dict(password=make_password("{PASSWORD}"), is_staff=True, is_superuser=True)
names = {["ana", "ben", *LOSSES]}
User.objects.bulk_create(User(username=name, **rights) for name in names)
"""

SIGNED_IN = {"people": 1, "signed_in": 1, "anonymous": 0}
ANONYMOUS = {"people": 1, "signed_in": 0, "anonymous": 1}

Servers = tuple[DaphneServer, DaphneServer]


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
        response = http.request(method, url, headers=headers, **options)
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


@contextmanager
def started(variables: Mapping[str, str]) -> Iterator[Servers]:
    """Start two servers over one Redis and one new database."""
    with ExitStack() as stack:
        redis = RedisServer()
        stack.callback(redis.close)
        redis.start()
        given = {"REDIS_URL": redis.url, "LANDING_STATS_THROTTLE_RATE": "100000/min"}
        servers = [DaphneServer({**variables, **QUICK, **given}) for _ in range(2)]
        for server in servers:
            stack.callback(server.close)
            server.start()
        yield servers[0], servers[1]


@pytest.fixture(scope="module")
def running(
    production: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Servers]:
    with started(with_own_database(production, tmp_path_factory.mktemp("identity"))) as servers:
        servers[0].manage("shell", "--no-imports", "-c", CREATE)
        yield servers


@pytest.fixture
def servers(running: Servers) -> Servers:
    """Return two servers without visitors, with users."""
    wait_until(lambda: _people(running[0]) == 0, "everybody has left")
    return running


@pytest.fixture
def new_servers(production: dict[str, str], tmp_path: Path) -> Iterator[Servers]:
    """Start two servers without visits."""
    with started(with_own_database(production, tmp_path)) as servers:
        yield servers


@pytest.fixture
def site_url(servers: Servers, is_wsgi: bool) -> Iterator[str]:
    """Return the first server, or serve the same site over WSGI without connections."""
    if not is_wsgi:
        yield servers[0].url
        return
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
        return http.head(url).status_code == 200
    except httpx.TransportError:
        return False


@pytest.mark.parametrize("is_wsgi", [False, True])
def test_tabs_on_two_processes_follow_a_sign_in_a_switch_and_a_sign_out(
    servers: Servers, site_url: str, new_browser: Callable[[], Browser]
) -> None:
    browser = new_browser()
    browser.request("GET", servers[0].url)
    tabs = [browser.open_tab(server.url) for server in servers]
    for tab in tabs:
        tab.wait_for(**ANONYMOUS, count=2)
        tab.people.clear()
    browser.sign_in(site_url, "ana")
    for tab in tabs:
        tab.wait_for(**SIGNED_IN)
    browser.sign_out(site_url)
    for tab in tabs:
        tab.wait_for(**ANONYMOUS)
    browser.sign_in(site_url, "ben")
    for tab in tabs:
        tab.wait_for(**SIGNED_IN)
    assert [tab.people for tab in tabs] == [{1}, {1}], "one browser is one person"


def test_a_management_command_takes_the_right_to_be_signed_in(
    servers: Servers, new_browser: Callable[[], Browser]
) -> None:
    browsers = {name: new_browser() for name in LOSSES}
    for name, browser in browsers.items():
        browser.request("GET", servers[0].url)
        browser.sign_in(servers[0].url, name)
    tabs = [browser.open_tab(server.url) for browser in browsers.values() for server in servers]
    for tab in tabs:
        tab.wait_for(people=4, signed_in=4, anonymous=0, count=8)
        tab.people.clear()

    imports = (
        "from django.contrib.auth.models import User\n"
        "from django.contrib.sessions.models import Session\n"
    )
    code = "\n".join(LOSSES.values()).format(session=browsers["ended"].cookies["sessionid"])
    servers[0].manage("shell", "--no-imports", "-c", imports + code)

    for tab in tabs:
        tab.wait_for(people=4, signed_in=0, anonymous=4)
    assert [tab.people for tab in tabs] == [{4}] * 8, "each browser is one person"


def _people(server: DaphneServer) -> int | None:
    people: int | None = _stats(server)["online"]["people"]
    return people


def _stats(server: DaphneServer) -> Any:
    return http.get(f"{server.url}/api/landing/stats/").json()


def test_twenty_browsers_of_one_office_are_twenty_visitors(
    new_servers: Servers, new_browser: Callable[[], Browser]
) -> None:
    office, monitor = [new_browser() for _ in range(20)], new_browser()
    for number, browser in enumerate(office):
        browser.request("GET", new_servers[number % 2].url)
        monitor.request("GET", new_servers[number % 2].url)
        monitor.cookies.clear()
    for number, browser in enumerate(office):
        # Half of the connections go to the process that served the page.
        browser.open_tab(new_servers[number // 2 % 2].url)

    # The monitor is one visitor per process at most: the first of its address there, or nobody.
    wait_until(lambda: _stats(new_servers[0])["today"]["page_views"] == 40, "40 page views")
    assert 20 <= _stats(new_servers[0])["today"]["visitors"] <= 22
