"""Attacks by the number of connections, and by connections that do nothing."""

from __future__ import annotations

import time

from tests.load.attack.attacker import Attacker
from tests.load.attack.lines import Line
from tests.load.attack.target import ATTACKER, agent

MANY, PER_SECOND = 5_000, 1_000
RECONNECTS_PER_SECOND = 1_500
#: Handshakes that wait at the same time.
IN_FLIGHT = 500
SILENT, SILENT_PER_SECOND = 2_000, 1_000
#: Addresses of :func:`silent_everywhere`, so that no network has many connections.
NETWORKS = 40


def many(attacker: Attacker) -> None:
    """Open 5,000 WebSockets from one address and keep them."""
    for number in attacker.pump_at_rate(PER_SECOND):
        if attacker.attempts < attacker.scaled(MANY):
            request = attacker.target.handshake(user_agent=agent(number))
            source = attacker.target.source(ATTACKER)
            attacker.dial(attacker.target.port(number), source, request)


def reconnects(attacker: Attacker) -> None:
    """Open 1,500 WebSockets a second, and drop each when it is open."""
    for number in attacker.pump_at_rate(attacker.scaled(RECONNECTS_PER_SECOND)):
        if len(attacker.open) < IN_FLIGHT:
            attacker.dial(
                attacker.target.port(number),
                attacker.target.source(ATTACKER),
                attacker.target.handshake(user_agent=agent(number)),
                on_open=attacker.hang_up,
            )


def silent(attacker: Attacker) -> None:
    """Keep 2,000 connections from one address that never send a byte."""
    _stay_silent(attacker, 1)


def silent_everywhere(attacker: Attacker) -> None:
    """Keep 2,000 connections from 40 addresses that never send a byte."""
    _stay_silent(attacker, NETWORKS)


def _stay_silent(attacker: Attacker, networks: int) -> None:
    size = attacker.scaled(SILENT)

    def dial(number: int) -> Line:
        source = attacker.target.source(f"127.0.2.{number % networks + 1}")
        return attacker.dial(attacker.target.port(number), source)

    # The second half of the time shows how long the connections stay.
    half = time.monotonic() + attacker.seconds / 2
    for number in attacker.pump_at_rate(SILENT_PER_SECOND):
        if len(attacker.open) < size and time.monotonic() < half:
            dial(number)
