"""The order in which variants are measured: in turns, so that all see the same machine."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeVar

T = TypeVar("T")


def interleaved(contestants: Sequence[T], rounds: int) -> Iterator[T]:
    """Each once a round; every other round in reverse, so that none always follows the same."""
    for number in range(rounds):
        yield from contestants if number % 2 == 0 else reversed(contestants)
