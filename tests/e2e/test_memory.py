"""Tabs through thousands of changes; ``python -m tests.load.tabs`` is the long form of this."""

from __future__ import annotations

import json
from datetime import UTC, datetime

from playwright.sync_api import WebSocketRoute, expect

from tests.e2e.played import VERSION, frame, play_server
from tests.e2e.visitors import NewVisitor, Tab
from tests.load.tabs import MOST_GROWTH, Watched, growth, read

TABS = 2
#: Of each kind in each tab: to warm up, and to be measured.
WARM_UP, CHANGES = 300, 300
#: Where the numbers end, and how far they go down from there: they gain and lose digits.
LAST, BELOW = 1_050, 1_049


def tell(sockets: list[WebSocketRoute], tabs: list[Tab], first: int, count: int) -> None:
    """Many changes, of the number and of the feed, and until the last one is shown."""
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


def test_thousands_of_changes_leave_nothing_behind(new_visitor: NewVisitor) -> None:
    visitor = new_visitor()
    sockets = play_server(visitor)
    tabs = [visitor.open() for _ in range(TABS)]
    watched = [Watched(tab.page) for tab in tabs]
    tell(sockets, tabs, 0, WARM_UP)
    before = read(watched)

    tell(sockets, tabs, WARM_UP, CHANGES)

    grown = growth(before, read(watched))
    assert max(grown.values()) <= MOST_GROWTH, grown
