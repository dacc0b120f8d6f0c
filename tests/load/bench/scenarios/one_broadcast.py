"""Time until one broadcast from an idle server has reached the last of 10,000 sockets."""

from __future__ import annotations

import statistics
from dataclasses import dataclass, field

from tests.load.bench import nodejs, servers
from tests.load.bench.audience import Audience, Task, gathered
from tests.load.bench.report import Row
from tests.load.bench.rounds import interleaved

NAME = "one_broadcast"
SOCKETS = 10_000
#: Of each round the median counts.
BROADCASTS = 5
REST_SECONDS = 0.3
MIN_RATIO = 1.5


@dataclass
class Contestant:
    """The audience of one server, and what each round showed."""

    audience: Audience
    milliseconds: list[float] = field(default_factory=list)
    client_busy: list[float] = field(default_factory=list)

    def measure(self) -> None:
        done = []
        for _ in range(BROADCASTS):
            self.audience.do(Task(seconds=REST_SECONDS))
            done.append(self.audience.do(Task(broadcasts=1)))
        seconds = [one.broadcast_seconds[0] for one in done]
        self.milliseconds.append(1000 * statistics.median(seconds))
        self.client_busy.append(statistics.median(one.client_busy for one in done))


def run(rounds: int) -> list[Row]:
    label = f"last socket of one broadcast, {SOCKETS:,} sockets, Socket.IO / ours"
    try:
        mine, theirs = _contest(rounds)
    except nodejs.NotThere as error:
        return [Row(NAME, label, "ms", bound=MIN_RATIO, not_measured=str(error))]
    return [
        Row(
            NAME,
            label,
            "ms",
            mine.milliseconds,
            theirs.milliseconds,
            MIN_RATIO,
            inverse=True,
            client_busy=[*mine.client_busy, *theirs.client_busy],
        )
    ]


def _contest(rounds: int) -> tuple[Contestant, Contestant]:
    with (
        servers.ours() as ours,
        servers.socketio(coalesced=True) as socketio,
        # Each in a process of its own: together they have more sockets than one may open.
        gathered(ours) as here,
        gathered(socketio) as there,
    ):
        for server, audience in ((ours, here), (socketio, there)):
            audience.do(Task(arrive=SOCKETS, broadcasts=1))
            server.wait_until_idle()
        mine, theirs = Contestant(here), Contestant(there)
        for contestant in interleaved([mine, theirs], rounds):
            contestant.measure()
    return mine, theirs
