"""How clients spread their reconnects, and how long a leaving worker's people still count.

Pure arithmetic. The client's part is in ``static/live_user_counter/js/transport/live-socket.js``.
"""

from __future__ import annotations

#: Reconnects a second that the connections of one worker may cause together. One Daphne on one
#: core accepts about 2,600 a second and has other work to do.
RECONNECTS_PER_SECOND = 600
#: The smallest spread, about a client's first backoff. A page keeps its last number meanwhile, and
#: a longer spread makes that number more wrong.
MIN_SPREAD_MS = 1024
#: The longest backoff of a client after one failed attempt.
FAILED_ATTEMPT_MS = 2000


def spread_ms(connections: int) -> int:
    """Return over how many ms this many clients spread their reconnects: a power of two."""
    needed_ms = connections * 1000 // RECONNECTS_PER_SECOND
    return max(MIN_SPREAD_MS, 1 << max(0, needed_ms - 1).bit_length())


def covers_reconnect(linger_seconds: float) -> bool:
    """Return whether the usual grace period covers the smallest spread and one failed attempt."""
    return linger_seconds * 1000 >= MIN_SPREAD_MS + FAILED_ATTEMPT_MS


def drain_linger_ms(spread: int, linger_seconds: float) -> int:
    """Return the grace period of a drained worker's people, in ms.

    It covers the spread that clients were sent, one backoff after a failed attempt, and the
    usual grace period.
    """
    return spread + FAILED_ATTEMPT_MS + int(linger_seconds * 1000)
