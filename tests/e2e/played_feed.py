"""An activity feed in a browser, and the server behind it, played by a test."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from playwright.sync_api import Locator, WebSocketRoute, expect

from tests.e2e.played import VERSION, frame
from tests.e2e.visitors import Tab, Visitor


def item(number: int, minutes_ago: float | None = None, **fields: Any) -> dict[str, Any]:
    """Return an item. A higher number means a later time."""
    ago = timedelta(minutes=10 - number if minutes_ago is None else minutes_ago, seconds=1)
    return {
        "id": number,
        "kind": ("signup", "purchase", "campaign", "milestone")[number % 4],
        "text": f"did thing number {number}",
        "actor": f"Visitor {number}",
        "timestamp": (datetime.now(UTC) - ago).isoformat(timespec="milliseconds"),
        **fields,
    }


class PlayedServer:
    """Plays the server: sends the history to each new socket, and later frames to all.

    With ``people``, it also sends the counts.
    """

    def __init__(self, visitor: Visitor, *items: dict[str, Any], people: int | None = None) -> None:
        self.items = list(items)
        self.people = people
        #: How many sockets the browser has opened.
        self.opened = 0
        self.up = True
        self._version = VERSION
        self._sockets: list[WebSocketRoute] = []
        visitor.context.route_web_socket("**/ws/landing/**", self._answer)

    def publish(self, *items: dict[str, Any]) -> None:
        for each in items:
            self.send({"type": "activity", **each})

    def remove(self, number: int) -> None:
        self.send({"type": "activity-removed", "id": number})

    def send_history(self, *items: dict[str, Any]) -> None:
        self.send({"type": "activity-history", "items": list(items)})

    def count(self, people: int) -> None:
        """Send new counts."""
        self.people = people
        self._version += 1
        now = datetime.now(UTC).isoformat(timespec="milliseconds")
        self.send(json.loads(frame(people, self._version, timestamp=now)))

    def send(self, message: Any) -> None:
        for socket in self._sockets:
            socket.send(json.dumps(message))

    def disconnect(self) -> None:
        self.up = False
        for socket in self._sockets:
            socket.close()
        self._sockets.clear()

    def _answer(self, socket: WebSocketRoute) -> None:
        self.opened += 1
        if self.up:
            self._sockets.append(socket)
            self.send_history(*self.items)
            if self.people is not None:
                self.count(self.people)
        else:
            socket.close()


class Feed:
    """The one feed of a tab."""

    def __init__(self, tab: Tab) -> None:
        self.tab = tab
        self.element = tab.page.locator("live-activity-feed")
        self.rows = self.element.locator("li")
        self.list = self.element.locator("ol")
        self.button = self.element.locator("[part=head] button")

    def part(self, name: str) -> Locator:
        return self.element.locator(f"[part={name}]")

    def expect_items(self, *numbers: int) -> None:
        texts = [f"did thing number {number}" for number in numbers]
        expect(self.part("text")).to_have_text(texts)

    def expect_waiting(self, text: str) -> None:
        expect(self.part("waiting")).to_have_text(text)

    def hover(self) -> None:
        self.list.hover()

    def move_pointer_away(self) -> None:
        self.tab.page.mouse.move(0, 0)

    def save_screenshot(self, name: str) -> None:
        self.tab.save_screenshot(f"feed-{name}")


def five() -> list[dict[str, Any]]:
    return [item(number) for number in (5, 4, 3, 2, 1)]
