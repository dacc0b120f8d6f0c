"""Random histories: the steps to and from a place are the change of its people."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis.stateful import invariant

from landing.live.presence.contract import Places
from landing.live.presence.memory import steps
from tests.live.presence.test_histories import Histories, run_histories


def count_people(places: Places) -> Counter[str | None]:
    """Return the people by place and elsewhere; those outside the site are minus all of them."""
    people: Counter[str | None] = Counter(dict(places.top))
    people[""] = places.elsewhere
    people[None] = -places.snapshot.people
    return people


class SteppedHistories(Histories):
    """Histories without limits, whose steps never end."""

    def __init__(self) -> None:
        super().__init__()
        self.before: Counter[str | None] = Counter()
        self.since_ms: int | None = None

    def configure(self, max_people: int, max_places: int, are_events_wanted: bool) -> None:
        super().configure(0, 100, are_events_wanted)

    @invariant()
    def the_steps_are_the_changes_of_all_places(self) -> None:
        places = self.run(self.harness.presence.places(100, steps=True))
        if places is None:
            return
        people = count_people(places)
        if places.steps_since_ms != self.since_ms:
            assert places.steps == ()
            self.since_ms, self.before = places.steps_since_ms, people
        found = self.before.copy()
        for origin, target, count in places.steps:
            assert count > 0 and origin != target
            found[origin] -= count
            found[target] += count
        assert {each: n for each, n in found.items() if n} == {
            each: n for each, n in people.items() if n
        }


def test_steps_are_the_changes_of_all_places_in_random_histories(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(steps, "BUCKET_MS", 10**15)
    run_histories(SteppedHistories, examples=60, steps=40)
