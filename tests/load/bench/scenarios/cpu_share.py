"""Load of a worker with 10,000 sockets and 200 changes per second."""

from __future__ import annotations

import time
from contextlib import ExitStack
from dataclasses import dataclass

from tests.load.bench import audience, redis_servers, servers
from tests.load.bench.audience import Audience, Done, Task
from tests.load.bench.churn import verify_joins
from tests.load.bench.report import Row
from tests.load.bench.servers import Server

NAME = "cpu_share"
SOCKETS = 10_000
#: Arrivals of both crowds alternate, so that both servers spread their pings alike.
ARRIVALS = 500
#: Joins per second, and leaves per second.
RATE = 100
MAX_SHARE_PERCENT = 25
#: Daphne pings every socket once within five rounds (20 s).
ROUND_SECONDS = 4.0
#: Pause for the last frames of the arrivals.
REST_SECONDS = 2.0
#: Longer than the grace period, so that departures balance arrivals.
WARM_UP_SECONDS = 6.0
#: Broadcasts that measure the cost of one fan-out.
BROADCASTS = 10


@dataclass(frozen=True, slots=True)
class Shares:
    """Loads in percent. ``tuned`` is a noop consumer with the process settings of our site."""

    ours: float
    tuned: float

    @property
    def difference(self) -> float:
        """Return how much more our site used."""
        return self.ours - self.tuned


@dataclass(frozen=True, slots=True)
class Round:
    """The figures of one round.

    ``fan_outs_per_second`` counts new counts per socket of our site. ``joined`` counts the accepted
    sockets of each server.
    """

    shares: Shares
    fan_outs_per_second: float
    joined: tuple[int, int]


class Meter:
    """Measures the loads of two servers from its creation."""

    def __init__(self, ours: Server, tuned: Server) -> None:
        self._pair = (ours, tuned)
        self._began = time.perf_counter()
        self._cpu_seconds = [server.cpu_seconds() for server in self._pair]

    def read(self) -> Shares:
        seconds = time.perf_counter() - self._began
        now = [server.cpu_seconds() for server in self._pair]
        used = [after - before for after, before in zip(now, self._cpu_seconds, strict=True)]
        return Shares(*(100 * cpu_seconds / seconds for cpu_seconds in used))


def run(rounds: int) -> list[Row]:
    """Measure both servers at the same time, so that other load affects both."""
    with ExitStack() as stack:
        redis = stack.enter_context(redis_servers.running())
        ours = stack.enter_context(servers.ours(redis.url))
        tuned = stack.enter_context(servers.tuned())
        here = stack.enter_context(audience.gathered(ours))
        there = stack.enter_context(audience.gathered(tuned))
        for _ in range(SOCKETS // ARRIVALS):
            here.do(Task(arrive=ARRIVALS))
            there.do(Task(arrive=ARRIVALS))
        fan_out_seconds = _fan_out_seconds(ours, here, there)
        _both(here, there, Task(rate=RATE, seconds=WARM_UP_SECONDS))
        all_rounds = Meter(ours, tuned)
        measured = [_measure(Meter(ours, tuned), here, there) for _ in range(rounds)]
        overall = all_rounds.read()
    for joined in zip(*(one.joined for one in measured), strict=True):
        verify_joins(RATE, rounds * ROUND_SECONDS, sum(joined))
    return _rows(measured, overall, fan_out_seconds)


def _rows(measured: list[Round], overall: Shares, fan_out_seconds: float) -> list[Row]:
    ours = [one.shares.ours for one in measured]
    tuned = [one.shares.tuned for one in measured]
    fan_out = [100 * fan_out_seconds * one.fan_outs_per_second for one in measured]
    load = f"{SOCKETS:,} sockets and {2 * RATE} changes/s"
    what = f"share of a core at {load}"
    return [
        _bounded(f"{what}: ours minus tuned noop", [one.shares.difference for one in measured]),
        _bounded(f"{what}, over all rounds: ours minus tuned noop", [overall.difference]),
        Row(NAME, f"{what}: ours / tuned noop", "%", ours, tuned),
        Row(
            NAME,
            f"{what}, over all rounds: ours / tuned noop",
            "%",
            [overall.ours],
            [overall.tuned],
        ),
        Row(
            NAME,
            f"share of a core for fan-out at {SOCKETS:,} sockets and {2 * RATE} changes/s: ours",
            "%",
            fan_out,
        ),
    ]


def _bounded(label: str, percents: list[float]) -> Row:
    return Row(NAME, label, "%", percents, bound=MAX_SHARE_PERCENT, at_least=False)


def _measure(meter: Meter, here: Audience, there: Audience) -> Round:
    """Measure one round of churn."""
    done = _both(here, there, Task(rate=RATE, seconds=ROUND_SECONDS))
    shares = meter.read()
    fan_outs = done[0].count_frames / done[0].open
    return Round(shares, fan_outs / done[0].seconds, (done[0].joined, done[1].joined))


def _both(here: Audience, there: Audience, task: Task) -> tuple[Done, Done]:
    here.start(task)
    there.start(task)
    return here.end(), there.end()


def _fan_out_seconds(ours: Server, here: Audience, there: Audience) -> float:
    """Return the processor time of one fan-out, averaged over broadcasts without churn."""
    _both(here, there, Task(seconds=REST_SECONDS))
    before = ours.cpu_seconds()
    here.do(Task(broadcasts=BROADCASTS))
    return (ours.cpu_seconds() - before) / BROADCASTS
