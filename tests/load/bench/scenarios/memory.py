"""Resident memory per socket, compared with a consumer that does nothing."""

from __future__ import annotations

from tests.load.bench import waves
from tests.load.bench.report import Row

NAME = "memory"
MAX_RATIO = 1.15


def run(rounds: int) -> list[Row]:
    """Measure after each wave, divided by all open sockets."""
    gatherings = waves.gather(rounds)
    noop = gatherings.noop.kilobytes_per_socket
    return [
        Row(
            NAME,
            f"RSS per socket, presence {where}: ours / noop",
            "kB",
            ours.kilobytes_per_socket,
            noop,
            MAX_RATIO,
            at_least=False,
        )
        for where, ours in (("in Redis", gatherings.redis), ("in process", gatherings.alone))
    ]
