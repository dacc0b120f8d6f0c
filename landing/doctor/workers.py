"""The workers of a deployment: leases, missing or dead workers, and different settings."""

from __future__ import annotations

from collections.abc import Iterator

from ..conf import spell
from ..live.presence.contract import Timing
from ..live.presence.redis.state import State, WorkerState
from .counts import CLEAR
from .finding import Finding, ok, problem, warning

#: Part of a heartbeat that a report may be late.
SLACK_MS = 1_000
START_ONE = (
    f"Start a server, or let {spell('LANDING_REDIS_URL')} and {spell('LANDING_REDIS_PREFIX')} of "
    "the servers and of this command agree."
)
SAME_SETTINGS = "Give all processes the same settings."


def examine_workers(state: State, timing: Timing) -> Iterator[Finding]:
    """Yield findings about all workers, then one about each."""
    yield _find_silence(state, timing)
    dead = [worker for worker in state.workers if worker.is_dead]
    live = [worker for worker in state.workers if worker.lease_until_ms is not None]
    sentence = f"Workers with a lease: {len(live)}."
    if dead:
        keys = sum(each.visitors + each.signed + each.users for each in dead)
        sentence += f" Keys of dead workers that wait for removal: {keys:,}."
    yield ok("workers", sentence)
    for worker in state.workers:
        if worker.lease_until_ms is not None:
            yield _find_lease(worker, worker.lease_until_ms, state, timing)
        elif not worker.is_dead:
            yield problem(
                "no-lease",
                f"Worker {worker.name} has data but no lease, so its people never expire.",
                CLEAR,
            )


def examine_limit(state: State, max_people_per_network: int) -> Iterator[Finding]:
    """Yield a finding if the workers limit networks differently from this process."""
    stored = state.number("max_people", -1)
    if stored >= 0 and stored != max_people_per_network:
        yield warning(
            "settings",
            f"The workers use {spell('LANDING_NETWORK_MAX_PEOPLE')} = {stored}, and this command "
            f"uses {max_people_per_network}.",
            SAME_SETTINGS,
        )


def _find_silence(state: State, timing: Timing) -> Finding:
    last_ms = state.number("last_sync_at")
    if not state.epoch:
        return problem("reports", "No worker has reported to this Redis yet.", START_ONE)
    silence_ms = state.now_ms - last_ms
    if silence_ms < -timing.heartbeat_ms:
        return problem(
            "reports",
            f"The clock of Redis was set back by {-silence_ms / 1000:.1f} s.",
            "Wait: the next report begins a new epoch. Then keep the clock with NTP.",
        )
    sentence = f"The last report arrived {max(0, silence_ms) / 1000:.1f} s ago."
    if silence_ms <= 2 * timing.heartbeat_ms:
        return ok("reports", sentence)
    return problem("reports", f"{sentence} No worker reports to this Redis.", START_ONE)


def _find_lease(worker: WorkerState, until_ms: int, state: State, timing: Timing) -> Finding:
    left_ms = until_ms - state.now_ms
    name, left = f"Worker {worker.name}", f"{abs(left_ms) / 1000:.1f} s"
    if left_ms <= 0:
        return _find_expired_lease(worker.name, until_ms, state, timing)
    if left_ms > timing.lease_ms + SLACK_MS:
        return warning(
            "lease",
            f"{name} has {left} of its lease left, but {spell('LANDING_LEASE_SECONDS')} is "
            f"{timing.lease_ms / 1000:g} here.",
            SAME_SETTINGS,
        )
    late_ms = timing.lease_ms - left_ms - timing.heartbeat_ms - SLACK_MS
    if late_ms > 0:
        return warning(
            "lease",
            f"{name} is late: it has reported nothing for "
            f"{(timing.lease_ms - left_ms) / 1000:.1f} s, and its lease ends in {left}.",
            "If its process hangs or was killed, wait for the end of its lease; see its log.",
        )
    if (worker.resyncing_until_ms or 0) > state.now_ms:
        return ok("lease", f"{name} reports all of its people again; its lease ends in {left}.")
    return ok("lease", f"{name} has {worker.connections or 0:,} connections; lease {left}.")


def _find_expired_lease(name: str, until_ms: int, state: State, timing: Timing) -> Finding:
    overdue_ms = state.now_ms - until_ms
    sentence = f"Worker {name} is dead: its lease ended {overdue_ms / 1000:.1f} s ago"
    last_ms = state.number("last_sync_at")
    if last_ms < state.number("leases_held_until") and last_ms + timing.lease_ms > state.now_ms:
        return warning(
            "lease",
            f"{sentence}, and leases last longer after a pause of Redis.",
            "Wait for one lease; the next report then removes its people.",
        )
    if until_ms > last_ms - timing.heartbeat_ms:
        return warning(
            "lease",
            f"{sentence}, and its people count until another worker reports.",
            "Wait for a heartbeat. " + START_ONE,
        )
    return problem(
        "lease",
        f"{sentence}, and reports of other workers did not remove its people.",
        CLEAR,
    )
