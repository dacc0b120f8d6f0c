"""Limits of HTTP requests where bytes arrive: heads, bodies, rates, and total deadlines."""

from __future__ import annotations

from http import HTTPStatus
from io import BytesIO
from typing import Any
from urllib.parse import unquote

from daphne.http_protocol import WebRequest
from twisted.internet.interfaces import ISSLTransport
from twisted.web import http

from ...limits import hits
from ...limits.refusal import Headers, refusal
from .guard import MAX_DISCARDED_BYTES, Guard

#: Untyped, because these classes override methods whose types are wrong or missing.
HTTPChannel: Any = http.HTTPChannel

#: Header lines of one request. Browsers send about 20. Twisted limits their bytes to 16 KB.
MAX_HEADERS = 100
#: A larger body goes to a temporary file, as without a guard.
MAX_BODY_BYTES_IN_MEMORY = 1_048_576

ROOT_PATH = b"Daphne-Root-Path"


def guard_http(factory: Any, guard: Guard) -> None:
    """Make the factory build guarded connections."""
    wrap: Any = http._GenericHTTPChannelProtocol
    build = factory.buildProtocol

    def build_protocol(address: Any) -> Any:
        protocol = build(address)
        if protocol is not None:
            # Daphne has set its own class here.
            protocol.requestFactory = GuardedRequest
        return protocol

    factory.protocol = lambda: wrap(GuardedChannel(guard))
    # The deadlines of the guard end silent connections, without a timer for each.
    factory.timeOut = None
    # Over HTTP/2, Twisted has no place for the guard, and Daphne has no WebSockets.
    factory.acceptableProtocols = lambda: [b"http/1.1"]
    factory.buildProtocol = build_protocol


