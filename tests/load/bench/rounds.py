"""The order of measurements: variants alternate, so that all meet the same conditions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeVar

T = TypeVar("T")


def interleaved(contestants: Sequence[T], rounds: int) -> Iterator[T]:
    """Yield each contestant once per round.

    Every other round is reversed, so that no contestant always follows the same one.
    """
    for number in range(rounds):
        yield from contestants if number % 2 == 0 else reversed(contestants)
