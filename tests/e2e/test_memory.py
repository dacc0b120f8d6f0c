"""Memory of tabs after thousands of changes. ``tests.load.tabs`` is the long version."""

from __future__ import annotations

import json
from datetime import UTC, datetime

from playwright.sync_api import WebSocketRoute, expect

from tests.e2e.played import VERSION, frame, play_server
from tests.e2e.visitors import NewVisitor, Tab
from tests.load.tabs import MOST_GROWTH, Watched, growth, read

TABS = 2
#: Changes of each kind per tab, before and during the measurement.
WARM_UP, CHANGES = 300, 300
#: The last count and the range below it, so that the count gains and loses digits.
LAST, BELOW = 1_050, 1_049


def send_changes(sockets: list[WebSocketRoute], tabs: list[Tab], first: int, count: int) -> None:
    """Send many changes of the count and the feed, and wait until the last is shown."""
    moment = datetime.now(UTC).isoformat()
    for number in range(first, first + count):
        people = LAST - (first + count - 1 - number) * 7 % BELOW
        activity = {"type": "activity", "id": number, "kind": "signup", "timestamp": moment}
        activity |= {"actor": f"Visitor {number}", "text": "joined"}
        for socket in sockets:
            socket.send(frame(people, VERSION + number))
            socket.send(json.dumps(activity))
        if number % 25 == 0:
            tabs[0].page.wait_for_timeout(1)
    for tab in tabs:
        expect(tab.part("figure")).to_have_text("1,050", timeout=60_000)


def test_thousands_of_changes_leak_no_memory(new_visitor: NewVisitor) -> None:
    visitor = new_visitor()
    sockets = play_server(visitor)
    tabs = [visitor.open() for _ in range(TABS)]
    watched = [Watched(tab.page) for tab in tabs]
    send_changes(sockets, tabs, 0, WARM_UP)
    before = read(watched)

    send_changes(sockets, tabs, WARM_UP, CHANGES)

    grown = growth(before, read(watched))
    assert max(grown.values()) <= MOST_GROWTH, grown
