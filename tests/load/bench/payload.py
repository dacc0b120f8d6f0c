"""The frame of the broadcast benchmarks."""

from __future__ import annotations

from landing.live.current_snapshot import Source, SourcedSnapshot
from landing.live.frames import dump_count
from landing.live.presence.aggregates import Aggregates
from landing.live.presence.contract import Snapshot
from tests.load.bench.servers import Server

_SNAPSHOT = Snapshot(
    signed_in=1_234,
    anonymous=8_765,
    connections=12_345,
    version=1_790_000_000_000,
    as_of_ms=1_790_000_000_000,
    aggregates=Aggregates(23_456, "2026-09-21", 98_765, 187_654, 15_432, 1_790_000_000_000),
)
_TEXT = dump_count(SourcedSnapshot(_SNAPSHOT, Source.LIVE))
#: Size of the frame. Socket.IO's has three bytes less.
FRAME_BYTES = 4 + len(_TEXT)


def count_text(server: Server) -> str:
    """Return a frame as the site sends it. In Socket.IO, the event name is the type."""
    return "{" + _TEXT.partition(",")[2] if server.speaks_socketio else _TEXT
