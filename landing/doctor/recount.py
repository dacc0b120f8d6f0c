"""Recount the people from the sets of ids, and compare them with the counters.

A recount takes many small commands, and people come and go meanwhile. So each difference is
recounted in one step (``verify.lua``), twice, and only those that remain are reported.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection
from typing import NamedTuple

from ..live.presence.contract import KeyType
from ..live.presence.redis.state import MAX_VERIFIED, Holding, State
from .counts import CLEAR
from .finding import Finding, ok, problem, warning
from .group_recount import PAUSE_SECONDS, GroupRecount, Ids
from .reader import Reader

#: Maximum ids that are recounted in one step each. A very busy site may exceed it.
MAX_SUSPICIOUS = 20_000
NAMES = {
    KeyType.VISITOR: "Visitors",
    KeyType.SIGNED: "Signed-in marks",
    KeyType.USER: "Users",
}


class Rule(NamedTuple):
    """A rule that ids break, and words for those that do."""

    check: str
    is_broken: Callable[[KeyType, Holding], bool]
    words: str


RULES = (
    Rule(
        "holders",
        lambda kind, each: each.holders != each.held,
        "whose holder count differs from the workers that hold them",
    ),
    Rule(
        "disjoint",
        lambda kind, each: bool(each.held and each.lingers),
        "held and in their grace period at once",
    ),
    Rule(
        "marks",
        lambda kind, each: (
            kind is KeyType.SIGNED and bool(each.held or each.lingers) and not each.has_visitor
        ),
        "without a visitor",
    ),
)


class Recount:
    """One recount of all ids. ``state`` names the workers."""

    def __init__(self, reader: Reader, state: State) -> None:
        self._reader = reader
        self._state = state
        self._ids: dict[KeyType, Ids] = {}
        self._groups = GroupRecount(reader, state)

    async def examine(self) -> list[Finding]:
        """Return findings about the people, the networks, and the places."""
        for kind in KeyType:
            self._ids[kind] = await self._read_ids(kind)
        broken = [each for kind in KeyType for each in await self._find_broken(kind)]
        broken += await self._groups.examine(self._ids)
        return broken or [self._describe()]

    async def _read_ids(self, kind: KeyType) -> Ids:
        ids = Ids()
        for worker in self._state.workers:
            ids.holders.update(await self._reader.set(f"share:{worker.name}:{kind}"))
        await ids.read_present(self._reader, kind)
        return ids

    async def _find_broken(self, kind: KeyType) -> list[Finding]:
        suspicious = set(self._ids[kind].suspicious())
        if kind is KeyType.SIGNED:
            marks, visitors = self._ids[kind], self._ids[KeyType.VISITOR]
            suspicious |= (
                (marks.held.keys() | marks.lingering) - visitors.held.keys() - (visitors.lingering)
            )
        found = await self._verify(kind, sorted(suspicious)[:MAX_SUSPICIOUS])
        more = "at least " if len(suspicious) > MAX_SUSPICIOUS else ""
        findings = [
            problem(rule.check, f"{NAMES[kind]} {rule.words}: {more}{len(ids):,}.", CLEAR)
            for rule in RULES
            if (ids := found[rule.check])
        ]
        if more and not findings:
            findings.append(_too_many(kind, len(suspicious)))
        return findings

    async def _verify(self, kind: KeyType, ids: Collection[bytes]) -> dict[str, set[bytes]]:
        """Return the ids that break each rule in two steps, one after the other."""
        found = await self._break_rules(kind, ids)
        broken = set().union(*found.values())
        if broken:
            await asyncio.sleep(PAUSE_SECONDS)
            again = await self._break_rules(kind, broken)
            found = {check: ids & again[check] for check, ids in found.items()}
        return found

    async def _break_rules(self, kind: KeyType, ids: Collection[bytes]) -> dict[str, set[bytes]]:
        broken: dict[str, set[bytes]] = {rule.check: set() for rule in RULES}
        remaining = list(ids)
        while remaining:
            batch, remaining = remaining[:MAX_VERIFIED], remaining[MAX_VERIFIED:]
            holdings = await self._reader.verify(kind, batch)
            for id, holding in zip(batch, holdings, strict=True):
                for rule in RULES:
                    if rule.is_broken(kind, holding):
                        broken[rule.check].add(id)
        return broken

    def _describe(self) -> Finding:
        numbers = (
            f"{len(ids.held) + len(ids.lingering):,} {NAMES[kind].lower()}"
            for kind, ids in self._ids.items()
        )
        sentence = f"A recount of {', '.join(numbers)} agrees with all counters."
        return ok("recount", " ".join([sentence, *self._groups.describe_busy()]))


def _too_many(kind: KeyType, count: int) -> Finding:
    return warning(
        "recount",
        f"{NAMES[kind]} that came or went during the recount: {count:,}, too many to verify.",
        "Run the command again at a calm time.",
    )
