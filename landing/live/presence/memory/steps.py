"""Steps: how many people went from place to place in the last minute. As ``_steps.lua``.

They are recorded while somebody reads them. A place is None if somebody is not on the site, and
empty for elsewhere.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import zip_longest

from ..snapshot import Step, sorted_steps

#: A bucket has the steps of this time, and the last ones are kept.
BUCKET_MS = 10_000
BUCKETS = 6
#: Pairs of places per bucket; in others, each place counts as elsewhere.
MAX_PAIRS = 200
#: Steps are recorded for this time after the last read.
WATCHED_MS = 120_000
#: A read extends the recording if the last one is this old.
RENEWED_MS = 10_000

Pair = tuple[str | None, str | None]


class StepCounts:
    """The people per pair of places, in buckets of ten seconds."""

    def __init__(self) -> None:
        self._until_ms = 0
        self._since_ms = 0
        self._buckets: dict[int, Counter[Pair]] = {}
        #: the people of this step of the backend
        self._people: Counter[Pair] = Counter()
        # Per place, visitors who are now a signed-in user, and users who began to count.
        self._signed_in: Counter[str] = Counter()
        self._users_came: Counter[str] = Counter()
        # The reverse.
        self._signed_out: Counter[str] = Counter()
        self._users_left: Counter[str] = Counter()

    @property
    def is_recording(self) -> bool:
        """Whether steps are recorded, as of the last :meth:`end_if_unread`."""
        return self._until_ms > 0

    def watch(self, now_ms: int) -> tuple[tuple[Step, ...], int]:
        """Record the steps from now on, or longer.

        Return the steps of the last buckets, and from when on they count.
        """
        if now_ms >= self._until_ms:
            self._until_ms = now_ms + WATCHED_MS
            self.forget(now_ms)
        elif now_ms >= self._until_ms - WATCHED_MS + RENEWED_MS:
            self._until_ms = now_ms + WATCHED_MS
        first = now_ms // BUCKET_MS - BUCKETS + 1
        people: Counter[Pair] = Counter()
        for number, bucket in self._buckets.items():
            if first <= number < first + BUCKETS:
                people.update(bucket)
        return sorted_steps(people), max(first * BUCKET_MS, self._since_ms)

    def end_if_unread(self, now_ms: int) -> None:
        """End the recording if nobody has read steps for some time."""
        if self.is_recording and now_ms >= self._until_ms:
            self.end()

    def end(self) -> None:
        """End the recording."""
        self._until_ms = 0
        self._buckets.clear()

    def forget(self, now_ms: int) -> None:
        """Forget all steps; those from now on count."""
        self._since_ms = now_ms
        self._buckets.clear()

    def note_visitor(
        self, origin: str | None, target: str | None, *, was_present: bool, is_present: bool
    ) -> None:
        """Note where an anonymous visitor counted before and after this step of the backend."""
        if origin is not None and target is None and is_present:
            self._signed_in[origin] += 1
        elif target is not None and origin is None and was_present:
            self._signed_out[target] += 1
        elif origin != target:
            self._people[origin, target] += 1

    def note_user(self, origin: str | None, target: str | None) -> None:
        """Note where a user was before and after this step of the backend."""
        if origin is not None and target is None:
            self._users_left[origin] += 1
        elif target is not None and origin is None:
            self._users_came[target] += 1
        elif origin != target:
            self._people[origin, target] += 1

    def save(self, now_ms: int) -> None:
        """Add the steps of this step of the backend to the current bucket."""
        for origins, targets in (
            (self._signed_in, self._users_came),
            (self._users_left, self._signed_out),
        ):
            self._people.update(_join(origins, targets))
            origins.clear()
            targets.clear()
        if self._people:
            _add_to_bucket(self._current_bucket(now_ms), self._people)
        self._people.clear()

    def _current_bucket(self, now_ms: int) -> Counter[Pair]:
        number = now_ms // BUCKET_MS
        if number not in self._buckets:
            self._buckets = {
                each: bucket
                for each, bucket in self._buckets.items()
                if each % BUCKETS != number % BUCKETS
            }
            self._buckets[number] = Counter()
        return self._buckets[number]


def _join(origins: Counter[str], targets: Counter[str]) -> Iterator[Pair]:
    """Let people who ceased to count as one key begin to count as another one.

    If possible, they do so at the same place. The rest leave or enter the site.
    """
    staying = origins & targets
    leaving, coming = sorted((origins - staying).elements()), sorted((targets - staying).elements())
    yield from zip_longest(leaving, coming)


def _add_to_bucket(bucket: Counter[Pair], people: Counter[Pair]) -> None:
    room = MAX_PAIRS - len(bucket)
    folded: Counter[Pair] = Counter()
    for pair in sorted(people, key=_field):
        if pair not in bucket and room <= 0:
            origin, target = (None if place is None else "" for place in pair)
            folded[origin, target] += people[pair]
        else:
            room -= pair not in bucket
            bucket[pair] += people[pair]
    bucket.update(folded)


def _field(pair: Pair) -> bytes:
    """Return the name of the field in Redis, whose order decides which pairs are folded."""
    origin, target = pair
    before = "-" if origin is None else f"{len(origin.encode())}:{origin}"
    return (before + ("-" if target is None else f"={target}")).encode()
