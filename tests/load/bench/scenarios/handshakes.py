"""Handshakes per second, compared with a consumer that accepts and does nothing."""

from __future__ import annotations

from tests.load.bench import waves
from tests.load.bench.report import Row
from tests.load.bench.waves import WAVE, Gathering

NAME = "handshakes"
MIN_RATIO = 0.85


def run(rounds: int) -> list[Row]:
    """Measure handshakes. The bound is strict: ours count until the first frame."""
    gatherings = waves.gather(rounds)
    noop, tuned, alone = gatherings.noop, gatherings.tuned, gatherings.alone
    these = f"sockets 1 to {rounds * WAVE:,} by the {WAVE:,}"
    rows = []
    for where, ours in (("no Redis", alone), ("Redis", gatherings.redis)):
        label = f"handshakes/s to the first frame, {where}, {these}: ours / noop"
        rows.append(_row(label, ours, noop, ours.greeted_per_second, MIN_RATIO))
        label = f"handshakes/s to the 101, {where}, {these}: ours / noop"
        rows.append(_row(label, ours, noop, ours.accepted_per_second, None))
    label = f"handshakes/s to the first frame, no Redis, {these}: ours / noop, both tuned"
    rows.append(_row(label, alone, tuned, alone.greeted_per_second, None))
    label = f"handshakes/s, {these}: tuned noop / noop"
    rows.append(_row(label, tuned, noop, tuned.accepted_per_second, None))
    return rows


def _row(
    label: str, ours: Gathering, noop: Gathering, rates: list[float], bound: float | None
) -> Row:
    return Row(
        NAME,
        label,
        "/s",
        rates,
        noop.accepted_per_second,
        bound,
        client_busy=[*ours.client_busy, *noop.client_busy],
        ours_busy=ours.server_busy,
        rival_busy=noop.server_busy,
    )
