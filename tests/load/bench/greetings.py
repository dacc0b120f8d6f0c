"""The handshake of a client: the HTTP request and Socket.IO's packets.

Every server gets the same request of a browser. Each request has its own visitor cookie.
Socket.IO: https://socket.io/docs/v4/socket-io-protocol/
"""

from __future__ import annotations

from landing import conf
from landing.visitors import visitor_cookie
from tests.load.bench.servers import Server
from tests.services.ports import HOST

SWITCHED = b"HTTP/1.1 101 "
END_OF_HEAD = b"\r\n\r\n"

#: Engine.IO packet types. Socket.IO packets are Engine.IO messages.
ENGINE_OPEN, ENGINE_PING, ENGINE_PONG = b"0", b"2", b"3"
CONNECT, EVENT = b"40", b"42"
#: The namespace of the harness. Broadcasts to visitors do not reach it.
CONTROL_NAMESPACE = b"/control,"

_HEADERS = """\
GET {path} HTTP/1.1\r
Host: {host}\r
Connection: Upgrade\r
Pragma: no-cache\r
Cache-Control: no-cache\r
User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) \
Chrome/131.0.0.0 Safari/537.36\r
Upgrade: websocket\r
Origin: http://{host}\r
Sec-WebSocket-Version: 13\r
Accept-Encoding: gzip, deflate, br, zstd\r
Accept-Language: en-GB,en;q=0.9\r
Cookie: {cookie}\r
Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r
\r
"""


def request(server: Server, path: str) -> bytes:
    """Return the handshake of a new visitor."""
    visitor = visitor_cookie.dump_cookie(visitor_cookie.create_visitor())
    cookie = f"{conf.read().LANDING_VISITOR_COOKIE_NAME}={visitor}"
    return _HEADERS.format(path=path, host=f"{HOST}:{server.port}", cookie=cookie).encode()
