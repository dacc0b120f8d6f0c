"""The frames of the WebSocket protocol: parse those of clients, dump those of the server.

Knows the wire format and nothing else: no connections, no Django, no I/O.
``docs/protocol.md`` describes the frames for client authors.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import Any, NamedTuple

from ..dates import isoformat
from .current_snapshot import SourcedSnapshot
from .feed import History, Item, Removed


class Topic(StrEnum):
    """A subject that a connection can subscribe to."""

    ONLINE = "online"
    ACTIVITY = "activity"
    #: the people at the connection's own place
    HERE = "here"
    #: the places with the most people
    PLACES = "places"
    #: the live map, for staff
    MAP = "map"


#: The topics of a connection that names none. One shared set for nearly all connections.
DEFAULT_TOPICS = frozenset({Topic.ONLINE, Topic.ACTIVITY})
#: Classes of the width of a browser's window.
WIDTHS = frozenset({"small", "medium", "large"})


class CloseCode:
    """Why the server closes a connection (4000-4999 are for applications, RFC 6455 7.4.2)."""

    GOING_AWAY = 1001
    TOO_MANY_BAD_FRAMES = 4400
    SLOW_CONSUMER = 4408
    TOO_MANY_CONNECTIONS = 4429


class Command(NamedTuple):
    """A valid frame from a client. ``path`` is the place of an ``at``; None for any other value."""

    type: str
    topic: Topic | None = None
    path: str | None = None


#: The code of a frame that exceeds its maximum size.
TOO_LARGE = "too-large"


class BadFrame(ValueError):
    """An invalid frame from a client; ``code`` is for programs, ``detail`` for people."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail


COMMANDS = {"ping": Command("ping"), "at": Command("at")} | {
    f"{verb}-{topic}": Command(verb, topic)
    for topic in Topic
    for verb in ("subscribe", "unsubscribe")
}
#: The set of topics of each connection that has the same ones.
_shared_topics: dict[frozenset[Topic], frozenset[Topic]] = {DEFAULT_TOPICS: DEFAULT_TOPICS}


def parse(text: str | None, max_bytes: int) -> Command:
    """Return the command in a text frame (None: the frame was binary).

    Raises BadFrame.
    """
    if text is None:
        raise BadFrame("not-text", "Binary frames are not supported; send JSON text.")
    if len(text) > max_bytes or len(text.encode()) > max_bytes:
        raise BadFrame(TOO_LARGE, f"A frame may have at most {max_bytes} bytes.")
    try:
        content = json.loads(text)
    except (ValueError, RecursionError):
        raise BadFrame("not-json", "The frame is not valid JSON.") from None
    if not isinstance(content, dict):
        raise BadFrame("not-an-object", "A frame must be one JSON object with a type.")
    type_ = content.get("type")
    if not isinstance(type_, str) or type_ not in COMMANDS:
        topics = ", ".join(Topic)
        raise BadFrame(
            "unknown-type", f"Known types: ping, at, and subscribe-* or unsubscribe-* ({topics})."
        )
    command = COMMANDS[type_]
    if type_ == "at" and isinstance(path := content.get("path"), str):
        return command._replace(path=path)
    return command


def parse_topics(value: str | None) -> frozenset[Topic]:
    """Return the topics of ``?topics=online,activity``; None means the default ones.

    Unknown names are ignored.
    """
    if value is None:
        return DEFAULT_TOPICS
    names = {name.strip() for name in value.split(",")}
    return share_topics(frozenset(topic for topic in Topic if topic.value in names))


def share_topics(topics: frozenset[Topic]) -> frozenset[Topic]:
    """Return one set for all connections with the same topics."""
    return _shared_topics.setdefault(topics, topics)


def parse_width(value: str | None) -> str:
    """Return the class of ``?width=small``; empty without a known one."""
    return value if value in WIDTHS else ""


def dump_count(current: SourcedSnapshot) -> str:
    """Return the ``connection-count`` frame."""
    snapshot = current.snapshot
    suspect = {"suspect": snapshot.suspect} if snapshot.suspect else {}
    return _dump(
        "connection-count",
        count=snapshot.connections,
        people=snapshot.people,
        signed_in=snapshot.signed_in,
        anonymous=snapshot.anonymous,
        active=current.active,
        **_origin(current),
        **suspect,
    )


def dump_place_count(place: str, people: int | None, current: SourcedSnapshot) -> str:
    """Return the ``place-count`` frame; ``people`` is None if the number is hidden or unknown."""
    return _dump("place-count", **place_count_content(place, people, current))


def place_count_content(place: str, people: int | None, current: SourcedSnapshot) -> dict[str, Any]:
    """Return the fields of the ``place-count`` frame, which pages contain, too."""
    return {"place": place, "people": people, **_origin(current)}


def dump_places(
    elsewhere: int, rows: Iterable[tuple[str, int | None]], current: SourcedSnapshot
) -> str:
    """Return the ``places`` frame."""
    return _dump("places", **places_content(elsewhere, rows, current))


def places_content(
    elsewhere: int, rows: Iterable[tuple[str, int | None]], current: SourcedSnapshot
) -> dict[str, Any]:
    """Return the fields of the ``places`` frame, which pages contain, too."""
    return {
        "people": current.snapshot.people,
        "elsewhere": elsewhere,
        "places": [{"place": place, "people": people} for place, people in rows],
        **_origin(current),
    }


def dump_activity_history(items: Sequence[Item]) -> str:
    """Return the ``activity-history`` frame: the newest activities, newest first."""
    return _dump("activity-history", items=[_activity(item) for item in items])


def dump_feed_change(change: Item | Removed | History) -> str:
    """Return the frame for one change of the feed, or for the whole feed."""
    match change:
        case Item():
            return _dump("activity", **_activity(change))
        case Removed():
            return _dump("activity-removed", id=change.id)
        case History():
            return dump_activity_history(change.items)


def _activity(item: Item) -> dict[str, Any]:
    content: dict[str, Any] = {
        "id": item.id,
        "kind": item.kind,
        "text": item.text,
        "actor": item.actor,
        "timestamp": isoformat(item.timestamp_ms),
    }
    return content | {"skipped": item.skipped} if item.skipped else content


def dump_retry(after_ms_max: int) -> str:
    """Return the ``retry`` frame: over how long to spread a reconnect."""
    return _dump("retry", after_ms_max=after_ms_max)


def dump_pong() -> str:
    """Return the ``pong`` frame."""
    return _dump("pong")


def dump_error(error: BadFrame) -> str:
    """Return the ``error`` frame."""
    return _dump("error", code=error.code, detail=error.detail)


def _origin(current: SourcedSnapshot) -> dict[str, Any]:
    """Return where and when the numbers of a frame were read."""
    snapshot = current.snapshot
    return {
        "source": current.source,
        "epoch": snapshot.epoch,
        "version": snapshot.version,
        "timestamp": isoformat(snapshot.as_of_ms),
    }


def _dump(type: str, /, **content: Any) -> str:
    # Escaped to ASCII, a text frame would be up to three times as long.
    return json.dumps({"type": type, **content}, separators=(",", ":"), ensure_ascii=False)
