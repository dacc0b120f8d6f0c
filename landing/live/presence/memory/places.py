"""People per place. Same steps as ``_places.lua``.

A person is at one place, or elsewhere: with the people elsewhere, all places add up to the people.
A place has the users at it, plus the visitors at it, minus those with a signed-in mark.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator
from heapq import nsmallest

from ..contract import Key, KeyType, PlaceCount
from .steps import StepCounts


class Changes:
    """The changes of one step."""

    def __init__(self) -> None:
        #: how often each key became present, minus how often absent
        self.moved: Counter[Key] = Counter()
        #: the places of the step's report
        self.reported: dict[Key, str] = {}

    def concerned(self, belated: Collection[bytes]) -> Iterator[Key]:
        """Yield the visitors and users whose place may change in this step."""
        moved = (
            key if key.kind is KeyType.USER else Key(KeyType.VISITOR, key.id) for key in self.moved
        )
        late = (Key(KeyType.VISITOR, visitor) for visitor in belated)
        yield from dict.fromkeys((*self.reported, *moved, *late))

    def in_order(self, arrivals: list[tuple[Key, str]]) -> list[tuple[Key, str]]:
        """Return the visitors of the report, its users, and then the others by id."""
        order = {key: number for number, key in enumerate(self.reported)}
        return sorted(
            arrivals,
            key=lambda each: (
                each[0] not in order,
                each[0].kind is KeyType.USER if each[0] in order else False,
                order.get(each[0], 0),
                each[0].id,
            ),
        )


class PlaceCounts:
    """The place of each visitor and user that has one, and the people at each place."""

    def __init__(self) -> None:
        self.place_of: dict[Key, str] = {}
        #: per place with people, minus their number, so that places with many come first
        self.people: Counter[str] = Counter()
        #: people that have a place
        self.placed = 0
        self.steps = StepCounts()
        #: people that the last step left elsewhere, because there are too many places
        self.folded = 0
        #: whether the last step changed the people of a place
        self.has_changed = False
        #: the people before this step, per place that somebody came to or left
        self._people_before: dict[str, int] = {}
        #: the limit per network when people got their places
        self._max_people = 0
        self._changes = Changes()

    @property
    def is_used(self) -> bool:
        """Whether somebody has a place, or steps are recorded."""
        return bool(self.place_of or self._changes.reported or self.steps.is_recording)

    def report(self, key: Key, place: str) -> None:
        """Note the place of a key that is present after this step; empty for elsewhere."""
        if key.kind is not KeyType.SIGNED and (place or self.is_used):
            self._changes.reported[key] = place

    def note_presence(self, key: Key, before: bool, now: bool) -> None:
        """Note a change of a key, if it is one."""
        if before != now and self.is_used:
            self._changes.moved[key] += 1 if now else -1

    def end_step(
        self,
        is_present: Callable[[Key], bool],
        is_crowded: Callable[[bytes], bool],
        belated: Collection[bytes],
        max_people: int,
        max_places: int,
        now_ms: int,
    ) -> None:
        """Adjust the places to the changes of this step.

        ``is_crowded`` returns whether the network of a visitor is over its limit, and ``belated``
        are the visitors that got a network while they were present.
        """
        self.folded, self.has_changed = 0, False
        self.steps.end_if_unread(now_ms)
        if not max_places:
            self.steps.end()
        if self.is_used:
            # With a lower limit per network, more people could have a place than count.
            is_limit_lower = max_people and not 0 < self._max_people <= max_people
            if is_limit_lower or not max_places:
                self._forget(now_ms)
            self._max_people = max_people
        if self.is_used and max_places:
            self._move_people(is_present, is_crowded, belated, max_places)
            self.steps.save(now_ms)
        self._changes = Changes()

    def top(self, limit: int) -> tuple[PlaceCount, ...]:
        """Return the places with the most people; those with equally many by name."""
        first = nsmallest(limit, ((people, place) for place, people in self.people.items()))
        return tuple(PlaceCount(place, -people) for people, place in first)

    def people_at(self, place: str) -> int:
        return -self.people[place]

    def _forget(self, now_ms: int) -> None:
        self.has_changed = bool(self.people)
        self.place_of.clear()
        self.people.clear()
        self.steps.forget(now_ms)
        self.placed = 0

    def _move_people(
        self,
        is_present: Callable[[Key], bool],
        is_crowded: Callable[[bytes], bool],
        belated: Collection[bytes],
        max_places: int,
    ) -> None:
        arrivals: list[tuple[Key, str]] = []
        stays: list[tuple[Key, str, bool, bool]] = []
        for key in self._changes.concerned(belated):
            is_marked = is_present(mark := Key(KeyType.SIGNED, key.id))
            was_marked = is_marked != bool(self._changes.moved[mark])
            is_visitor = key.kind is KeyType.VISITOR
            stored = self.place_of.get(key, "")
            stays.append((key, stored, is_visitor and was_marked, is_visitor and is_marked))
            before = "" if is_visitor and was_marked else stored
            after = self._store(key) if is_present(key) else self._remove(key)
            if is_visitor and is_marked:
                after = ""
            is_newcomer = after and is_visitor and (not before or key.id in belated)
            if is_newcomer and is_crowded(key.id):
                # So those who have a place are never more than those who count.
                after = self._remove(key)
            if before != after:
                self._resize(before, 1)
                if after:
                    arrivals.append((key, after))
        for key, place in self._changes.in_order(arrivals):
            if place not in self.people and len(self.people) >= max_places:
                self.folded += 1
                self._remove(key)
            else:
                self._resize(place, -1)
        if self.steps.is_recording:
            for key, stored, was_marked, is_marked in stays:
                self._note_step(key, stored, was_marked, is_marked)
        if any(self.people[place] != people for place, people in self._people_before.items()):
            self.has_changed = True
        self._people_before.clear()

    def _note_step(self, key: Key, stored: str, was_marked: bool, is_marked: bool) -> None:
        """Note where a person counted before this step, and where now."""
        was_present, is_present = self._changes.moved[key] != 1, self._changes.moved[key] != -1
        origin = stored if was_present and not was_marked else None
        target = self.place_of.get(key, "") if is_present and not is_marked else None
        if key.kind is KeyType.VISITOR:
            self.steps.note_visitor(origin, target, was_present=was_present, is_present=is_present)
        else:
            self.steps.note_user(origin, target)

    def _store(self, key: Key) -> str:
        place = self._changes.reported.get(key, self.place_of.get(key, ""))
        if not place:
            return self._remove(key)
        self.place_of[key] = place
        return place

    def _remove(self, key: Key) -> str:
        self.place_of.pop(key, None)
        return ""

    def _resize(self, place: str, by: int) -> None:
        """Change minus the people at a place; an empty place is elsewhere."""
        if not place:
            return
        self._people_before.setdefault(place, self.people[place])
        self.people[place] += by
        self.placed -= by
        if not self.people[place]:
            del self.people[place]
