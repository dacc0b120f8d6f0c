"""Attacks that pretend to be many people, from one network."""

from __future__ import annotations

import time
from collections import deque

from tests.load.attack.attacker import Attacker
from tests.load.attack.lines import Line
from tests.load.attack.target import ATTACKER, agent, cookies_of

#: Requests that wait for their response at the same time.
IN_FLIGHT = 100
#: Connections per second: as fast as one process of the site accepts them.
PER_SECOND = 800
#: The connections of :func:`brief`, and how long each stays.
BRIEF, BRIEF_SECONDS = 100, 0.4
#: Sockets that stay open, below the ports of one address.
MOST = 15_000


def without_cookie(attacker: Attacker) -> None:
    """Open sockets without a cookie and with a new user agent each, and keep them."""
    for number in attacker.pump_at_rate(PER_SECOND):
        if len(attacker.open) < MOST and _waiting(attacker) < IN_FLIGHT:
            _open(attacker, number, agent(number))


def fresh_cookies(attacker: Attacker) -> None:
    """Fetch a cookie for each socket with ``GET /``, and keep the sockets."""

    def open_with_cookie(line: Line) -> None:
        headers = {"Cookie": cookies_of(line.head)}
        number = next(attacker.numbers)
        if not attacker.is_over and headers["Cookie"]:
            request = attacker.target.handshake(headers=headers)
            attacker.dial(attacker.target.port(number), _source(attacker), request)

    for number in attacker.pump_at_rate(PER_SECOND):
        if len(attacker.open) < MOST and _waiting(attacker) < IN_FLIGHT:
            attacker.dial(
                attacker.target.port(number),
                _source(attacker),
                attacker.target.page(),
                on_end=open_with_cookie,
            )


def brief(attacker: Attacker) -> None:
    """Keep 100 sockets open for 0.4 s each. Their people count in the grace period."""
    leaving: deque[tuple[float, Line]] = deque()

    def stay_briefly(line: Line) -> None:
        leaving.append((time.monotonic() + BRIEF_SECONDS, line))

    for number in attacker.pump_at_rate(PER_SECOND):
        while leaving and leaving[0][0] < time.monotonic():
            attacker.hang_up(leaving.popleft()[1])
        if len(attacker.open) < attacker.scaled(BRIEF):
            request = attacker.target.handshake(user_agent=agent(number))
            attacker.dial(
                attacker.target.port(number), _source(attacker), request, on_open=stay_briefly
            )


def one_ipv6_network(attacker: Attacker) -> None:
    """Open sockets from new addresses of one /64, as a proxy forwards them, and keep them."""
    for number in attacker.pump_at_rate(PER_SECOND):
        if len(attacker.open) < MOST and _waiting(attacker) < IN_FLIGHT:
            address = f"2001:db8:0:66:{number >> 16:x}:{number & 0xFFFF:x}::1"
            request = attacker.target.handshake(address)
            attacker.dial(attacker.target.port(number), attacker.target.source(address), request)


def page_views(attacker: Attacker) -> None:
    """Load the page with a new user agent each, as fast as possible."""
    for number in attacker.pump_at_rate(PER_SECOND):
        if len(attacker.open) < IN_FLIGHT:
            request = attacker.target.page(user_agent=agent(number))
            attacker.dial(attacker.target.port(number), _source(attacker), request)


def _open(attacker: Attacker, number: int, user_agent: str) -> None:
    request = attacker.target.handshake(user_agent=user_agent)
    attacker.dial(attacker.target.port(number), _source(attacker), request)


def _source(attacker: Attacker) -> str:
    return attacker.target.source(ATTACKER)


def _waiting(attacker: Attacker) -> int:
    """Return how many connections have no response yet."""
    answered = sum(attacker.statuses.values())
    return attacker.attempts - answered
