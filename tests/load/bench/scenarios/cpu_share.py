"""What a worker with 10,000 sockets and 200 changes a second takes of a core."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from statistics import fmean

from tests.load.bench import audience, redis_servers, servers
from tests.load.bench.audience import Audience, Task
from tests.load.bench.churn import verify_rate
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
    """Percent of a core; ``fan_outs``: how often each socket of ours heard something."""

    ours: float
    noop: float
    fan_outs_per_second: float


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
        churn = Task(rate=RATE, seconds=ROUND_SECONDS)
        _both(here, there, Task(rate=RATE, seconds=WARM_UP_SECONDS))
        measured = [_measure((ours, noop), here, there, churn) for _ in range(rounds)]
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


def _measure(pair: tuple[Server, Server], here: Audience, there: Audience, churn: Task) -> Shares:
    before = [server.cpu_seconds() for server in pair]
    seconds, frames_per_socket = _both(here, there, churn)
    verify_rate(churn.seconds, seconds)
    used = [server.cpu_seconds() - b for server, b in zip(pair, before, strict=True)]
    ours, noop = (100 * cpu_seconds / seconds for cpu_seconds in used)
    return Shares(ours, noop, frames_per_socket / seconds)


def _both(here: Audience, there: Audience, task: Task) -> tuple[float, float]:
    """The seconds that both took for it, and the frames that each socket of ours got."""
    here.start(task)
    there.start(task)
    done, other = here.end(), there.end()
    return max(done.seconds, other.seconds), done.frames / done.open


def _fan_out_seconds(ours: Server, here: Audience, there: Audience) -> float:
    """Processor time of one fan-out to all: some that were asked for, when nothing else happens."""
    _both(here, there, Task(seconds=REST_SECONDS))
    before = ours.cpu_seconds()
    here.do(Task(broadcasts=BROADCASTS))
    return (ours.cpu_seconds() - before) / BROADCASTS
