"""The bounds of a scenario, and the table of results."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

COLUMNS = (
    *("scenario", "largest error", "of a place", "exact after"),
    *("sockets lost", "stale", "bounds", ""),
)


@dataclass(frozen=True, slots=True)
class Bound:
    """A figure and its upper bound. ``measured`` is None if the event never happened."""

    what: str
    measured: float | None
    at_most: float
    unit: str = ""

    @property
    def held(self) -> bool:
        return self.measured is not None and self.measured <= self.at_most

    def __str__(self) -> str:
        return f"{self.what} ≤ {_figure(self.at_most, self.unit)}"

    @property
    def figure(self) -> str:
        return _figure(self.measured, self.unit)

    @property
    def complaint(self) -> str:
        return f"{self.what}: {self.figure}, at most {self.at_most:g}"


@dataclass
class Outcome:
    """The result of one scenario. Errors are shares of the true count; times are in seconds."""

    scenario: str
    largest_error: float | None = None
    exact_after: list[float | None] = field(default_factory=list)
    sockets_lost: int | None = None
    stale_seconds: float | None = None
    bounds: list[Bound] = field(default_factory=list)
    #: values outside the table: people, sockets, and the load of the harness
    notes: dict[str, Any] = field(default_factory=dict)
    #: as a share of all people
    largest_place_error: float | None = None

    @property
    def missed(self) -> list[Bound]:
        return [bound for bound in self.bounds if not bound.held]

    def row(self) -> tuple[str, ...]:
        return (
            self.scenario,
            _share(self.largest_error),
            _share(self.largest_place_error),
            " / ".join(_figure(seconds, " s") for seconds in self.exact_after) or "–",
            "–" if self.sockets_lost is None else str(self.sockets_lost),
            "–" if self.stale_seconds is None else f"{self.stale_seconds:.1f} s",
            ", ".join(str(bound) for bound in self.bounds),
            "MISSED" if self.missed else "ok",
        )

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "ok": not self.missed}


def _share(value: float | None) -> str:
    return "–" if value is None else f"{value:.2%}"


def _figure(value: float | None, unit: str) -> str:
    if value is None:
        return "never"
    if unit == "%":
        return f"{value * 100:.3g} %"
    return f"{value:,.0f}{unit}" if value >= 1_000 else f"{value:.3g}{unit}"


def table(outcomes: Sequence[Outcome]) -> str:
    """Return a Markdown table with aligned columns."""
    return aligned([COLUMNS, *(outcome.row() for outcome in outcomes)])


def aligned(rows: Sequence[Sequence[str]]) -> str:
    """Return a Markdown table with aligned columns. The first row has the headings."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = [
        "| " + " | ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)) + " |"
        for row in rows
    ]
    lines.insert(1, "| " + " | ".join("-" * max(width, 3) for width in widths) + " |")
    return "\n".join(lines)


def complaints(outcomes: Sequence[Outcome]) -> list[str]:
    return [f"{o.scenario}: {bound.complaint}" for o in outcomes for bound in o.missed]
