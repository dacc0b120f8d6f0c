"""The closed set of frames, both ways: parse what a client says, dump what the server says.

Knows the wire format and nothing else: no sockets, no Django, no I/O. The frames
are described for other programs in ``docs/protocol.md``.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from enum import StrEnum
from typing import Any, NamedTuple

from ..dates import isoformat
from .feed import History, Item, Removed
from .presence.contract import Snapshot


class Topic(StrEnum):
    """What a socket can be subscribed to."""

    ONLINE = "online"
    ACTIVITY = "activity"


#: One set for nearly all sockets.
EVERY_TOPIC = frozenset(Topic)


class Source(StrEnum):
    """Where a number comes from."""

    LIVE = "live"  #: read now
    STALE = "stale"  #: the last real value; its age is ``as_of``
    SIMULATED = "simulated"  #: made up, only where the operator switched that on


class SourcedSnapshot(NamedTuple):
    """The one snapshot that every screen shows, with where it comes from."""

    snapshot: Snapshot
    source: Source

    @property
    def active(self) -> int | None:
        """Active visitors, never fewer than the people connected; None while unknown."""
        aggregates = self.snapshot.aggregates
        return aggregates.including(self.snapshot.people).active if aggregates else None


class CloseCode:
    """Why the server ends a connection (4000-4999 are the application's, RFC 6455 7.4.2)."""

    GOING_AWAY = 1001
    TOO_MANY_BAD_FRAMES = 4400
    SLOW_CONSUMER = 4408
    TOO_MANY_CONNECTIONS = 4429


class Command(NamedTuple):
    """A frame from a client that was understood."""

    type: str
    topic: Topic | None = None


class BadFrame(ValueError):
    """A frame from a client that was not; ``code`` is for programs, the text for people."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail


COMMANDS = {
    "ping": Command("ping"),
    "subscribe-online": Command("subscribe", Topic.ONLINE),
    "unsubscribe-online": Command("unsubscribe", Topic.ONLINE),
    "subscribe-activity": Command("subscribe", Topic.ACTIVITY),
    "unsubscribe-activity": Command("unsubscribe", Topic.ACTIVITY),
}


def parse(text: str | None, max_bytes: int) -> Command:
    """The command in a text frame (None: the frame was binary). Raises :class:`BadFrame`."""
    if text is None:
        raise BadFrame("not-text", "Binary frames are not understood; send JSON text.")
    if len(text) > max_bytes or len(text.encode()) > max_bytes:
        raise BadFrame("too-large", f"A frame may have at most {max_bytes} bytes.")
    try:
        content = json.loads(text)
    except (ValueError, RecursionError):
        raise BadFrame("not-json", "The frame is not valid JSON.") from None
    if not isinstance(content, dict):
        raise BadFrame("not-an-object", "A frame is one JSON object with a type.")
    kind = content.get("type")
    if not isinstance(kind, str) or kind not in COMMANDS:
        raise BadFrame("unknown-type", f"Known types: {', '.join(COMMANDS)}.")
    return COMMANDS[kind]


def parse_topics(value: str | None) -> frozenset[Topic]:
    """``online,activity`` as in ``?topics=``; None stands for all. Unknown names are ignored."""
    if value is None:
        return EVERY_TOPIC
    names = {name.strip() for name in value.split(",")}
    return frozenset(topic for topic in Topic if topic.value in names)


def dump_count(shown: SourcedSnapshot) -> str:
    """The ``connection-count`` frame."""
    snapshot = shown.snapshot
    return _dump(
        "connection-count",
        count=snapshot.connections,
        people=snapshot.people,
        signed_in=snapshot.signed_in,
        anonymous=snapshot.anonymous,
        active=shown.active,
        source=shown.source,
        version=snapshot.version,
        timestamp=isoformat(snapshot.as_of_ms),
    )


def dump_activity_history(items: Sequence[Item]) -> str:
    """The newest activities, newest first; empty while there is none."""
    return _dump("activity-history", items=[_activity(item) for item in items])


def dump_news(news: Item | Removed | History) -> str:
    """The frame that tells of an activity, or of all of them."""
    match news:
        case Item():
            return _dump("activity", **_activity(news))
        case Removed():
            return _dump("activity-removed", id=news.id)
        case History():
            return dump_activity_history(news.items)


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
    """Over how long to spread a reconnect."""
    return _dump("retry", after_ms_max=after_ms_max)


def dump_pong() -> str:
    return _dump("pong")


def dump_error(error: BadFrame) -> str:
    return _dump("error", code=error.code, detail=error.detail)


def _dump(type: str, /, **content: Any) -> str:
    # As UTF-8, which a text frame is anyway: escaped, it would be up to three times as long.
    return json.dumps({"type": type, **content}, separators=(",", ":"), ensure_ascii=False)
