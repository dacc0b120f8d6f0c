"""The busiest places in a browser, and the server behind them, played by a test."""

from __future__ import annotations

import json
from typing import Any

from playwright.sync_api import WebSocketRoute, expect

from tests.e2e.played import SOCKET, VERSION, frame
from tests.e2e.visitors import Tab, Visitor

PEOPLE = {"/": 40, "/pricing": 12, "/blog/café": None}
WORDS = {
    "people": {"one": "{count} person", "other": "{count} people"},
    "few": "a few people",
    "none": "No page has visitors right now",
    "off": "Not connected",
}
#: As the template tag renders it.
ELEMENT = """
<section style="max-inline-size: 30rem; margin: 2rem auto; padding: 1rem">
<link rel="stylesheet" href="/static/live_user_counter/live-user-counter.css">
<live-places limit="{limit}" places='{places}' words='{words}'>
  <ol part="list" aria-label="Busiest pages">{rows}</ol>
  <div part="note" hidden></div>
</live-places>
</section>
<script type="module" src="/static/live_user_counter/js/elements/live-places.js"></script>
"""
ROW = '<li part="item">{place} <span part="people">{people}</span></li>'


def places_frame(people: dict[str, int | None], version: int = VERSION) -> dict[str, Any]:
    """Return a ``places`` frame with these places, the busiest first."""
    return {
        "type": "places",
        "people": 61,
        "elsewhere": 9,
        "places": [{"place": place, "people": count} for place, count in people.items()],
        "source": "live",
        "epoch": None,
        "version": version,
        "timestamp": "2026-01-31T12:00:00.123Z",
    }


def place_count(people: int | None, version: int = VERSION, place: str = "/") -> str:
    """Return a ``place-count`` frame."""
    origin = {"source": "live", "epoch": None, "version": version}
    moment = "2026-01-31T12:00:00.123Z"
    return json.dumps(
        {"type": "place-count", "place": place, "people": people, **origin, "timestamp": moment}
    )


def markup(people: dict[str, int | None], limit: int = 5) -> str:
    """Return an element with its first rows."""
    rows = "".join(
        ROW.format(
            place=f'<a part="place" href="{place}"><bdi>{place}</bdi></a>',
            people="a few people" if count is None else f"{count} people",
        )
        for place, count in people.items()
    )
    places = json.dumps(places_frame(people, version=1), ensure_ascii=False)
    return ELEMENT.format(limit=limit, places=places, words=json.dumps(WORDS), rows=rows)


class PlacesServer:
    """Plays the server: sends counts and places to each new socket, and keeps what it receives."""

    def __init__(self, visitor: Visitor, people: dict[str, int | None]) -> None:
        self.received: list[dict[str, Any]] = []
        self.urls: list[str] = []
        self.is_up = True
        self._people = people
        self._version = VERSION
        self._sockets: list[WebSocketRoute] = []
        visitor.context.route_web_socket(SOCKET, self._answer)

    def send(self, people: dict[str, int | None]) -> None:
        self._people = people
        self._version += 1
        self._send(json.dumps(places_frame(people, self._version)))

    def send_here(self, people: int | None, place: str = "/") -> None:
        self._version += 1
        self._send(place_count(people, self._version, place))

    def disconnect(self) -> None:
        self.is_up = False
        for socket in self._sockets:
            socket.close()
        self._sockets.clear()

    def of_type(self, kind: str) -> list[dict[str, Any]]:
        return [each for each in self.received if each["type"] == kind]

    def _send(self, text: str) -> None:
        for socket in self._sockets:
            socket.send(text)

    def _answer(self, socket: WebSocketRoute) -> None:
        if not self.is_up:
            socket.close()
            return
        self.urls.append(socket.url)
        socket.on_message(lambda text: self.received.append(json.loads(text)))
        self._sockets.append(socket)
        socket.send(frame(61, self._version))
        socket.send(json.dumps(places_frame(self._people, self._version)))


class Places:
    """The one list of places of a tab."""

    def __init__(self, tab: Tab) -> None:
        self.tab = tab
        self.element = tab.page.locator("live-places")
        self.rows = self.element.locator("li")
        self.note = self.element.locator("[part=note]")

    def expect_rows(self, *rows: str) -> None:
        """Wait until the list shows these rows, such as ``/pricing 12 people``."""
        expect(self.rows).to_have_text(list(rows))
