"""What a worker with 10,000 sockets and 200 changes a second takes of a core."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from statistics import fmean

from tests.load.bench import audience, redis_servers, servers
from tests.load.bench.audience import Audience, Done, Task
from tests.load.bench.churn import verify_joins
from tests.load.bench.report import Row
from tests.load.bench.servers import Server

NAME = "cpu_share"
SOCKETS = 10_000
#: Arrivals of both crowds alternate, so that the servers' pings are spread alike.
ARRIVALS = 500
#: Joins a second, and as many leaves.
RATE = 100
MAX_SHARE_PERCENT = 25
#: Five of them are the 20 s in which Daphne pings every socket once.
ROUND_SECONDS = 4.0
#: For what the arrivals have left to be told.
REST_SECONDS = 2.0
#: Longer than people linger, so that as many cease to as begin to.
WARM_UP_SECONDS = 6.0
#: By which the cost of one fan-out is known.
BROADCASTS = 10


@dataclass(frozen=True, slots=True)
class Shares:
    """Percent of a core; ``fan_outs``: how often each socket of ours heard a new
    count; ``joined``: how many were let in by each.
    """

    ours: float
    noop: float
    fan_outs_per_second: float
    joined: tuple[int, int]


def run(rounds: int) -> list[Row]:
    """Both in the same seconds, so that whatever else the machine does is in both."""
    with ExitStack() as stack:
        redis = stack.enter_context(redis_servers.running())
        ours = stack.enter_context(servers.ours(redis.url))
        noop = stack.enter_context(servers.noop())
        here = stack.enter_context(audience.gathered(ours))
        there = stack.enter_context(audience.gathered(noop))
        for _ in range(SOCKETS // ARRIVALS):
            here.do(Task(arrive=ARRIVALS))
            there.do(Task(arrive=ARRIVALS))
        fan_out_seconds = _fan_out_seconds(ours, here, there)
        _both(here, there, Task(rate=RATE, seconds=WARM_UP_SECONDS))
        measured = [_measure((ours, noop), here, there) for _ in range(rounds)]
    for joined in zip(*(shares.joined for shares in measured), strict=True):
        verify_joins(RATE, rounds * ROUND_SECONDS, sum(joined))
    return _rows(measured, fan_out_seconds)


def _rows(measured: list[Shares], fan_out_seconds: float) -> list[Row]:
    ours = [shares.ours for shares in measured]
    noop = [shares.noop for shares in measured]
    beyond = [shares.ours - shares.noop for shares in measured]
    fan_out = [100 * fan_out_seconds * shares.fan_outs_per_second for shares in measured]
    what = f"at {SOCKETS:,} sockets and {2 * RATE} changes/s"
    return [
        Row(
            NAME,
            f"share of a core {what}: ours beyond noop",
            "%",
            beyond,
            bound=MAX_SHARE_PERCENT,
            at_least=False,
        ),
        Row(NAME, f"share of a core {what}: ours / noop", "%", ours, noop),
        Row(NAME, "the same over all rounds: ours / noop", "%", [fmean(ours)], [fmean(noop)]),
        Row(NAME, f"fan-out's share of a core {what}: ours", "%", fan_out),
    ]


def _measure(pair: tuple[Server, Server], here: Audience, there: Audience) -> Shares:
    """One round of churn."""
    before = [server.cpu_seconds() for server in pair]
    done = _both(here, there, Task(rate=RATE, seconds=ROUND_SECONDS))
    used = [server.cpu_seconds() - b for server, b in zip(pair, before, strict=True)]
    seconds = max(each.seconds for each in done)
    ours, noop = (100 * cpu_seconds / seconds for cpu_seconds in used)
    fan_outs = done[0].count_frames / done[0].open
    return Shares(ours, noop, fan_outs / seconds, (done[0].joined, done[1].joined))


def _both(here: Audience, there: Audience, task: Task) -> tuple[Done, Done]:
    here.start(task)
    there.start(task)
    return here.end(), there.end()


def _fan_out_seconds(ours: Server, here: Audience, there: Audience) -> float:
    """Processor time of one fan-out to all: some that were asked for, when nothing else happens."""
    _both(here, there, Task(seconds=REST_SECONDS))
    before = ours.cpu_seconds()
    here.do(Task(broadcasts=BROADCASTS))
    return (ours.cpu_seconds() - before) / BROADCASTS
