"""Counts that were true together: of all people, and by place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from .aggregates import Aggregates


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Counts that were true together at ``as_of_ms`` (Unix time), in a ``version`` of an ``epoch``.

    ``suspects`` of the anonymous people come from networks near their limit. ``aggregates``
    has its own age; None before a read.
    """

    signed_in: int
    anonymous: int
    connections: int
    version: int
    as_of_ms: int
    aggregates: Aggregates | None = None
    epoch: str = field(default="", compare=False)
    suspects: int = 0

    @property
    def people(self) -> int:
        return self.signed_in + self.anonymous

    @property
    def suspect(self) -> float:
        """Return the share of people from networks near their limit, 0 to 1, in hundredths."""
        return round(self.suspects / self.people, 2) if self.suspects else 0

    @property
    def figures(self) -> tuple[int | str | None, ...] | None:
        """Return the values of the aggregates without their age."""
        return self.aggregates.figures if self.aggregates else None


class PlaceCount(NamedTuple):
    """The people at one place."""

    place: str
    people: int


class Step(NamedTuple):
    """How many people went from one place to another one.

    A place is None if the people were not on the site before, or are not any more. It is empty
    for elsewhere. There, the backend also counts places beyond its limit of pairs, so a step can go
    from elsewhere to elsewhere.
    """

    origin: str | None
    target: str | None
    people: int


class Places(NamedTuple):
    """The people of ``snapshot`` by place: with ``elsewhere``, all places add up to its people.

    ``top`` has the places with the most people, and those with equally many by name. ``wanted``
    has the people at the places that the caller asked for, in that order.

    ``steps`` are those since ``steps_since_ms`` (Unix time), up to a minute ago; those of the most
    people first. The time is None if the caller did not ask for steps, or places are off.
    """

    snapshot: Snapshot
    elsewhere: int
    top: tuple[PlaceCount, ...] = ()
    wanted: tuple[int, ...] = ()
    steps: tuple[Step, ...] = ()
    steps_since_ms: int | None = None


def sorted_steps(people: Mapping[tuple[str | None, str | None], int]) -> tuple[Step, ...]:
    """Return the steps of these people from place to place, those of the most people first."""
    steps = (Step(origin, target, count) for (origin, target), count in people.items())
    return tuple(
        sorted(
            steps,
            key=lambda step: (
                -step.people,
                step.origin is not None,
                step.origin or "",
                step.target is not None,
                step.target or "",
            ),
        )
    )
