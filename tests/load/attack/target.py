"""The attacked site, as a client sees it: its ports, and requests as bytes.

Knows neither sockets nor the product's code, so that an attacker starts fast.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

HOST = "127.0.0.1"
PATH = "/ws/landing/"
#: Any key is valid. It only proves that the server speaks WebSocket.
KEY = "dGhlIHNhbXBsZSBub25jZQ=="
#: The source of all attacks.
ATTACKER = "127.0.0.66"
END_OF_HEAD = b"\r\n\r\n"


def agent(number: int) -> str:
    """Return the user agent of a browser, different for each number."""
    return f"Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.{number}"


@dataclass(frozen=True, slots=True)
class Target:
    """The processes of one site. With ``proxied``, requests arrive as from a trusted proxy."""

    ports: tuple[int, ...]
    proxied: bool = False

    def port(self, number: int) -> int:
        return self.ports[number % len(self.ports)]

    def source(self, address: str) -> str:
        """Return the source of the TCP connection for a client with this address."""
        return HOST if self.proxied else address

    def request(
        self,
        line: str,
        address: str = ATTACKER,
        *,
        user_agent: str = agent(0),
        headers: Mapping[str, str] | None = None,
    ) -> bytes:
        """Return the head of a request, such as ``GET /``. The connection ends after it."""
        given = {"Connection": "close", **(headers or {})}
        return self._head(line, address, user_agent, given)

    def page(
        self, address: str = ATTACKER, *, user_agent: str = agent(0), cookie: str = ""
    ) -> bytes:
        """Return the request of a browser that opens the page."""
        headers = {"Sec-Fetch-Dest": "document", "Accept": "text/html"}
        if cookie:
            headers["Cookie"] = cookie
        return self.request("GET /", address, user_agent=user_agent, headers=headers)

    def handshake(
        self,
        address: str = ATTACKER,
        *,
        user_agent: str = agent(0),
        headers: Mapping[str, str] | None = None,
    ) -> bytes:
        """Return the request that opens a WebSocket."""
        given = {
            "Connection": "Upgrade",
            "Upgrade": "websocket",
            "Sec-WebSocket-Version": "13",
            "Sec-WebSocket-Key": KEY,
            **(headers or {}),
        }
        return self._head(f"GET {PATH}", address, user_agent, given)

    def _head(self, line: str, address: str, user_agent: str, headers: Mapping[str, str]) -> bytes:
        # Each process gets the same host, because a browser does not see the processes.
        all_headers = {"Host": f"{HOST}:{self.ports[0]}", "User-Agent": user_agent, **headers}
        if self.proxied:
            all_headers["X-Forwarded-For"] = address
        fields = "".join(f"{name}: {value}\r\n" for name, value in all_headers.items())
        return f"{line} HTTP/1.1\r\n{fields}\r\n".encode("latin-1")


def status_of(head: bytes) -> int:
    """Return the status of a response, or 0 if it is none."""
    return int(head[9:12]) if head[:7] == b"HTTP/1." and head[9:12].isdigit() else 0


def cookies_of(head: bytes) -> str:
    """Return the cookies that a response sets, as the header of the next request."""
    lines = head.partition(END_OF_HEAD)[0].decode("latin-1").split("\r\n")
    fields = (line.partition(":") for line in lines)
    return "; ".join(
        value.partition(";")[0].strip() for name, _, value in fields if name.lower() == "set-cookie"
    )
