"""The guard: the limits and deadlines of all connections of one server process.

:mod:`.guard_installation` installs it where bytes arrive, before Daphne sees one. Under other
servers, :mod:`landing.live.middleware.guard_fallback` asks it, as far as an ASGI application can.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable
from typing import Any

from ...conf import LandingSettings, spell
from ...limits import hits
from ...limits.body_limits import BodyLimits
from ...limits.hits import Limit
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
#: Bytes that a client may still send while it has not read the last response. With unread bytes,
#: the kernel would reset the connection, and the response would be lost.
MAX_DISCARDED_BYTES = 1_048_576
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
        #: One line a minute and kind, however many clients.
        self._log = CountedLog(logger)
        self._has_logged_unknown = False
        #: Whether the server itself asks, so that no application has to.
        self.is_installed = False
        #: Whether the server ends, so that no connection waits for another request.
        self.is_stopping = False
        #: Closes the next WebSockets before the end; returns False once none is left.
        self.hand_over: Callable[[], bool] = lambda: False
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

    def network(self, peer: str, forwarded_for: str) -> str:
        """Return the network of a client; the empty text if nothing names its address.

        ``peer`` is the address of the connection, empty on a Unix socket.
        """
        network = network_of(trusted_address(peer, forwarded_for, self._trusted_proxy_count))
        if not network and not self._has_logged_unknown:
            self._has_logged_unknown = True
            logger.warning(
                "The clients of a Unix socket have no address, so the limits of a network do not "
                "apply to them. Let the proxy append to X-Forwarded-For, and set "
                "%s",
                spell("LANDING_TRUSTED_PROXY_COUNT"),
            )
        return network

    def take_request(self, network: str, *, is_handshake: bool) -> int:
        """Count a request and return 0, or return the value of ``Retry-After`` for its refusal."""
        rates = self.limits.handshakes if is_handshake else self.limits.requests
        wait_seconds = rates.take(network) if network else 0.0
        if not wait_seconds:
            return 0
        hits.count(Limit.HANDSHAKES if is_handshake else Limit.REQUESTS)
        what = "WebSocket handshakes" if is_handshake else "requests"
        self._log.warn(f"A network exceeds its rate of {what}; they get status 429")
        return int(wait_seconds) + 1

    def open_connection(self, network: str) -> bool:
        """Count one more open connection, or return False if the network has its maximum."""
        if not network or self.limits.open_connection(network):
            return True
        hits.count(Limit.CONNECTIONS)
        self._log.warn(
            f"A network has {spell('LANDING_NETWORK_MAX_CONNECTIONS')} open; more are refused. If "
            f"all visitors come through a proxy, set {spell('LANDING_TRUSTED_PROXY_COUNT')}"
        )
        return False

    def close_connection(self, network: str) -> None:
        """Count one connection less, after :meth:`open_connection` returned True."""
        if network:
            self.limits.close_connection(network)

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
            hits.count(Limit.NEW_CONNECTIONS)
            self._log.warn("A network opens connections faster than its rates; more are refused")
            return False
        return self.open_connection(network)

    def release(self, address: str) -> None:
        """Count a connection less, whatever protocol it has spoken."""
        self._open_sockets -= 1
        if not self.has_proxy:
            self.close_connection(network_of(address))

    def _close_oldest(self) -> bool:
        """Close the connection that has been silent for the longest time, if there is one."""
        hits.count(Limit.OPEN_FILES)
        self._log.warn("Too many files are open (ulimit -n); the oldest silent connections close")
        oldest = self.heads.oldest()
        if oldest is None:
            return False
        self.heads.discard(oldest)
        # Over TLS, the transport is a wrapper that only knows how to abort.
        close = getattr(oldest.transport, "close_now", oldest.transport.abortConnection)
        close()
        return True

    def log_excess(self) -> None:
        """Count and log that a connection is closed because of its frames."""
        hits.count(Limit.FRAMES)
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
