"""Time until one broadcast of an idle server reaches the last of 10,000 sockets."""

from __future__ import annotations

import statistics
from dataclasses import dataclass, field

from tests.load.bench import nodejs, servers
from tests.load.bench.audience import Audience, Task, gathered
from tests.load.bench.crowd import Reach
from tests.load.bench.report import Row
from tests.load.bench.rounds import interleaved

NAME = "one_broadcast"
SOCKETS = 10_000
#: Broadcasts per round, of which the median counts.
BROADCASTS = 3
REST_SECONDS = 0.3
MIN_RATIO = 1.5


@dataclass
class Series:
    """The figures of one server, with a client that reads during a broadcast or after it."""

    audience: Audience
    reading: bool
    milliseconds: list[float] = field(default_factory=list)
    client_busy: list[float] = field(default_factory=list)

    def measure(self) -> None:
        reaches: list[Reach] = []
        for _ in range(BROADCASTS):
            self.audience.do(Task(seconds=REST_SECONDS))
            reaches += self.audience.do(Task(broadcasts=1, reading=self.reading)).broadcasts
        self.milliseconds.append(1000 * statistics.median(reach.seconds for reach in reaches))
        self.client_busy.append(statistics.median(reach.client_busy for reach in reaches))


def run(rounds: int) -> list[Row]:
    label = f"last socket of one broadcast, {SOCKETS:,} sockets, Socket.IO / ours"
    unread_label = f"{label}, client reads later"
    try:
        nodejs.ensure_socketio()
        mine, theirs, mine_unread, theirs_unread = _contest(rounds)
    except nodejs.Unavailable as error:
        reason = str(error)
        return [
            Row(NAME, label, "ms", bound=MIN_RATIO, not_measured=reason),
            Row(NAME, unread_label, "ms", not_measured=reason),
        ]
    return [
        _row(label, mine, theirs, MIN_RATIO),
        _row(unread_label, mine_unread, theirs_unread, None),
    ]


def _row(label: str, ours: Series, rival: Series, bound: float | None) -> Row:
    return Row(
        NAME,
        label,
        "ms",
        ours.milliseconds,
        rival.milliseconds,
        bound,
        inverse=True,
        client_busy=[*ours.client_busy, *rival.client_busy],
    )


def _contest(rounds: int) -> list[Series]:
    with (
        servers.ours() as ours,
        servers.socketio(coalesced=True) as socketio,
        # Each crowd has its own process, because one may not open the sockets of both.
        gathered(ours) as here,
        gathered(socketio) as there,
    ):
        for server, audience in ((ours, here), (socketio, there)):
            audience.do(Task(arrive=SOCKETS, broadcasts=1))
            server.wait_until_idle()
        series = [
            Series(audience, reading) for reading in (True, False) for audience in (here, there)
        ]
        for way in interleaved(series, rounds):
            way.measure()
    return series
