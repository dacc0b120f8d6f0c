"""The nginx configuration of the project carries pages and WebSockets through a rolling restart.

Without nginx on this machine, only the text of the configuration is tested; ``make test`` installs
it if it may.
"""

from __future__ import annotations

import asyncio
import json
import random
import re
import sqlite3
import threading
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest
import websockets

from tests.services import http
from tests.services.nginx import CONFIGURATION, Nginx, find_nginx
from tests.services.ports import wait_until
from tests.services.redis import RedisServer
from tests.services.site import DaphneServer
from tests.services.tls import context_without_verification

ANY_CERTIFICATE = context_without_verification()
get = partial(http.get, verify=ANY_CERTIFICATE)
BROWSER = {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"}
VISITORS = 40
#: A rolling restart takes one process after the other.
PAUSE_SECONDS = 5.0


def directives() -> list[tuple[str, str]]:
    """Return the name and the arguments of each directive, without comments."""
    text = re.sub(r"^ *# .*$", "", CONFIGURATION.read_text(), flags=re.MULTILINE)
    return re.findall(r"([a-z_]+)\s+([^;{}]+);", text)


def test_no_failed_request_takes_a_process_out() -> None:
    servers = [arguments for name, arguments in directives() if name == "server"]
    assert len(servers) == 3
    assert all("max_fails=0" in server for server in servers)


def test_websockets_addresses_and_the_scheme_are_passed_on() -> None:
    headers = dict(
        arguments.split(None, 1) for name, arguments in directives() if name == "proxy_set_header"
    )
    assert headers == {
        "Upgrade": "$http_upgrade",
        "Connection": "$connection_upgrade",
        "Host": "$host",
        "X-Forwarded-For": "$remote_addr",
        "X-Forwarded-Proto": "$scheme",
        "X-Request-ID": "$request_id",
    }
    assert ("proxy_http_version", "1.1") in directives()


def test_an_idle_websocket_survives_several_pings() -> None:
    (seconds,) = (int(value[:-1]) for name, value in directives() if name == "proxy_read_timeout")
    assert seconds > 3 * 20


if find_nginx():

    @pytest.fixture
    def nginx(
        daphne: Callable[..., DaphneServer], redis_server: RedisServer, tmp_path: Path
    ) -> Iterator[tuple[Nginx, list[DaphneServer]]]:
        """Return nginx, and the two servers behind it."""
        shared = {"REDIS_URL": redis_server.url, "LANDING_TRUSTED_PROXY_COUNT": "1"}
        servers = [daphne(**shared), daphne(**shared)]
        proxy = Nginx(tmp_path, *(server.port for server in servers))
        proxy.start()
        yield proxy, servers
        proxy.stop()

    def test_a_rolling_restart_loses_no_page_and_no_visitor(
        nginx: tuple[Nginx, list[DaphneServer]],
    ) -> None:
        proxy, servers = nginx
        reader, audience = PageReader(proxy.url), Audience(proxy.ws_url)
        reader.start()
        audience.start()
        wait_until(lambda: audience.connected == VISITORS, "all visitors connect")

        for server in servers:
            server.stop()
            server.start()
            time.sleep(PAUSE_SECONDS)
        wait_until(lambda: audience.connected == VISITORS, "all visitors are back")

        reader.stop()
        audience.stop()
        assert set(reader.statuses) == {200}, (reader.statuses, proxy.log)
        assert audience.closed >= VISITORS

    def test_a_client_cannot_choose_the_path_of_the_site(
        nginx: tuple[Nginx, list[DaphneServer]],
    ) -> None:
        proxy, servers = nginx
        given: list[dict[str, bytes]] = [{}, {"Daphne-Root-Path": b"/x"}]
        given += [{"Daphne-Root-Path": b"/\xff"}]
        pages = [get(f"{proxy.url}/", headers={**BROWSER, **headers}) for headers in given]
        missing = get(f"{proxy.url}/x/", headers={**BROWSER, **given[1]})
        for server in servers:
            server.stop()  # and write the rows

        assert [page.status_code for page in pages] == [200, 200, 200]
        plain, *others = (re.findall(r'(?:href|src|action)="[^"]*"', page.text) for page in pages)
        assert plain
        assert others == [plain, plain]
        assert missing.status_code == 404
        assert read_paths(servers[0]) == ["/", "/", "/"]


def read_paths(server: DaphneServer) -> list[str]:
    """Return the path of each page view."""
    path = server.environment["DATABASE_URL"].removeprefix("sqlite:///")
    with closing(sqlite3.connect(path)) as database:
        return [path for (path,) in database.execute("SELECT path FROM landing_analytics")]


class PageReader(threading.Thread):
    """Requests one page after the other, and counts the statuses."""

    def __init__(self, url: str) -> None:
        super().__init__(daemon=True)
        self.statuses: Counter[int] = Counter()
        self._url = url
        self._stopping = threading.Event()

    def run(self) -> None:
        while not self._stopping.wait(0.05):
            try:
                with urllib.request.urlopen(self._url, timeout=60, context=ANY_CERTIFICATE) as page:
                    self.statuses[page.status] += 1
            except urllib.error.HTTPError as error:
                self.statuses[error.code] += 1

    def stop(self) -> None:
        self._stopping.set()
        self.join(60)


class Audience(threading.Thread):
    """Visitors that reconnect as the page's script does."""

    def __init__(self, url: str) -> None:
        super().__init__(daemon=True)
        self.connected = 0
        self.closed = 0
        self._url = url

    def run(self) -> None:
        asyncio.run(self._run())

    async def _run(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._stopping = asyncio.Event()
        visitors = [asyncio.create_task(self._visit()) for _ in range(VISITORS)]
        await self._stopping.wait()
        for visitor in visitors:
            visitor.cancel()
        await asyncio.gather(*visitors, return_exceptions=True)

    async def _visit(self) -> None:
        spread_seconds = 1.0
        while True:
            try:
                async with websockets.connect(
                    self._url, open_timeout=60, ssl=ANY_CERTIFICATE
                ) as socket:
                    self.connected += 1
                    try:
                        async for text in socket:
                            frame = json.loads(text)
                            if frame["type"] == "retry":
                                spread_seconds = frame["after_ms_max"] / 1000
                    finally:
                        self.connected -= 1
                        self.closed += 1
            except (OSError, websockets.WebSocketException):
                pass  # the next attempt follows
            await asyncio.sleep(random.uniform(0, spread_seconds))

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._stopping.set)
        self.join(60)
