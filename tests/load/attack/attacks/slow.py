"""Requests that never end: 500 connections that send 6 bytes a second each."""

from __future__ import annotations

import time
from collections.abc import Callable

from tests.load.attack.attacker import Attacker
from tests.load.attack.lines import SWITCHED, Line
from tests.load.attack.target import ATTACKER, agent
from tests.services import frames

SLOW, PER_SECOND = 500, 250
BYTE_SECONDS = 1 / 6
#: A body that the server accepts, if it waits long enough.
BODY_BYTES = 60_000


def heads(attacker: Attacker) -> None:
    """Send the head of a page request byte by byte, with a header that never ends."""
    head = attacker.target.page().removesuffix(b"\r\n") + b"X-Slow: "
    _trickle(attacker, lambda number: b"", head, b"x")


def bodies(attacker: Attacker) -> None:
    """Send a complete head, then the body byte by byte."""
    headers = {
        "Content-Type": "application/x-www-form-urlencoded",
        "Content-Length": str(BODY_BYTES),
    }
    request = attacker.target.request("POST /language/", headers=headers)
    _trickle(attacker, lambda number: request, b"", b"x")


def handshakes(attacker: Attacker) -> None:
    """Send a WebSocket handshake byte by byte, with a header that never ends."""
    head = attacker.target.handshake().removesuffix(b"\r\n") + b"X-Slow: "
    _trickle(attacker, lambda number: b"", head, b"x")


def frames_in_bytes(attacker: Attacker) -> None:
    """Complete the handshake, then send one large frame byte by byte."""
    frame = frames.dump(frames.TEXT, b"x" * BODY_BYTES)

    def handshake(number: int) -> bytes:
        return attacker.target.handshake(user_agent=agent(number))

    _trickle(attacker, handshake, frame, b"x", after_handshake=True)


def _trickle(
    attacker: Attacker,
    request: Callable[[int], bytes],
    slowly: bytes,
    forever: bytes,
    *,
    after_handshake: bool = False,
) -> None:
    """Send the request at once, then ``slowly`` byte by byte, then ``forever`` repeated."""
    sent: dict[Line, int] = {}
    size = attacker.scaled(SLOW)
    next_byte = time.monotonic()
    for number in attacker.pump_at_rate(PER_SECOND):
        if len(sent) < size:
            port, source = attacker.target.port(number), attacker.target.source(ATTACKER)
            sent[attacker.dial(port, source, request(number))] = 0
        if time.monotonic() < next_byte:
            continue
        next_byte += BYTE_SECONDS
        for line, position in sent.items():
            if not line.ended and (not after_handshake or line.status == SWITCHED):
                attacker.send(line, slowly[position : position + 1] or forever)
                sent[line] = position + 1
