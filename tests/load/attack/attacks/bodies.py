"""Large request bodies, without a login."""

from __future__ import annotations

from tests.load.attack.attacker import Attacker
from tests.load.attack.lines import Line
from tests.load.attack.target import ATTACKER

BODY_BYTES, MULTIPART_BYTES, MULTIPARTS = 200_000_000, 100_000_000, 4
BLOCK = b"x" * 65_536
BOUNDARY = "attack"
PART = (
    f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="language"; filename="x"\r\n'
    "Content-Type: application/octet-stream\r\n\r\n"
).encode()


def with_length(attacker: Attacker) -> None:
    """Send a body of 200 MB to ``POST /`` with its Content-Length, again and again."""
    size = attacker.scaled(BODY_BYTES)
    _send_bodies(attacker, 1, "POST /", {"Content-Length": str(size)}, b"", size)


def chunked(attacker: Attacker) -> None:
    """Send a chunked body of 200 MB to ``POST /``, again and again."""
    headers = {"Transfer-Encoding": "chunked"}
    _send_bodies(attacker, 1, "POST /", headers, b"", attacker.scaled(BODY_BYTES), is_chunked=True)


def multipart(attacker: Attacker) -> None:
    """Send four multipart bodies of 100 MB to ``/language/`` at a time, again and again."""
    size = attacker.scaled(MULTIPART_BYTES)
    headers = {
        "Content-Type": f"multipart/form-data; boundary={BOUNDARY}",
        "Content-Length": str(len(PART) + size),
    }
    _send_bodies(attacker, MULTIPARTS, "POST /language/", headers, PART, size)


def _send_bodies(
    attacker: Attacker,
    at_a_time: int,
    line: str,
    headers: dict[str, str],
    start: bytes,
    size: int,
    *,
    is_chunked: bool = False,
) -> None:
    request = attacker.target.request(line, headers=headers)
    left: dict[Line, int] = {}
    while not attacker.is_over:
        while len(attacker.open) < at_a_time:
            number = next(attacker.numbers)
            source = attacker.target.source(ATTACKER)
            port = attacker.target.port(number)
            left[attacker.dial(port, source, request + start)] = size
        for body in list(left):
            if body.ended:
                del left[body]
            elif not body.pending:
                _send_more(attacker, body, left, is_chunked=is_chunked)
        attacker.pump(0.001 if any(left.values()) else 0.05)


def _send_more(attacker: Attacker, body: Line, left: dict[Line, int], *, is_chunked: bool) -> None:
    if left[body] <= 0:
        return
    block = BLOCK[: left[body]]
    left[body] -= len(block)
    data = b"%x\r\n%s\r\n" % (len(block), block) if is_chunked else block
    if is_chunked and left[body] == 0:
        data += b"0\r\n\r\n"
    attacker.send(body, data)
