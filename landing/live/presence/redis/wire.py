"""How reports and answers look between the Redis backend and its scripts.

Pure: no connection, no state. The argument lists are those in the legends of the
Lua files; ids travel as the bytes they are.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator, Sequence
from typing import Any

from ..contract import (
    Aggregates,
    Answer,
    Change,
    Grant,
    Inspection,
    Key,
    KeyType,
    Lease,
    Report,
    Snapshot,
    Timing,
    WorkerInspection,
)

Argument = bytes | str | int


def common_arguments(timing: Timing, clock_offset_ms: int, worker: str) -> list[Argument]:
    """What every script takes first, as ``_state.lua`` says."""
    return [
        clock_offset_ms,
        timing.heartbeat_ms,
        timing.lease_ms,
        timing.linger_ms,
        timing.interval_ms,
        timing.refresh_ms,
        secrets.token_hex(8),
        worker,
    ]


def report_arguments(report: Report) -> list[Argument]:
    """What ``sync.lua`` takes after the worker."""
    return [
        report.seq,
        report.acked,
        report.epoch,
        report.seen,
        report.connections,
        *_aggregate_arguments(report.aggregates),
        int(report.begin),
        int(report.complete),
        int(report.events),
        *_change_arguments(report.changes),
    ]


def _aggregate_arguments(aggregates: Aggregates | None) -> tuple[str, str | int]:
    """The scripts compare the first and keep both."""
    return (json.dumps(aggregates.figures), aggregates.as_of_ms) if aggregates else ("", "")


def _change_arguments(changes: Sequence[Change]) -> Iterator[Argument]:
    groups: dict[tuple[KeyType, bool], list[bytes]] = {
        (kind, present): [] for kind in KeyType for present in (True, False)
    }
    # A key that is named twice has its last state.
    for (kind, id), present in dict(changes).items():
        groups[kind, present].append(id)
    yield from (len(ids) for ids in groups.values())
    for ids in groups.values():
        yield from ids


def answer(reply: Sequence[Any]) -> Answer:
    """What ``sync.lua`` returned."""
    shown, epoch, resync, drained, more, due_in_ms, publish, refresh, joined, left = reply
    return Answer(
        snapshot=snapshot(shown),
        lease=Lease(
            epoch=epoch.decode(),
            resync=bool(resync),
            drained=bool(drained),
            more=bool(more),
            due_in_ms=due_in_ms,
        ),
        grant=Grant(publish=bool(publish), read_aggregates=bool(refresh)),
        joined=_keys(joined),
        left=_keys(left),
    )


def snapshot(shown: Sequence[Any] | None) -> Snapshot | None:
    """What ``visible()`` in ``_snapshot.lua`` returned."""
    if shown is None:
        return None
    signed_in, anonymous, connections, version, as_of_ms, figures, read_at_ms = shown
    aggregates = _aggregates(figures, read_at_ms) if figures else None
    return Snapshot(signed_in, anonymous, connections, version, as_of_ms, aggregates)


def _aggregates(figures: bytes, as_of_ms: int) -> Aggregates:
    active, day, visitors, page_views, peak_people = json.loads(figures)
    return Aggregates(active, day, visitors, page_views, peak_people, as_of_ms)


def inspection(reply: Sequence[Any]) -> Inspection:
    """What ``inspect.lua`` returned."""
    shown, epoch, settling_ms, workers, lingering, reaping = reply
    return Inspection(
        snapshot=snapshot(shown),
        epoch=(epoch or b"").decode(),
        settling_ms=settling_ms,
        workers=tuple(sorted((_share(*fields) for fields in workers), key=_name)),
        lingering=dict(zip(KeyType, lingering, strict=True)),
        reaping=reaping,
    )


def _share(worker: bytes, *numbers: int) -> WorkerInspection:
    return WorkerInspection(worker.decode(), *numbers)


def _name(share: WorkerInspection) -> str:
    return share.worker


def _keys(found: Sequence[bytes]) -> tuple[Key, ...]:
    return tuple(Key(KeyType(item[:1].decode()), item[1:]) for item in found)
