"""The reports of one worker: which keys changed since the backend last acknowledged them.

Owns the dirty keys, the sequence numbers, and the course of a resync (rules 2 and 3 of
the presence contract in ``docs/architecture.md``). Pure state: the sync loop sends the
reports.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ...limits.network import network_key
from ..presence.aggregates import Aggregates
from ..presence.contract import MAX_CHANGES, Answer, Change, Key, KeyType, Report
from ..registry import Registry

_SIBLING_TYPE = {KeyType.VISITOR: KeyType.SIGNED, KeyType.SIGNED: KeyType.VISITOR}


class ReportBuilder:
    """Builds the reports of one worker, in order."""

    def __init__(self, worker_id: str, registry: Registry) -> None:
        self.worker_id = worker_id
        self._registry = registry
        #: The oldest change is reported first. True: the key gets no grace period if absent.
        self._dirty: dict[Key, bool] = {}
        self._seq = 0
        self._acked = 0
        self._epoch = ""
        self._is_resyncing = False
        self._begins_resync = False
        self._reported_connections = 0
        self._has_overflow = False

    @property
    def seq(self) -> int:
        """The sequence number of the last report."""
        return self._seq

    @property
    def epoch(self) -> str:
        """The epoch of the last answer; empty before the first."""
        return self._epoch

    @property
    def has_changes(self) -> bool:
        """Whether a report is due before the next heartbeat."""
        return (
            bool(self._dirty)
            or self._is_resyncing
            or self._registry.counted_connections != self._reported_connections
        )

    @property
    def is_behind(self) -> bool:
        """Whether the next report must follow at once: a resync, or more than one report's keys."""
        return self._is_resyncing or self._has_overflow

    def mark_dirty(self, keys: Iterable[Key], *, ended: bool = False) -> None:
        """Mark keys whose presence changed here; with ``ended``, they get no grace period."""
        self._dirty.update(dict.fromkeys(keys, ended))

    def next_report(self, *, seen: int, aggregates: Aggregates | None, events: bool) -> Report:
        """Return the next report, with a new ``seq``.

        Keys stay dirty until :meth:`acknowledge`.
        """
        self._seq += 1
        keys = list(self._first_keys())
        return Report(
            worker=self.worker_id,
            seq=self._seq,
            acked=self._acked,
            epoch=self._epoch,
            seen=seen,
            changes=tuple(map(self._change, keys)),
            ended=frozenset(self._ended(keys)),
            connections=self._registry.counted_connections,
            aggregates=aggregates,
            begin=self._begins_resync,
            complete=not self._is_resyncing or len(keys) == len(self._dirty),
            events=events and not self._is_resyncing,
        )

    def acknowledge(self, report: Report, answer: Answer) -> None:
        """Process the answer to ``report``: clean its keys, or start the resync it asks for."""
        self._epoch = answer.lease.epoch
        if answer.lease.resync:
            self._start_resync()
            return
        self._acked = report.seq
        self._reported_connections = report.connections
        self._begins_resync = False
        if report.complete:
            self._is_resyncing = False
        for change in report.changes:
            # Its presence, its network, or its place may have changed since the report.
            if self._change(change.key) == change:
                self._dirty.pop(change.key, None)
        self._has_overflow = len(report.changes) >= MAX_CHANGES and bool(self._dirty)

    def handle_failure(self) -> None:
        """Process a report without an answer: the backend may or may not have applied it.

        Its keys stay dirty, so the next report repeats their state. A resync starts again,
        because its chunks must become visible together.
        """
        if self._is_resyncing:
            self._start_resync()

    def _change(self, key: Key) -> Change:
        is_held = self._registry.holds(key)
        # An absent key has no connection, so no place.
        place = self._registry.place_of(key)
        if key.kind is not KeyType.VISITOR:
            return Change(key, is_held, place=place)
        return Change(key, is_held, network_key(self._registry.crowded_network_of(key.id)), place)

    def _start_resync(self) -> None:
        self._is_resyncing = self._begins_resync = True
        self._dirty = dict.fromkeys(self._registry.keys(), False)

    def _ended(self, keys: Iterable[Key]) -> Iterator[Key]:
        """Yield the absent keys without a grace period; marks end with their visitor (rule 9)."""
        for key in keys:
            if self._dirty[key] and not self._registry.holds(key):
                yield key
                if key.kind is KeyType.VISITOR:
                    yield _sibling(key)

    def _first_keys(self) -> Iterator[Key]:
        """Yield the oldest dirty keys, at most :data:`MAX_CHANGES`, siblings together.

        A visitor key without its signed-in mark would count one person twice, or not at
        all, until the next report.
        """
        taken: set[Key] = set()
        for key in self._dirty:
            if len(taken) >= MAX_CHANGES:
                return
            for member in (key, _sibling(key)):
                if member in self._dirty and member not in taken:
                    taken.add(member)
                    yield member


def _sibling(key: Key) -> Key:
    """Return the other key of the same browser; for a user, the key itself."""
    return Key(_SIBLING_TYPE.get(key.kind, key.kind), key.id)
