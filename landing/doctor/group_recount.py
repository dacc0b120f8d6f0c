"""Recount the people of each network and of each place.

One step for all people of a network or a place would be long. So a difference counts if it was the
same, with the same people, in several recounts.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field

from ..live.presence.contract import Key, KeyType
from ..live.presence.redis.state import State
from .counts import CLEAR
from .finding import Finding, problem
from .reader import Reader

#: Recounts in which a difference must be found.
PASSES = 3
#: Between two of them: longer than a worker takes for the reports of one large change.
PAUSE_SECONDS = 0.5
#: Those with a network or a place who are gone. No network and no place has this name.
GONE = b""

#: Per network or place whose counter differs: the counter, and the people.
Differences = dict[bytes, tuple[float, set[Key]]]


@dataclass(slots=True)
class Ids:
    """The ids of one type, as scans found them at different times."""

    held: dict[bytes, bytes] = field(default_factory=dict)
    lingering: set[bytes] = field(default_factory=set)
    holders: Counter[bytes] = field(default_factory=Counter)

    async def read_present(self, reader: Reader, kind: KeyType) -> None:
        """Read the ids that count."""
        self.held = await reader.hash(f"held:{kind}")
        self.lingering = set(await reader.sorted_set(f"lingering:{kind}"))

    def counts(self, id: bytes) -> bool:
        return id in self.held or id in self.lingering

    def suspicious(self) -> Iterator[bytes]:
        """Yield ids whose counters may be wrong."""
        for id in self.held.keys() | self.holders.keys():
            if self.held.get(id) != b"%d" % self.holders[id] or id in self.lingering:
                yield id


class GroupRecount:
    """One recount of the networks and the places."""

    def __init__(self, reader: Reader, state: State) -> None:
        self._reader = reader
        self._state = state
        self._ids: Mapping[KeyType, Ids] = {}
        #: per name of the groups, those whose people changed in each recount
        self._busy: dict[str, int] = {}

    async def examine(self, ids: Mapping[KeyType, Ids]) -> list[Finding]:
        """Return findings about the counters; ``ids`` are those that count, as read just now."""
        self._ids = ids
        if self._state.has_earlier_release:
            return []
        findings = []
        for name, compare in (
            ("networks", self._compare_networks),
            ("places", self._compare_places),
        ):
            wrong = await self._find_wrong(name, compare)
            if wrong:
                sentence = (
                    f"{name.capitalize()} whose counter differs from a recount, three times in a "
                    f"row: {wrong:,}."
                )
                findings.append(problem(name, sentence, CLEAR))
        return findings

    def describe_busy(self) -> Iterator[str]:
        for name, count in self._busy.items():
            if count:
                yield f"{name.capitalize()} too busy to verify: {count:,}."

    async def _find_wrong(self, name: str, compare: Callable[[], Awaitable[Differences]]) -> int:
        """Compare as often as differences remain; return how many were always the same."""
        wrong = await compare()
        differing = set(wrong)
        for _ in range(PASSES - 1):
            if not differing:
                return 0
            await asyncio.sleep(PAUSE_SECONDS)
            for kind, ids in self._ids.items():
                await ids.read_present(self._reader, kind)
            found = await compare()
            differing &= found.keys()
            wrong = {each: people for each, people in wrong.items() if found.get(each) == people}
        self._busy[name] = len(differing) - len(wrong)
        return len(wrong)

    async def _compare_networks(self) -> Differences:
        network_of = await self._reader.hash("network_of")
        networks = {Key(KeyType.VISITOR, id): network for id, network in network_of.items()}
        return self._compare(networks, await self._reader.sorted_set("networks"))

    async def _compare_places(self) -> Differences:
        place_of = {
            Key(kind, id): place
            for kind in (KeyType.VISITOR, KeyType.USER)
            for id, place in (await self._reader.hash(f"place_of:{kind}")).items()
        }
        scores = await self._reader.sorted_set("places")
        return self._compare(place_of, {place: -score for place, score in scores.items()})

    def _compare(
        self, group_of: Mapping[Key, bytes], counters: Mapping[bytes, float]
    ) -> Differences:
        """Return the groups whose counter differs, with their people."""
        people = {
            key: group if self._ids[key.kind].counts(key.id) else GONE
            for key, group in group_of.items()
            if key.kind is KeyType.USER or not self._ids[KeyType.SIGNED].counts(key.id)
        }
        sizes = Counter(people.values())
        differing: Differences = {
            group: (counters.get(group, 0), set())
            for group in sizes.keys() | counters.keys()
            if counters.get(group, 0) != sizes[group]
        }
        for key, group in people.items():
            if group in differing:
                differing[group][1].add(key)
        return differing
