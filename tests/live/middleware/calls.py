"""Calls of an ASGI application, without a server."""

from __future__ import annotations

from typing import Any

CHUNK_BYTES = 1_000


class Call:
    """One call. ``incoming`` is what the server receives; a call that needs more fails."""

    def __init__(self, scope: dict[str, Any], *incoming: dict[str, Any]) -> None:
        self.scope = scope
        self._incoming = list(incoming)
        self.sent: list[dict[str, Any]] = []

    async def receive(self) -> dict[str, Any]:
        return self._incoming.pop(0)

    async def send(self, message: dict[str, Any]) -> None:
        self.sent.append(message)

    async def run(self, application: Any) -> None:
        await application(self.scope, self.receive, self.send)

    @property
    def unread(self) -> int:
        """Count the messages that nobody has received."""
        return len(self._incoming)

    @property
    def status(self) -> int | None:
        """Return the status of the response, if there is one."""
        return next((each["status"] for each in self.sent if "status" in each), None)

    @property
    def body(self) -> bytes:
        """Return the body of the response."""
        return b"".join(each.get("body", b"") for each in self.sent)

    @property
    def headers(self) -> dict[bytes, bytes]:
        return dict(next(each["headers"] for each in self.sent if "headers" in each))


def request(
    *chunks: int, client: str | None = "192.0.2.1", http_version: str = "1.1", **headers: str
) -> Call:
    """Return a request whose body has chunks of these sizes. ``a_b="c"`` is the header a-b."""
    scope = {
        "type": "http",
        "method": "POST",
        "path": "/",
        "http_version": http_version,
        "client": client and (client, 1),
        "headers": _encode(headers),
    }
    last = len(chunks) - 1
    parts = [
        {"type": "http.request", "body": b"x" * size, "more_body": number < last}
        for number, size in enumerate(chunks or (0,))
    ]
    return Call(scope, *parts)


def handshake(*texts: str, client: str | None = "192.0.2.1", **headers: str) -> Call:
    """Return a WebSocket whose client sends these texts and leaves."""
    scope = {
        "type": "websocket",
        "path": "/",
        "client": client and (client, 1),
        "headers": _encode(headers),
        "extensions": {"websocket.http.response": {}},
    }
    messages = [{"type": "websocket.receive", "text": text} for text in texts]
    return Call(scope, {"type": "websocket.connect"}, *messages, {"type": "websocket.disconnect"})


def _encode(headers: dict[str, str]) -> list[tuple[bytes, bytes]]:
    return [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
