"""The server's side of the connection, played by a test."""

from __future__ import annotations

import json
from typing import Any

from playwright.sync_api import WebSocketRoute

from tests.e2e.visitors import Visitor

SOCKET = "**/ws/landing/**"
API = "**/api/landing/stats/"
#: Higher than any version of a real server.
VERSION = 9_000_000_000_000

EMPTY_SNAPSHOT = json.dumps(
    {
        "active_users_now": None,
        "window_minutes": 15,
        "online": {"people": None, "connections": None, "signed_in": None, "anonymous": None},
        "today": {"visitors": None, "page_views": None, "peak_people": None},
        "source": "stale",
        "as_of": None,
        "version": 0,
    }
)
#: For ``rewrite_page``: the page of a server without counts.
WITHOUT_NUMBERS = {
    "snapshot='[^']*'": f"snapshot='{EMPTY_SNAPSHOT}'",
    '<span part="figure"[^>]*>[^<]*': '<span part="figure">–',
    '<span part="words"( hidden)?>': '<span part="words" hidden>',
    '(<(?:span part="digits" aria|div part=)[^>]*?)(?: hidden)?>': r"\1>",
    "( below)? snapshot": " snapshot",
}


def frame(people: int, version: int = VERSION, /, **fields: Any) -> str:
    """Return a ``connection-count`` frame."""
    numbers = {
        "type": "connection-count",
        "count": people,
        "people": people,
        "signed_in": 0,
        "anonymous": people,
        "active": people,
        "source": "live",
        "version": version,
        "timestamp": "2026-01-31T12:00:00.123Z",
    }
    return json.dumps(numbers | fields)


def play_server(visitor: Visitor, *frames: str) -> list[WebSocketRoute]:
    """Play the server: send these frames on each socket. Return the list of sockets."""
    sockets: list[WebSocketRoute] = []

    def send_frames(socket: WebSocketRoute) -> None:
        sockets.append(socket)
        for each in frames:
            socket.send(each)

    visitor.context.route_web_socket(SOCKET, send_frames)
    return sockets
