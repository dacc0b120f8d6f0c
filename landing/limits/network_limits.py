"""Limits of one network in this process: connections, handshakes, requests, and frames."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable

from ..conf import LandingSettings
from .rate_limits import Rate, RateLimits

#: How many seconds' worth of a rate may come at once: one page has about 15 files.
BURST_SECONDS = 5
#: How many seconds' worth of frames may come at once. A page sends one frame in 20 s.
FRAMES_BURST_SECONDS = 2
#: How many connections of one network may use their whole rate of frames.
BUSY_CONNECTIONS = 10


class NetworkLimits:
    """The limits of all networks. A setting of 0 switches its limit off.

    They protect this process, so each process counts for itself. The keys are the networks of
    :mod:`landing.limits.network`, and stay in memory.
    """

    def __init__(
        self, settings: LandingSettings, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._max_connections = settings.LANDING_NETWORK_MAX_CONNECTIONS
        self._connections: Counter[str] = Counter()

        def limit(rate: Rate) -> RateLimits[str]:
            return RateLimits(rate, clock)

        handshakes = settings.LANDING_NETWORK_HANDSHAKES_PER_SECOND
        requests = settings.LANDING_NETWORK_REQUESTS_PER_SECOND
        self.handshakes = limit(_rate(handshakes))
        self.requests = limit(_rate(requests))
        #: Twice the connections that the other two need if none is used again.
        self.accepts = limit(_rate(2 * (handshakes + requests) if handshakes and requests else 0))
        frames = settings.LANDING_MAX_FRAMES_PER_SECOND
        #: Frames of one connection, control frames included.
        self.connection_frames = _rate(frames, FRAMES_BURST_SECONDS)
        #: Frames of all connections of one network.
        self.frames = limit(_rate(BUSY_CONNECTIONS * frames, FRAMES_BURST_SECONDS))

    def open_connection(self, network: str) -> bool:
        """Count one more open connection, or return False if the network has its maximum."""
        if self._max_connections and self._connections[network] >= self._max_connections:
            return False
        self._connections[network] += 1
        return True

    def close_connection(self, network: str) -> None:
        """Count one connection less, after :meth:`open_connection` returned True."""
        self._connections[network] -= 1
        if self._connections[network] <= 0:
            del self._connections[network]

    def connections_of(self, network: str) -> int:
        """Return how many connections of this network are open, half-open ones included."""
        return self._connections.get(network, 0)


def _rate(per_second: float, burst_seconds: float = BURST_SECONDS) -> Rate:
    return Rate(per_second, max(1.0, burst_seconds * per_second))
