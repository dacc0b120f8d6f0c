"""The figures of one comparison, its bound, and the printed table.

Pure arithmetic and text, without servers.
"""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from rich.table import Table


@dataclass(frozen=True, slots=True)
class Row:
    """One comparison: a figure of ours and of a rival per round, in the same unit.

    The ratio of a round is ours / rival, or with ``inverse`` rival / ours. Without a
    ``rival`` the bound is on our own figure. Without a ``bound`` the row only informs.
    """

    scenario: str
    label: str
    unit: str
    ours: list[float] = field(default_factory=list)
    rival: list[float] = field(default_factory=list)
    bound: float | None = None
    at_least: bool = True
    inverse: bool = False
    #: loads of the client, of our server, and of the rival, each on its core
    client_busy: list[float] = field(default_factory=list)
    ours_busy: list[float] = field(default_factory=list)
    rival_busy: list[float] = field(default_factory=list)
    #: the reason if the row has no figures
    not_measured: str = ""
    #: the reason if the scenario failed, which counts as a missed bound
    failed: str = ""

    @property
    def ratios(self) -> list[float]:
        """Return one ratio per round, or our own figures without a rival."""
        if not self.rival:
            return self.ours
        pairs = zip(self.ours, self.rival, strict=True)
        return [theirs / mine if self.inverse else mine / theirs for mine, theirs in pairs]

    @property
    def median(self) -> float:
        return statistics.median(self.ratios)

    @property
    def spread(self) -> tuple[float, float]:
        """Return the smallest and the largest ratio."""
        return min(self.ratios), max(self.ratios)

    @property
    def met(self) -> bool | None:
        """Return whether the median is within the bound, or None without bound or figures."""
        if self.failed:
            return False
        if self.bound is None or self.not_measured:
            return None
        return self.median >= self.bound if self.at_least else self.median <= self.bound

    def as_json(self) -> dict[str, Any]:
        content: dict[str, Any] = {
            "scenario": self.scenario,
            "label": self.label,
            "unit": self.unit,
            "bound": self.bound,
            "at_least": self.at_least,
            "met": self.met,
        }
        if not self.ours:
            return {**content, "not_measured": self.not_measured, "failed": self.failed}
        return {
            **content,
            "median": self.median,
            "spread": list(self.spread),
            "ratios": self.ratios,
            "ours": self.ours,
            "rival": self.rival,
            "client_busy": self.client_busy,
            "ours_busy": self.ours_busy,
            "rival_busy": self.rival_busy,
        }


def missed(rows: Sequence[Row]) -> bool:
    """Return whether any bound was measured and missed."""
    return any(row.met is False for row in rows)


def table(rows: Sequence[Row]) -> Table:
    """Return the table for the terminal.

    Absolute figures are medians. Loads (``busy``) are the highest of all rounds.
    """
    shown = Table(caption="medians of the rounds; busy: share of its core, at most")
    shown.add_column("comparison")
    for heading in ("ours", "rival", "ratio", "min..max", "bound", "", "busy: client ours rival"):
        shown.add_column(heading, justify="right")
    for row in rows:
        shown.add_row(*cells(row), style="bold red" if row.met is False else None)
    return shown


def cells(row: Row) -> tuple[str, ...]:
    """Return the cells of one row."""
    if not row.ours:
        reason = f"FAILED: {row.failed}" if row.failed else f"not measured: {row.not_measured}"
        return (row.label, "–", "–", "–", "–", _bound(row), reason, "")
    low, high = row.spread
    busy = (row.client_busy, row.ours_busy, row.rival_busy)
    return (
        row.label,
        _figure(statistics.median(row.ours), row.unit),
        _figure(statistics.median(row.rival), row.unit) if row.rival else "–",
        f"{row.median:.3g}",
        f"{low:.3g}..{high:.3g}",
        _bound(row),
        {True: "met", False: "MISSED", None: ""}[row.met],
        " ".join(f"{max(shares):.0%}" if shares else "–" for shares in busy),
    )


def _bound(row: Row) -> str:
    if row.bound is None:
        return ""
    return f"{'≥' if row.at_least else '≤'} {row.bound:g}"


def _figure(value: float, unit: str) -> str:
    return f"{value:,.0f} {unit}" if value >= 1_000 else f"{value:.3g} {unit}"
