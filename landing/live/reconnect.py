"""How reconnects are spread, and how long a departed worker's people are kept for them.

Pure arithmetic: the clients' side of it is ``static/landing/js/live-socket.js``.
"""

from __future__ import annotations

#: Reconnects a second that the sockets of one worker may cause together; one
#: Daphne accepts about 800-1,200 a second and has other work to do meanwhile.
RECONNECTS_PER_SECOND = 300
#: The smallest spread, which is also the clients' first backoff.
MIN_SPREAD_MS = 1024


def spread_ms(sockets: int) -> int:
    """Over how many ms this many sockets spread their reconnects: a power of two."""
    needed_ms = sockets * 1000 // RECONNECTS_PER_SECOND
    return max(MIN_SPREAD_MS, 1 << max(0, needed_ms - 1).bit_length())


def drain_linger_ms(spread: int, linger_seconds: float) -> int:
    """How long the people of a worker that leaves in order still count.

    The spread its clients were told, one more backoff for a try that failed, and
    the time that anybody lingers.
    """
    return spread + MIN_SPREAD_MS + int(linger_seconds * 1000)
