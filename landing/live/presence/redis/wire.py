"""Conversion between the types of the contract and the arguments and replies of Lua.

The comments at the top of the Lua files describe the lists. Ids are sent as raw bytes.
"""

from __future__ import annotations

import json
import secrets
from collections import Counter
from collections.abc import Iterator, Sequence
from operator import attrgetter
from typing import Any

from ..aggregates import Aggregates
from ..contract import (
    Answer,
    Grant,
    Inspection,
    Key,
    KeyType,
    Lease,
    PlaceCount,
    Places,
    Report,
    Snapshot,
    Step,
    Timing,
    WorkerInspection,
)
from ..snapshot import sorted_steps

Argument = bytes | str | int


def common_arguments(
    timing: Timing,
    clock_offset_ms: int,
    worker: str,
    max_people_per_network: int,
    max_places: int,
) -> list[Argument]:
    """Return the arguments that every script takes first; see ``_state.lua``."""
    return [
        clock_offset_ms,
        timing.heartbeat_ms,
        timing.lease_ms,
        timing.linger_ms,
        timing.interval_ms,
        timing.refresh_ms,
        secrets.token_hex(4),
        worker,
        max_people_per_network,
        max_places,
    ]


def report_arguments(report: Report) -> list[Argument]:
    """Return the arguments of ``sync.lua`` that follow the common ones."""
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
        *_change_arguments(report),
    ]


def _aggregate_arguments(aggregates: Aggregates | None) -> tuple[str, str | int]:
    """Return the values, which the scripts only compare and store, and their time."""
    return (json.dumps(aggregates.figures), aggregates.as_of_ms) if aggregates else ("", "")


def _change_arguments(report: Report) -> Iterator[Argument]:
    states = ("present", "absent", "ended")
    groups: dict[tuple[KeyType, str], list[bytes]] = {
        (kind, state): [] for kind in KeyType for state in states
    }
    # If a key occurs twice, its last state counts.
    last = {change.key: change for change in report.changes}
    for key, present, *_ in last.values():
        state = "present" if present else "ended" if key in report.ended else "absent"
        groups[key.kind, state].append(key.id)
    yield from (len(ids) for ids in groups.values())
    places = [
        last[Key(kind, id)].place
        for kind in (KeyType.VISITOR, KeyType.USER)
        for id in groups[kind, "present"]
    ]
    places = places if any(places) else []
    yield len(places)
    for ids in groups.values():
        yield from ids
    yield from places
    networks = [
        last[Key(KeyType.VISITOR, id)].network
        for state in states[:2]
        for id in groups[KeyType.VISITOR, state]
    ]
    if any(networks):
        yield from networks


def answer(reply: Sequence[Any]) -> Answer:
    """Return the answer in a reply of ``sync.lua``."""
    shown, epoch, resync, drained, more, due_in_ms, publish, read, joined, left, loss = reply[:11]
    return Answer(
        snapshot=snapshot(shown),
        lease=Lease(
            epoch=epoch.decode(),
            resync=bool(resync),
            drained=bool(drained),
            more=bool(more),
            due_in_ms=due_in_ms,
            workers=reply[11],
            loss=loss.decode() if loss else "",
        ),
        grant=Grant(publish=bool(publish), read_aggregates=bool(read)),
        joined=_keys(joined),
        left=_keys(left),
        stays=tuple(int(stay_ms) for stay_ms in reply[12].split() if stay_ms.isdigit()),
        folded=reply[13],
    )


def snapshot(shown: Sequence[Any] | None) -> Snapshot | None:
    """Return the snapshot in a reply of ``visible_snapshot()`` in ``_snapshot.lua``."""
    if shown is None:
        return None
    signed_in, anonymous, connections, suspects, version, as_of_ms = shown[:6]
    figures, read_at_ms, epoch = shown[6:]
    aggregates = _aggregates(figures, read_at_ms) if figures else None
    counts = signed_in, anonymous, connections
    return Snapshot(*counts, version, as_of_ms, aggregates, epoch.decode(), suspects)


def places(reply: Sequence[Any] | None, wanted: int) -> Places | None:
    """Return the places in a reply of ``places.lua``; ``wanted`` is how many were asked for."""
    shown = snapshot(reply[0]) if reply else None
    if reply is None or shown is None:
        return None
    _, elsewhere, top, found, steps = reply
    pairs = zip(top[::2], top[1::2], strict=True)
    return Places(
        snapshot=shown,
        elsewhere=elsewhere,
        top=tuple(PlaceCount(place.decode(), -int(score)) for place, score in pairs),
        wanted=tuple(-int(score or 0) for score in found) or (0,) * wanted,
        steps=_steps(steps[1:]) if steps else (),
        steps_since_ms=steps[0] if steps else None,
    )


def _steps(flat: Sequence[bytes]) -> tuple[Step, ...]:
    """Return the steps in a reply of ``steps.read()`` in ``_steps.lua``."""
    people: Counter[tuple[str | None, str | None]] = Counter()
    for pair, count in zip(flat[::2], flat[1::2], strict=True):
        people[_pair(pair)] += int(count)
    return sorted_steps(people)


def _pair(field: bytes) -> tuple[str | None, str | None]:
    """Return the two places in a field of the steps."""
    origin, target = None, field[1:]
    if not field.startswith(b"-"):
        length, _, names = field.partition(b":")
        origin, target = names[: int(length)].decode(), names[int(length) :]
    return origin, None if target == b"-" else target[1:].decode()


def _aggregates(figures: bytes, as_of_ms: int) -> Aggregates:
    active, day, visitors, page_views, peak_people = json.loads(figures)
    return Aggregates(active, day, visitors, page_views, peak_people, as_of_ms)


def inspection(reply: Sequence[Any]) -> Inspection:
    """Return the inspection in a reply of ``inspect.lua``."""
    shown, epoch, settling_ms, workers, lingering, reaping = reply
    inspections = (_worker_inspection(*fields) for fields in workers)
    return Inspection(
        snapshot=snapshot(shown),
        epoch=(epoch or b"").decode(),
        settling_ms=settling_ms,
        workers=tuple(sorted(inspections, key=attrgetter("worker"))),
        lingering=dict(zip(KeyType, lingering, strict=True)),
        reaping=reaping,
    )


def _worker_inspection(worker: bytes, *numbers: int) -> WorkerInspection:
    return WorkerInspection(worker.decode(), *numbers)


def _keys(found: Sequence[bytes]) -> tuple[Key, ...]:
    return tuple(Key(KeyType(item[:1].decode()), item[1:]) for item in found)
