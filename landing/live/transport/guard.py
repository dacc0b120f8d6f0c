"""The guard: the limits and deadlines of all connections of one server process.

:mod:`.guarding` installs it where bytes arrive, before Daphne sees one.
"""

from __future__ import annotations

import logging
import sys
from typing import Any

from ...conf import LandingSettings
from ...limits.body import BodyLimits
from ...limits.network import network_of
from ...limits.network_limits import NetworkLimits
from ...resilience.counted_log import CountedLog
from ...visitors.address import trusted_address
from .deadlines import Deadline

logger = logging.getLogger(__name__)

#: Total time for the head of the first request, from the accepted connection on.
HEAD_SECONDS = 10.0
#: Total time from the end of one response to the end of the next head.
KEEP_ALIVE_SECONDS = 60.0
#: Total time for the body of a request.
BODY_SECONDS = 30.0
#: Total time for a client to read the end of the last response.
CLOSING_SECONDS = 15.0
#: Open files that are not for connections: the database, Redis, logs, and modules.
RESERVED_FILES = 100


class Guard:
    """The limits and deadlines of all connections of one server process.

    Behind trusted proxies, the peers are the proxies, so only what their headers name is limited.
    """

    def __init__(self, limits: NetworkLimits, bodies: BodyLimits, trusted_proxy_count: int) -> None:
        self.limits = limits
        self.bodies = bodies
        self.has_proxy = trusted_proxy_count > 0
        self._trusted_proxy_count = trusted_proxy_count
        self._log = CountedLog(logger)
        self.heads: Deadline[Any] = Deadline(HEAD_SECONDS, _time_out)
        self.keep_alive: Deadline[Any] = Deadline(KEEP_ALIVE_SECONDS, _time_out)
        self.request_bodies: Deadline[Any] = Deadline(BODY_SECONDS, _time_out)
        self.closing: Deadline[Any] = Deadline(CLOSING_SECONDS, _abort)
        self.deadlines = (self.heads, self.keep_alive, self.request_bodies, self.closing)
        self._open_sockets = 0

    @classmethod
    def from_settings(cls, settings: LandingSettings) -> Guard:
        """Build the guard that the settings describe."""
        proxies = settings.LANDING_TRUSTED_PROXY_COUNT
        return cls(NetworkLimits(settings), BodyLimits(settings), proxies)

    def network(self, peer: Any, forwarded_for: str) -> str:
        """Return the network of a client; that of a Unix socket is the empty text."""
        address = str(getattr(peer, "host", ""))
        return network_of(trusted_address(address, forwarded_for, self._trusted_proxy_count))

    def discard(self, channel: Any) -> None:
        """End every deadline of a connection."""
        for deadline in self.deadlines:
            deadline.discard(channel)

    def admit(self, address: str) -> bool:
        """Ask whether to accept a connection from this peer, and count it."""
        if not self.has_proxy and not self._admit_network(network_of(address)):
            return False
        self._open_sockets += 1
        if self._open_sockets > _max_open_files() - RESERVED_FILES and not self._close_oldest():
            self.release(address)
            return False
        return True

    def _admit_network(self, network: str) -> bool:
        if self.limits.accepts.take(network):
            self._log.warn("A network opens connections faster than its rates; more are refused")
            return False
        if not self.limits.open_connection(network):
            self.log_full_network()
            return False
        return True

    def release(self, address: str) -> None:
        """Count a connection less, whatever protocol it has spoken."""
        self._open_sockets -= 1
        if not self.has_proxy:
            self.limits.close_connection(network_of(address))

    def _close_oldest(self) -> bool:
        """Close the connection that has been silent for the longest time, if there is one."""
        self._log.warn("Too many files are open (ulimit -n); the oldest silent connections close")
        oldest = self.heads.oldest()
        if oldest is None:
            return False
        self.heads.discard(oldest)
        # Over TLS, the transport is a wrapper that only knows how to abort.
        close = getattr(oldest.transport, "close_now", oldest.transport.abortConnection)
        close()
        return True

    # -- one log line a minute, however many clients

    def log_full_network(self) -> None:
        """Log that a network has its maximum of connections."""
        self._log.warn(
            "A network has LANDING_NETWORK_MAX_CONNECTIONS open; more are refused. If all visitors "
            "come through a proxy, set LANDING_TRUSTED_PROXY_COUNT"
        )

    def log_rate(self, what: str) -> None:
        """Log that a network exceeds a rate."""
        self._log.warn(f"A network exceeds its rate of {what}; they get status 429")

    def log_excess(self) -> None:
        """Log that a connection is closed because of its frames."""
        self._log.warn("A WebSocket exceeds its rate of frames and closes with code 1008")


def _time_out(channel: Any) -> None:
    channel.time_out()


def _abort(channel: Any) -> None:
    channel.transport.abortConnection()


def _max_open_files() -> int:
    if sys.platform == "win32":
        return 1 << 30
    import resource

    soft_limit, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return 1 << 30 if soft_limit == resource.RLIM_INFINITY else soft_limit
