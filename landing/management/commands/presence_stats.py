"""``manage.py presence_stats``: print the people, connections, and workers of a deployment."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from ...dates import isoformat
from ...live.presence.contract import Inspection, KeyType, Snapshot
from ..shared_presence import call_backend

KEY_TYPES = {"visitors": KeyType.VISITOR, "signed": KeyType.SIGNED, "users": KeyType.USER}


class Command(BaseCommand):
    """Print the state of presence as text or JSON."""

    help = "Show people, connections, workers with their leases, and people in the grace period."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="print JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        inspection = call_backend(lambda backend: backend.inspect())
        now_ms = time.time_ns() // 1_000_000
        if options["json"]:
            self.stdout.write(json.dumps(as_json(inspection, now_ms), indent=2))
        else:
            self.stdout.write("\n".join(as_lines(inspection, now_ms)))


def as_json(inspection: Inspection, now_ms: int) -> dict[str, Any]:
    """Return the state as JSON values. Durations are in ms; an unknown snapshot is null."""
    return {
        "snapshot": inspection.snapshot and _snapshot_as_json(inspection.snapshot, now_ms),
        "epoch": inspection.epoch,
        "settling_ms": inspection.settling_ms,
        "workers": [asdict(worker) for worker in inspection.workers],
        "lingering": {name: inspection.lingering[kind] for name, kind in KEY_TYPES.items()},
        "reaping": inspection.reaping,
    }


def _snapshot_as_json(snapshot: Snapshot, now_ms: int) -> dict[str, Any]:
    return {
        "people": snapshot.people,
        "signed_in": snapshot.signed_in,
        "anonymous": snapshot.anonymous,
        "connections": snapshot.connections,
        "suspect": snapshot.suspect,
        "active": _active(snapshot),
        "version": snapshot.version,
        "as_of": isoformat(snapshot.as_of_ms),
        "age_ms": _age_ms(snapshot, now_ms),
    }


def _active(snapshot: Snapshot) -> int | None:
    aggregates = snapshot.aggregates
    return aggregates.including(snapshot.people).active if aggregates else None


def _age_ms(snapshot: Snapshot, now_ms: int) -> int:
    # The clocks of Redis and this machine may differ, which must not give a negative age.
    return max(0, now_ms - snapshot.as_of_ms)


def as_lines(inspection: Inspection, now_ms: int) -> Iterator[str]:
    """Yield the lines of the state as text."""
    yield from _format_counts(inspection, now_ms)
    lingering = (f"{inspection.lingering[kind]} {name}" for name, kind in KEY_TYPES.items())
    yield f"lingering    {', '.join(lingering)}"
    if inspection.reaping:
        yield f"dead         {inspection.reaping} keys of dead workers to remove"
    yield f"workers      {len(inspection.workers)}"
    for worker in inspection.workers:
        yield (
            f"  {worker.worker}  {worker.connections} connections, {worker.visitors} visitors, "
            f"{worker.signed} signed, {worker.users} users, lease {worker.lease_ms / 1000:.1f} s"
        )


def _format_counts(inspection: Inspection, now_ms: int) -> Iterator[str]:
    snapshot = inspection.snapshot
    if snapshot is None:
        reason = "no worker has reported yet"
        if inspection.settling_ms:
            reason = f"counting again, ready in {inspection.settling_ms / 1000:.1f} s"
        yield f"people       unknown: {reason}"
        return
    active = _active(snapshot)
    age_seconds = _age_ms(snapshot, now_ms) / 1000
    yield (
        f"people       {snapshot.people} "
        f"({snapshot.signed_in} signed in, {snapshot.anonymous} anonymous)"
    )
    yield f"connections  {snapshot.connections}"
    if snapshot.suspects:
        yield f"suspects     {snapshot.suspects} people from networks near their limit"
    yield f"active       {'unknown' if active is None else active}"
    yield f"as of        {isoformat(snapshot.as_of_ms)}, {age_seconds:.1f} s ago"
