"""What this worker still has to tell the presence backend.

Owns the keys touched since their state was last acknowledged, the sequence
numbers, and the course of a resync (rules 2 and 3 of the presence contract in
``docs/architecture.md``). Pure: it reads the registry and makes reports; sending
them is the worker's business.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ..presence.contract import MAX_CHANGES, Aggregates, Answer, Change, Key, KeyType, Report
from ..registry import Registry

_SIBLING = {KeyType.VISITOR: KeyType.SIGNED, KeyType.SIGNED: KeyType.VISITOR}


class ReportBuilder:
    """The reports of one life of one worker, in order."""

    def __init__(self, worker: str, registry: Registry) -> None:
        self.worker = worker
        self._registry = registry
        self._touched: dict[Key, None] = {}
        self._seq = 0
        self._acked = 0
        self._epoch = ""
        self._resyncing = False
        self._begin = False
        self._reported_connections = 0
        self._overflowed = False

    @property
    def seq(self) -> int:
        return self._seq

    @property
    def epoch(self) -> str:
        return self._epoch

    @property
    def dirty(self) -> bool:
        """Whether something waits to be reported before the next heartbeat."""
        return (
            bool(self._touched)
            or self._resyncing
            or self._registry.counted_connections != self._reported_connections
        )

    @property
    def behind(self) -> bool:
        """Whether the last report was too small for all that waited, or a resync is under way."""
        return self._resyncing or self._overflowed

    def touch(self, keys: Iterable[Key]) -> None:
        """The presence of these keys on this worker has flipped."""
        self._touched.update(dict.fromkeys(keys))

    def next_report(self, *, seen: int, aggregates: Aggregates | None, events: bool) -> Report:
        """The next report, with a fresh ``seq``; nothing is forgotten until it is acknowledged."""
        self._seq += 1
        keys = list(self._take())
        return Report(
            worker=self.worker,
            seq=self._seq,
            acked=self._acked,
            epoch=self._epoch,
            seen=seen,
            changes=tuple(Change(key, self._registry.holds(key)) for key in keys),
            connections=self._registry.counted_connections,
            aggregates=aggregates,
            begin=self._begin,
            complete=not self._resyncing or len(keys) == len(self._touched),
            events=events and not self._resyncing,
        )

    def acknowledge(self, report: Report, answer: Answer) -> None:
        """The answer to ``report`` arrived."""
        self._epoch = answer.epoch
        if answer.resync:
            self._start_resync()
            return
        self._acked = report.seq
        self._reported_connections = report.connections
        self._begin = False
        if report.complete:
            self._resyncing = False
        for key, present in report.changes:
            if self._registry.holds(key) == present:
                self._touched.pop(key, None)
        self._overflowed = len(report.changes) >= MAX_CHANGES and bool(self._touched)

    def lost(self) -> None:
        """No answer arrived: whether the report was applied is unknown.

        The touched keys stay, so the next report repeats their state. Half a
        resync cannot be continued, as its chunks must become visible together.
        """
        if self._resyncing:
            self._start_resync()

    def _start_resync(self) -> None:
        self._resyncing = self._begin = True
        self._touched = dict.fromkeys(self._registry.keys())

    def _take(self) -> Iterator[Key]:
        """The oldest touched keys; a browser's two keys never travel apart.

        A visitor key without its signed-in key would, until the next report,
        show one person as two or as none.
        """
        taken: set[Key] = set()
        for key in self._touched:
            if len(taken) >= MAX_CHANGES:
                return
            for member in (key, _sibling(key)):
                if member in self._touched and member not in taken:
                    taken.add(member)
                    yield member


def _sibling(key: Key) -> Key:
    return Key(_SIBLING.get(key.kind, key.kind), key.id)
