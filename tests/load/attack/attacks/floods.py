"""Floods of frames: each connection sends as fast as the server reads."""

from __future__ import annotations

import os
import struct
import time
from collections import deque

from tests.load.attack.attacker import Attacker
from tests.load.attack.lines import Line
from tests.load.attack.target import ATTACKER, agent
from tests.services import frames

#: Bytes that a connection sends at a time.
BLOCK_BYTES = 65_536
FLOODERS, NEVER_READERS = 50, 200
#: A connection that the server closed is replaced after this time.
PAUSE_SECONDS = 0.5
CONTINUATION = 0x0
LARGE_BYTES = 60_000
PING = frames.dump(frames.TEXT, b'{"type":"ping"}')


def never_reading(attacker: Attacker) -> None:
    """Send pings of the protocol on 200 connections and never read the replies."""
    _flood(attacker, NEVER_READERS, PING, reads=False)


def subscriptions(attacker: Attacker) -> None:
    """Subscribe to the count and unsubscribe again, on 50 connections."""
    toggle = [b'{"type":"unsubscribe-online"}', b'{"type":"subscribe-online"}']
    toggle += [b'{"type":"unsubscribe-activity"}', b'{"type":"subscribe-activity"}']
    _flood(attacker, FLOODERS, b"".join(frames.dump(frames.TEXT, text) for text in toggle))


def pings(attacker: Attacker) -> None:
    """Send WebSocket pings on 50 connections."""
    _flood(attacker, FLOODERS, frames.dump(frames.PING, b"x"))


def pongs(attacker: Attacker) -> None:
    """Send WebSocket pongs on 50 connections."""
    _flood(attacker, FLOODERS, frames.dump(frames.PONG, b"x"))


def empty_frames(attacker: Attacker) -> None:
    """Send empty binary frames on 50 connections."""
    _flood(attacker, FLOODERS, frames.dump(frames.BINARY, b""))


def fragments(attacker: Attacker) -> None:
    """Send messages in empty fragments that never end, on 50 connections."""
    start = struct.pack("!BBI", frames.TEXT, 0x80, 0)
    more = struct.pack("!BBI", CONTINUATION, 0x80, 0)
    _flood(attacker, FLOODERS, more, first=start)


def large_frames(attacker: Attacker) -> None:
    """Send frames of 60 KB on 50 connections."""
    text = b'{"type":"ping","x":"%s"}' % os.urandom(LARGE_BYTES // 2).hex().encode()
    _flood(attacker, FLOODERS, frames.dump(frames.TEXT, text))


def bad_json(attacker: Attacker) -> None:
    """Send text that is not JSON on 50 connections."""
    _flood(attacker, FLOODERS, frames.dump(frames.TEXT, b'{"type":'))


def _flood(
    attacker: Attacker, connections: int, frame: bytes, *, first: bytes = b"", reads: bool = True
) -> None:
    block = frame * max(BLOCK_BYTES // len(frame), 1)
    due = deque([0.0] * attacker.scaled(connections))

    def replace(line: Line) -> None:
        due.append(time.monotonic() + PAUSE_SECONDS)

    def begin(line: Line) -> None:
        if first:
            attacker.send(line, first)
        line.flood = block

    while not attacker.is_over:
        while due and due[0] <= time.monotonic():
            due.popleft()
            number = next(attacker.numbers)
            attacker.dial(
                attacker.target.port(number),
                attacker.target.source(ATTACKER),
                attacker.target.handshake(user_agent=agent(number)),
                reads=reads,
                on_open=begin,
                on_end=replace,
            )
        attacker.pump(0.05)
