"""Workers: applying their reports (rules 1 to 3), drains, and removal (rule 6).

Same steps as ``_leases.lua`` and the first part of ``sync.lua``.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..contract import MAX_REMOVALS, Key, KeyType, Report, Timing
from .state import State, WorkerKeys, WorkerState


def apply_report(state: State, report: Report, timing: Timing, now_ms: int) -> bool:
    """Apply a report; return False if the worker must report all of its keys."""
    worker = state.workers.get(report.worker)
    if worker is not None and report.seq <= worker.seq:
        return True
    if report.begin:
        if worker is not None:
            state.dead.append(worker.keys)
        worker = None
    elif report.acked and (worker is None or report.epoch != state.epoch):
        return False
    worker = worker or WorkerState(lease_until_ms=0)
    state.workers[report.worker] = worker
    worker.lease_until_ms = now_ms + timing.lease_ms
    worker.seq, worker.connections = report.seq, report.connections
    is_resync = report.begin or not report.complete or report.worker in state.resyncing
    arrived_ms = None if is_resync or state.is_settling(now_ms) else now_ms
    if report.complete:
        state.resyncing.pop(report.worker, None)
    else:
        state.resyncing[report.worker] = now_ms + timing.heartbeat_ms
    _apply_changes(state, worker, report, now_ms + timing.linger_ms, arrived_ms)
    _store_aggregates(state, report)
    return True


def drain(state: State, name: str, seq: int, until_ms: int) -> bool:
    """Begin the grace period of a bounded number of people; return True while more remain."""
    state.resyncing.pop(name, None)
    worker = state.workers.get(name)
    if worker is None:
        return False
    worker.connections, worker.seq = 0, max(worker.seq, seq)
    for key in _pop_keys(worker.keys, MAX_REMOVALS):
        state.counts.remove_holder(key, until_ms)
    more = any(worker.keys.values())
    if not more:
        del state.workers[name]
    return more


def remove_expired(state: State, now_ms: int) -> bool:
    """Remove expired tombstones, leases, and a bounded number of people.

    Return True while more remain.
    """
    state.tombstones = {
        name: until_ms for name, until_ms in state.tombstones.items() if until_ms > now_ms
    }
    if now_ms >= state.leases_held_until_ms:
        expired = [name for name, each in state.workers.items() if each.lease_until_ms <= now_ms]
        for name in expired:
            state.dead.append(state.workers.pop(name).keys)
            state.resyncing.pop(name, None)
    more = now_ms >= state.lingering_held_until_ms and state.counts.expire(now_ms, MAX_REMOVALS)
    _reap(state)
    return more or bool(state.dead)


def _apply_changes(
    state: State, worker: WorkerState, report: Report, until_ms: int, arrived_ms: int | None
) -> None:
    for (kind, id), present, network, place in report.changes:
        if present:
            state.counts.places.report(Key(kind, id), place)
        if present and id not in worker.keys[kind]:
            worker.keys[kind].add(id)
            state.counts.add_holder(Key(kind, id), network, arrived_ms)
        elif present:
            state.counts.report_network(Key(kind, id), network)
        elif not present:
            key = Key(kind, id)
            if id in worker.keys[kind]:
                worker.keys[kind].remove(id)
                state.counts.remove_holder(key, 0 if key in report.ended else until_ms)
            elif key not in report.ended:
                state.counts.shorten_grace_period(key, until_ms)
            if state.counts.is_present(key):
                state.counts.report_network(key, network)


def _store_aggregates(state: State, report: Report) -> None:
    """Accept aggregates from the worker with the grant, and from any before the first ones.

    Aggregates of a worker that lost the grant are older than those of its successor.
    """
    if report.aggregates is not None and (
        state.reader == report.worker or state.aggregates is None
    ):
        state.aggregates = report.aggregates
        state.reading_until_ms = 0


def _reap(state: State) -> None:
    """Remove at most :data:`MAX_REMOVALS` keys of dead workers."""
    budget = MAX_REMOVALS
    while state.dead and budget > 0:
        for key in _pop_keys(state.dead[0], budget):
            state.counts.remove_holder(key)
            budget -= 1
        if not any(state.dead[0].values()):
            state.dead.pop(0)


def _pop_keys(keys: WorkerKeys, limit: int) -> Iterator[Key]:
    """Remove and yield the keys of at most ``limit`` people.

    A signed-in mark goes with its visitor, because the visitor alone would count as an
    anonymous person.
    """
    for _ in range(limit):
        if keys[KeyType.VISITOR]:
            id = keys[KeyType.VISITOR].pop()
            yield Key(KeyType.VISITOR, id)
            if id in keys[KeyType.SIGNED]:
                keys[KeyType.SIGNED].remove(id)
                yield Key(KeyType.SIGNED, id)
        elif keys[KeyType.USER]:
            yield Key(KeyType.USER, keys[KeyType.USER].pop())
        else:
            return