class GuardedChannel(HTTPChannel):  # type: ignore[misc]
    """One connection, until it becomes a WebSocket."""

    maxHeaders = MAX_HEADERS  # noqa: N815  Twisted's name

    def __init__(self, guard: Guard) -> None:
        super().__init__()
        self.guard = guard
        self._has_data = False
        self.is_refused = False
        self._is_parsed = True
        self._discarded_bytes = 0

    # The names below are Twisted's.

    def connectionMade(self) -> None:  # noqa: N802
        super().connectionMade()
        self.guard.heads.start(self)

    def dataReceived(self, data: bytes) -> None:  # noqa: N802
        if self._is_parsed:
            self._has_data = True
            super().dataReceived(data)
            return
        self._discarded_bytes += len(data)
        if self._discarded_bytes > MAX_DISCARDED_BYTES:
            self.transport.abortConnection()

    def allHeadersReceived(self) -> None:  # noqa: N802
        self.guard.discard(self)
        headers = self.requests[-1].requestHeaders
        # Daphne would mount the site under the path that a client sends.
        headers.removeHeader(ROOT_PATH)
        retry_after = self._take_rate(headers)
        if retry_after:
            self.refuse(HTTPStatus.TOO_MANY_REQUESTS, retry_after)
            return
        if self.length != 0 and not self._admit_body():
            self.refuse(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
            return
        super().allHeadersReceived()

    def allContentReceived(self) -> None:  # noqa: N802
        self.guard.request_bodies.discard(self)
        if not self.is_refused:
            super().allContentReceived()

    def checkPersistence(self, request: Any, version: bytes) -> bool:  # noqa: N802
        if self.guard.is_stopping:
            request.responseHeaders.setRawHeaders(b"Connection", [b"close"])
            return False
        is_persistent: bool = super().checkPersistence(request, version)
        return is_persistent

    def requestDone(self, request: Any) -> None:  # noqa: N802
        self._has_data = False
        if self.guard.is_stopping:
            self.persistent = False
        if self.persistent:
            self.guard.keep_alive.start(self)
        super().requestDone(request)

    def loseConnection(self) -> None:  # noqa: N802
        self._stop_parsing()
        self.guard.closing.start(self)
        super().loseConnection()

    def connectionLost(self, reason: Any) -> None:  # noqa: N802
        self.guard.discard(self)
        super().connectionLost(reason)

    def time_out(self) -> None:
        """End a request that took too long to arrive.

        A browser that opened a connection early would take an answer without a request for the
        answer to its next one.
        """
        if self._has_data:
            self.refuse(HTTPStatus.REQUEST_TIMEOUT)
        else:
            self.loseConnection()

    def _admit_body(self) -> bool:
        """Start to receive the body; return False if its length is known, and too long."""
        path = unquote(self._path.partition(b"?")[0].decode("latin-1"))
        max_bytes: int = self.guard.bodies.max_bytes(path)
        self.requests[-1].max_body_bytes = max_bytes
        if (self.length or 0) > max_bytes:
            return False
        self.guard.request_bodies.start(self)
        return True

    def _take_rate(self, headers: Any) -> int:
        """Count the request for its network; return ``Retry-After`` if it is one too many."""
        peer = getattr(self.transport.getPeer(), "host", "")
        network = self.guard.network(peer, self._forwarded_for(headers))
        return self.guard.take_request(network, is_handshake=headers.hasHeader(b"Upgrade"))

    def _forwarded_for(self, headers: Any) -> str:
        if not self.guard.has_proxy:
            return ""  # nobody reads what a client may have invented
        values = headers.getRawHeaders(b"X-Forwarded-For") or []
        return b",".join(values).decode("latin-1")

    def refuse(self, status: HTTPStatus, retry_after: int = 0) -> None:
        """Answer with a status, and close when the client has read it."""
        self.is_refused = True
        self._stop_parsing()
        hits.count_status(status)
        headers, body = self._refusal(status, retry_after)
        self.guard.discard(self)
        self.guard.closing.start(self)
        lines = [b"HTTP/1.1 %d %s" % (status, status.phrase.encode()), b"Connection: close"]
        lines += [name.title() + b": " + value for name, value in headers]
        self.transport.write(b"\r\n".join([*lines, b"", body]))
        if ISSLTransport.providedBy(self.transport):
            # It ends the writing only, until the client closes. A wrapper of the socket would
            # end the writing of the socket before the answer is encrypted.
            self.transport.loseConnection()
        else:
            self.transport.loseWriteConnection()

    def _stop_parsing(self) -> None:
        """Ignore what follows, even in the same packet: another head would end the deadline."""
        self._is_parsed = False
        self.lineReceived = self.rawDataReceived = _ignore

    def _refusal(self, status: HTTPStatus, retry_after: int) -> tuple[Headers, bytes]:
        # The head may be incomplete.
        accept = self.requests[-1].requestHeaders.getRawHeaders(b"Accept") if self.requests else []
        return refusal(
            status,
            method=getattr(self, "_command", b"").decode("latin-1"),
            accept=b",".join(accept or []).decode("latin-1"),
            retry_after_seconds=retry_after,
        )


def _ignore(data: bytes) -> None:
    """Ignore a line, or a part of a body."""


class GuardedRequest(WebRequest):  # type: ignore[misc]
    """One request, whose body stays within the limit of its path."""

    #: Daphne's page for a request that it does not pass on. Daphne's own template names Daphne.
    error_template = '<!doctype html><html lang="en"><title>%(title)s</title><h1>%(title)s</h1>'
    max_body_bytes = 0
    _body_bytes = 0

    # The names below are Twisted's.

    def gotLength(self, length: int | None) -> None:  # noqa: N802
        if self.max_body_bytes <= MAX_BODY_BYTES_IN_MEMORY:
            self.content = BytesIO()
        else:
            super().gotLength(length)

    def handleContentChunk(self, data: bytes) -> None:  # noqa: N802
        if self.channel.is_refused:
            return
        self._body_bytes += len(data)
        if self._body_bytes <= self.max_body_bytes:
            super().handleContentChunk(data)
        else:
            self.channel.refuse(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
