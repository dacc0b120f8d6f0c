"""The figures of a simulation, their bounds, and the printed table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from tests.load.truth.report import aligned

COLUMNS = ("figure", "value", "at most", "")


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure; ``value`` is None if the event never happened."""

    what: str
    value: float | None
    unit: str = ""
    at_most: float | None = None

    @property
    def is_missed(self) -> bool:
        return self.at_most is not None and (self.value is None or self.value > self.at_most)

    def row(self) -> tuple[str, ...]:
        """Return the cells of the table."""
        bound = "" if self.at_most is None else f"{self.at_most:g} {self.unit}"
        result = "" if self.at_most is None else "MISSED" if self.is_missed else "ok"
        return self.what, _text(self.value, self.unit), bound, result

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "ok": not self.is_missed}


def _text(value: float | None, unit: str) -> str:
    if value is None:
        return "never"
    digits = 0 if value == int(value) or abs(value) >= 100 else 1 if abs(value) >= 10 else 2
    return f"{value:,.{digits}f} {unit}".rstrip()


def table(figures: Sequence[Figure]) -> str:
    """Return a Markdown table with aligned columns."""
    return aligned([COLUMNS, *(figure.row() for figure in figures)])
