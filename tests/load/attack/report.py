"""The figures of one attack, its bounds, and the table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.load.truth.report import Bound, aligned

HEADINGS = ("scenario", "bound", "figure", "met")


@dataclass
class Outcome:
    """The result of one attack. ``figures`` has everything that was measured."""

    scenario: str
    bounds: list[Bound] = field(default_factory=list)
    figures: dict[str, Any] = field(default_factory=dict)

    @property
    def missed(self) -> list[Bound]:
        return [bound for bound in self.bounds if not bound.held]

    def rows(self) -> list[tuple[str, ...]]:
        """Return one row per bound. The name of the scenario is in the first."""
        return [
            (
                "" if number else self.scenario,
                str(bound),
                bound.figure,
                "yes" if bound.held else "MISSED",
            )
            for number, bound in enumerate(self.bounds)
        ]

    def as_json(self) -> dict[str, Any]:
        bounds = [
            {"what": b.what, "at_most": b.at_most, "measured": b.measured, "met": b.held}
            for b in self.bounds
        ]
        return {"scenario": self.scenario, "bounds": bounds, "figures": self.figures}


def table(outcomes: Sequence[Outcome]) -> str:
    """Return a Markdown table of all bounds."""
    return aligned([HEADINGS, *(row for outcome in outcomes for row in outcome.rows())])
