"""How clients spread their reconnects, and how long a leaving worker's people still count.

Pure arithmetic. The client's part is in ``static/landing/js/transport/live-socket.js``.
"""

from __future__ import annotations

#: Reconnects a second that the connections of one worker may cause together. One Daphne
#: accepts about 800 to 1,200 a second and has other work to do.
RECONNECTS_PER_SECOND = 300
#: The smallest spread. A page shows "Reconnecting…" only after 2.5 s, so a restart stays
#: invisible, and a proxy sees at most 150 reconnects a second from each 300 connections.
MIN_SPREAD_MS = 2048


def spread_ms(connections: int) -> int:
    """Return over how many ms this many clients spread their reconnects: a power of two."""
    needed_ms = connections * 1000 // RECONNECTS_PER_SECOND
    return max(MIN_SPREAD_MS, 1 << max(0, needed_ms - 1).bit_length())


def drain_linger_ms(spread: int, linger_seconds: float) -> int:
    """Return the grace period of a drained worker's people, in ms.

    It covers the spread that clients were sent, one backoff after a failed attempt, and the
    usual grace period.
    """
    return spread + MIN_SPREAD_MS + int(linger_seconds * 1000)
