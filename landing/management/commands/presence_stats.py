"""``manage.py presence_stats``: what presence knows of all workers, for an operator."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from ...dates import isoformat
from ...live.presence.contract import Inspection, KeyType, Snapshot
from ..shared_presence import ask

KINDS = {"visitors": KeyType.VISITOR, "signed": KeyType.SIGNED, "users": KeyType.USER}


class Command(BaseCommand):
    help = "Show people, connections, each worker's share and lease, and who lingers."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="print it for a program")

    def handle(self, *args: Any, **options: Any) -> None:
        inspection = ask(lambda presence: presence.inspect())
        now_ms = time.time_ns() // 1_000_000
        if options["json"]:
            self.stdout.write(json.dumps(as_json(inspection, now_ms), indent=2))
        else:
            self.stdout.write("\n".join(as_lines(inspection, now_ms)))


def as_json(seen: Inspection, now_ms: int) -> dict[str, Any]:
    """Durations in ms; ``snapshot`` is null while nothing is known."""
    return {
        "snapshot": seen.snapshot and _snapshot(seen.snapshot, now_ms),
        "epoch": seen.epoch,
        "settling_ms": seen.settling_ms,
        "workers": [asdict(share) for share in seen.workers],
        "lingering": {name: seen.lingering[kind] for name, kind in KINDS.items()},
        "reaping": seen.reaping,
    }


def _snapshot(snapshot: Snapshot, now_ms: int) -> dict[str, Any]:
    return {
        "people": snapshot.people,
        "signed_in": snapshot.signed_in,
        "anonymous": snapshot.anonymous,
        "connections": snapshot.connections,
        "active": _active(snapshot),
        "version": snapshot.version,
        "as_of": isoformat(snapshot.as_of_ms),
        "age_ms": _age_ms(snapshot, now_ms),
    }


def _active(snapshot: Snapshot) -> int | None:
    aggregates = snapshot.aggregates
    return aggregates.including(snapshot.people).active if aggregates else None


def _age_ms(snapshot: Snapshot, now_ms: int) -> int:
    # Redis's clock made it, this machine's measures it.
    return max(0, now_ms - snapshot.as_of_ms)


def as_lines(seen: Inspection, now_ms: int) -> Iterator[str]:
    """The same for people."""
    yield from _numbers(seen, now_ms)
    lingering = (f"{seen.lingering[kind]} {name}" for name, kind in KINDS.items())
    yield f"lingering    {', '.join(lingering)}"
    if seen.reaping:
        yield f"dead         {seen.reaping} keys of dead workers are still to be taken away"
    yield f"workers      {len(seen.workers)}"
    for share in seen.workers:
        yield (
            f"  {share.worker}  {share.connections} connections, {share.visitors} visitors, "
            f"{share.signed} signed, {share.users} users, lease {share.lease_ms / 1000:.1f} s"
        )


def _numbers(seen: Inspection, now_ms: int) -> Iterator[str]:
    snapshot = seen.snapshot
    if snapshot is None:
        reason = "no worker has reported yet"
        if seen.settling_ms:
            reason = f"everybody is counted anew for {seen.settling_ms / 1000:.1f} s more"
        yield f"people       unknown: {reason}"
        return
    active = _active(snapshot)
    age_seconds = _age_ms(snapshot, now_ms) / 1000
    yield (
        f"people       {snapshot.people} "
        f"({snapshot.signed_in} signed in, {snapshot.anonymous} anonymous)"
    )
    yield f"connections  {snapshot.connections}"
    yield f"active       {'unknown' if active is None else active}"
    yield f"as of        {isoformat(snapshot.as_of_ms)}, {age_seconds:.1f} s ago"
