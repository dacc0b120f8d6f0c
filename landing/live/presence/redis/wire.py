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
    Answer,
    Change,
    Inspection,
    Key,
    Kind,
    Report,
    Snapshot,
    Table,
    Timing,
    WorkerShare,
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
        *_table_arguments(report.table),
        int(report.begin),
        int(report.complete),
        int(report.events),
        *_change_arguments(report.changes),
    ]


def _table_arguments(table: Table | None) -> tuple[str, str | int]:
    """The scripts compare the first and keep both."""
    return (json.dumps(table.figures), table.as_of_ms) if table else ("", "")


def _change_arguments(changes: Sequence[Change]) -> Iterator[Argument]:
    groups: dict[tuple[Kind, bool], list[bytes]] = {
        (kind, present): [] for kind in Kind for present in (True, False)
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
        epoch=epoch.decode(),
        resync=bool(resync),
        drained=bool(drained),
        more=bool(more),
        due_in_ms=due_in_ms,
        publish=bool(publish),
        refresh_table=bool(refresh),
        joined=_keys(joined),
        left=_keys(left),
    )


def snapshot(shown: Sequence[Any] | None) -> Snapshot | None:
    """What ``visible()`` in ``_snapshot.lua`` returned."""
    if shown is None:
        return None
    signed_in, anonymous, connections, version, as_of_ms, figures, table_as_of_ms = shown
    table = _table(figures, table_as_of_ms) if figures else None
    return Snapshot(signed_in, anonymous, connections, version, as_of_ms, table)


def _table(figures: bytes, as_of_ms: int) -> Table:
    active, day, visitors, page_views, peak_people = json.loads(figures)
    return Table(active, day, visitors, page_views, peak_people, as_of_ms)


def inspection(reply: Sequence[Any]) -> Inspection:
    """What ``inspect.lua`` returned."""
    shown, epoch, settling_ms, workers, lingering, reaping = reply
    return Inspection(
        snapshot=snapshot(shown),
        epoch=(epoch or b"").decode(),
        settling_ms=settling_ms,
        workers=tuple(sorted((_share(*fields) for fields in workers), key=_name)),
        lingering=dict(zip(Kind, lingering, strict=True)),
        reaping=reaping,
    )


def _share(worker: bytes, *numbers: int) -> WorkerShare:
    return WorkerShare(worker.decode(), *numbers)


def _name(share: WorkerShare) -> str:
    return share.worker


def _keys(found: Sequence[bytes]) -> tuple[Key, ...]:
    return tuple(Key(Kind(item[:1].decode()), item[1:]) for item in found)
