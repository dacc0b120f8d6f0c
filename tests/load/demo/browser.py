"""A browser of the demo: it loads pages, keeps cookies, and holds one WebSocket per tab."""

from __future__ import annotations

import asyncio
import re
from html import unescape
from http.cookiejar import DefaultCookiePolicy
from random import Random

import httpx

from landing.analytics.demo.devices import device_of
from landing.analytics.demo.journeys import NO_CAMPAIGN, Campaign
from tests.load.truth.websocket import Events, WebSocket
from tests.services.ports import HOST

_CHROME = "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.{}.0"
#: User agents with their shares; ``{}`` is a number that tells browsers apart.
AGENTS = {
    f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {_CHROME} Safari/537.36": 34,
    f"Mozilla/5.0 (Linux; Android 10; K) {_CHROME} Mobile Safari/537.36": 24,
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 "
    "(KHTML, like Gecko) Version/26.0 Mobile/{} Safari/604.1": 20,
    f"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) {_CHROME} Safari/537.36": 14,
    "Mozilla/5.0 (X11; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.{}": 8,
}
#: The signed place of a page, for the WebSocket. The first one counts, as in a browser.
PLACE = re.compile(r'\bdata-luc-place="([^"]+)"')
#: Loading a page with this header is not a page view.
NOT_RECORDED = {"Sec-GPC": "1"}


def new_client() -> httpx.AsyncClient:
    """Return a client that all browsers share. Each browser keeps its own cookies."""
    client = httpx.AsyncClient(timeout=30, limits=httpx.Limits(max_connections=20))
    client.cookies.jar.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    return client


class Browser:
    """One browser of one person."""

    def __init__(
        self,
        port: int,
        client: httpx.AsyncClient,
        rng: Random,
        cookies: dict[str, str],
        places: dict[str, str],
    ) -> None:
        """``cookies``: those of a visitor who was here before.

        ``places``: the signed place of each page that a browser has loaded, for all browsers.
        """
        self.cookies = dict(cookies)
        self._host = f"{HOST}:{port}"
        self._client = client
        (agent,) = rng.choices(list(AGENTS), list(AGENTS.values()))
        self._device = device_of(rng.randbytes(16))
        self._headers = {
            "User-Agent": agent.format(rng.randrange(1_000_000)),
            "Accept-Language": self._device.language,
        }
        self._tabs: list[WebSocket] = []
        self._places = places
        #: path of the page that was loaded last
        self._path = "/"

    async def load(
        self, path: str, referrer_host: str = "", campaign: Campaign = NO_CAMPAIGN
    ) -> None:
        """Load a page and take its cookies."""
        query = {"utm_source": campaign.source, "utm_campaign": campaign.name}
        headers = {"Cookie": self._cookie()}
        if referrer_host:
            headers["Referer"] = f"https://{referrer_host}/"
        answer = await self._get(path, headers, query if campaign.source else None)
        self.cookies |= dict(answer.cookies)

    async def restore(self, path: str) -> None:
        """Show a page that was loaded before the demo began. This is not a page view."""
        self._path = path
        if path not in self._places:
            await self._get(path, NOT_RECORDED)

    async def open_tab(self) -> None:
        """Open one WebSocket, as the page does that was loaded last."""
        events = Events(_ignore, _ignore, _ignore)
        path = f"/ws/landing/?width={self._device.width}&place={self._places.get(self._path, '')}"
        socket = WebSocket(events, self._host, path, self._cookie(), self._headers)
        host, _, port = self._host.partition(":")
        await asyncio.get_running_loop().create_connection(lambda: socket, host, int(port))
        self._tabs.append(socket)

    def leave_page(self) -> None:
        """Close the WebSocket of the newest tab, as a click on a link does."""
        if self._tabs:
            self._tabs.pop().leave()

    def close_tabs(self) -> None:
        """Close all tabs, as a person does."""
        while self._tabs:
            self._tabs.pop().leave()

    def crash(self) -> None:
        """Drop all connections without close frames."""
        while self._tabs:
            self._tabs.pop().vanish()

    async def _get(
        self, path: str, headers: dict[str, str], query: dict[str, str] | None = None
    ) -> httpx.Response:
        answer = await self._client.get(
            f"http://{self._host}{path}", headers={**self._headers, **headers}, params=query
        )
        answer.raise_for_status()
        self._path, self._places[path] = path, find_place(answer.text)
        return answer

    def _cookie(self) -> str:
        return "; ".join(f"{name}={value}" for name, value in self.cookies.items())


def find_place(page: str) -> str:
    """Return the signed place that a page names; an empty text without one."""
    found = PLACE.search(page)
    return unescape(found[1]) if found else ""


def _ignore(*_: object) -> None:
    """Ignore all events. The program only needs to be counted."""
