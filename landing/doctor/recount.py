"""Recount the people from the sets of ids, and compare them with the counters.

A recount takes many small commands, and people come and go meanwhile. So each difference is
recounted in one step (``verify.lua``), twice, and only those that remain are reported. A network
would need a long step. So its difference counts if its people were the same in several recounts.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from ..live.presence.contract import KeyType
from ..live.presence.redis.state import MAX_VERIFIED, Holding, State
from .counts import CLEAR
from .finding import Finding, ok, problem, warning
from .reader import Reader

#: Maximum ids that are recounted in one step each. A very busy site may exceed it.
MAX_SUSPICIOUS = 20_000
#: Recounts in which a difference must be found.
PASSES = 3
#: Between two of them: longer than a worker takes for the reports of one large change.
PAUSE_SECONDS = 0.5
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


@dataclass(slots=True)
class Ids:
    """The ids of one type, as scans found them at different times."""

    held: dict[bytes, bytes] = field(default_factory=dict)
    lingering: set[bytes] = field(default_factory=set)
    holders: Counter[bytes] = field(default_factory=Counter)

    def counts(self, id: bytes) -> bool:
        return id in self.held or id in self.lingering

    def suspicious(self) -> Iterator[bytes]:
        """Yield ids whose counters may be wrong."""
        for id in self.held.keys() | self.holders.keys():
            if self.held.get(id) != b"%d" % self.holders[id] or id in self.lingering:
                yield id


class Recount:
    """One recount of all ids. ``state`` names the workers."""

    def __init__(self, reader: Reader, state: State) -> None:
        self._reader = reader
        self._state = state
        self._ids: dict[KeyType, Ids] = {}
        self._busy_networks = 0

    async def examine(self) -> list[Finding]:
        """Return findings about the people and the networks."""
        for kind in KeyType:
            self._ids[kind] = await self._read_ids(kind)
        broken = [each for kind in KeyType for each in await self._find_broken(kind)]
        broken += await self._find_wrong_networks()
        return broken or [self._describe()]

    async def _read_ids(self, kind: KeyType) -> Ids:
        ids = Ids()
        for worker in self._state.workers:
            ids.holders.update(await self._reader.set(f"share:{worker.name}:{kind}"))
        ids.held = await self._reader.hash(f"held:{kind}")
        ids.lingering = set(await self._reader.sorted_set(f"lingering:{kind}"))
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

    async def _find_wrong_networks(self) -> list[Finding]:
        """Recount the anonymous people of each network, as often as differences remain."""
        wrong = await self._compare_networks()
        differing = set(wrong)
        for _ in range(PASSES - 1):
            if not differing or self._state.has_earlier_release:
                return []
            await asyncio.sleep(PAUSE_SECONDS)
            for kind in (KeyType.VISITOR, KeyType.SIGNED):
                self._ids[kind].held = await self._reader.hash(f"held:{kind}")
                lingering = await self._reader.sorted_set(f"lingering:{kind}")
                self._ids[kind].lingering = set(lingering)
            found = await self._compare_networks()
            differing &= found.keys()
            wrong = {name: people for name, people in wrong.items() if found.get(name) == people}
        self._busy_networks = len(differing) - len(wrong)
        if not wrong:
            return []
        return [
            problem(
                "networks",
                "Networks whose counter differs from a recount, three times in a row: "
                f"{len(wrong):,}.",
                CLEAR,
            )
        ]

    async def _compare_networks(self) -> dict[bytes, tuple[float, set[bytes]]]:
        """Return each network whose counter differs, with its counter and its people."""
        visitors, marks = self._ids[KeyType.VISITOR], self._ids[KeyType.SIGNED]
        # A visitor that is gone has no network, so this one counts as wrong.
        people = {
            id: network
            for id, network in (await self._reader.hash("network_of")).items()
            if not marks.counts(id) or not visitors.counts(id)
        }
        sizes = Counter(people.values())
        stored = await self._reader.sorted_set("networks")
        differing = {
            network: (stored.get(network, 0), set[bytes]())
            for network in sizes.keys() | stored.keys()
            if stored.get(network, 0) != sizes[network]
        }
        for id, network in people.items():
            if network in differing:
                differing[network][1].add(id)
        return differing

    def _describe(self) -> Finding:
        numbers = (
            f"{len(ids.held) + len(ids.lingering):,} {NAMES[kind].lower()}"
            for kind, ids in self._ids.items()
        )
        busy = f" Networks too busy to verify: {self._busy_networks:,}." * (self._busy_networks > 0)
        return ok("recount", f"A recount of {', '.join(numbers)} agrees with all counters.{busy}")


def _too_many(kind: KeyType, count: int) -> Finding:
    return warning(
        "recount",
        f"{NAMES[kind]} that came or went during the recount: {count:,}, too many to verify.",
        "Run the command again at a calm time.",
    )
