"""A guarded WebSocket without a socket, whose time passes in a test only."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from daphne.ws_protocol import WebSocketFactory
from twisted.internet.error import ConnectionDone
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport
from twisted.python.failure import Failure

from landing.conf import LandingSettings
from landing.limits.body_limits import BodyLimits
from landing.limits.network_limits import NetworkLimits
from landing.live.transport.guard import Guard
from landing.live.transport.websocket_guard import guard_websockets

CLIENT = "203.0.113.7"
HANDSHAKE = (
    b"GET /ws/landing/ HTTP/1.1\r\nHost: testserver\r\nUpgrade: websocket\r\n"
    b"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nX-Forwarded-For: 203.0.113.7\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)


def build_guard(clock: Any, **settings: Any) -> Guard:
    """Return a guard whose rates and deadlines follow ``clock``."""
    given = LandingSettings(**settings)
    limits = NetworkLimits(given, clock=clock.seconds)
    guard = Guard(limits, BodyLimits(given), given.LANDING_TRUSTED_PROXY_COUNT)
    for deadline in guard.deadlines:
        deadline._clock = clock.seconds
    return guard


class GuardedConnection:
    """One guarded WebSocket, by default behind a proxy.

    Its rates and deadlines follow ``clock``. Connections with the same guard share it.
    """

    def __init__(
        self, guard: Guard | None = None, clock: Clock | None = None, peer: Any = None
    ) -> None:
        self.clock = clock or Clock()
        self.guard = guard or build_guard(self.clock, LANDING_TRUSTED_PROXY_COUNT=1)
        #: How many messages wait for the consumer.
        self.queued = 0
        self.messages: list[Any] = []
        server = SimpleNamespace(
            protocol_connected=lambda protocol: None,
            protocol_disconnected=lambda protocol: None,
            create_application=lambda protocol, scope: SimpleNamespace(
                put_nowait=self.messages.append, qsize=lambda: self.queued
            ),
            log_action=lambda *action: None,
            proxy_forwarded_address_header=None,
            root_path="",
        )
        factory = WebSocketFactory(server, reactor=self.clock)
        factory.setProtocolOptions(openHandshakeTimeout=0, closeHandshakeTimeout=0)
        guard_websockets(factory, self.guard)
        self.protocol: Any = factory.buildProtocol(None)
        self.protocol._raw_query_string = b""
        self.transport = StringTransport(peerAddress=peer)
        self.transport.registerProducer(self.protocol, True)
        self.protocol.makeConnection(self.transport)

    def receive(self, data: bytes) -> None:
        self.protocol.dataReceived(data)

    def reply(self, type: str) -> None:
        self.protocol.handle_reply({"type": f"websocket.{type}"})

    def end(self) -> None:
        self.transport.connected = False
        self.protocol.connectionLost(Failure(ConnectionDone()))

    def statuses(self) -> list[bytes]:
        """Return the statuses of the replies so far."""
        return [part[:3] for part in self.transport.value().split(b"HTTP/1.1 ")[1:]]

    def open(self) -> None:
        """Complete the handshake."""
        self.receive(HANDSHAKE)
        self.reply("accept")
        assert self.statuses() == [b"101"]

    def texts(self) -> list[str]:
        """Return the texts that the consumer has received."""
        return [message["text"] for message in self.messages if "text" in message]

    def is_read(self) -> bool:
        """Return whether Twisted reads from the client."""
        return self.transport.producerState == "producing"

    def wait(self, seconds: int) -> None:
        """Pass time in steps of a tenth of a second."""
        self.clock.pump([0.1] * 10 * seconds)
