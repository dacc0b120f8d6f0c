"""The rule of each series, its verdict, and the table."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from tests.load.soak.meter import Key
from tests.load.soak.trend import Sample, Trend, trend
from tests.load.truth.report import aligned

COLUMNS = ("figure", "first", "last", "highest", "growth per hour", "levels off", "bound", "")
MEMORY_SHARE = 0.05
NONE = "–"


@dataclass(frozen=True, slots=True)
class Rule:
    """The bounds of a series. Without a tolerance, it may grow, for the reason in ``why``.

    A series levels off if it rises by at most ``tolerance`` in the second half of the time, or by
    ``share`` of its first value. ``most`` is its highest growth since the first value, as a share.
    """

    tolerance: float | None = None
    share: float = 0.0
    most: float = math.inf
    why: str = ""

    def tolerated(self, first: float) -> float:
        """Return the tolerance for a figure that begins with this value."""
        return max(self.tolerance or 0.0, self.share * first)

    def __str__(self) -> str:
        if self.tolerance is None:
            return self.why
        return "levels off" + ("" if math.isinf(self.most) else f", at most +{self.most:.0%}")


MEMORY = Rule(tolerance=0.0, share=0.01, most=MEMORY_SHARE)
#: A rise by fewer than these is within what the work of the moment needs.
FEW = Rule(tolerance=3.0)
RULES = {
    "memory of its own, MB": MEMORY,
    "resident memory, MB": MEMORY,
    "connections": Rule(why="as many as visit"),
    "keys that expire": Rule(why="one per network, for an hour"),
    "memory, MB": Rule(why="keys that expire included"),
}
#: The tables that grow, as documented.
GROWING_TABLES = {
    "landing_analytics": "kept for 90 days, dwell rows for one",
    "landing_activity": "kept",
    "landing_countsample": "one per minute",
    "landing_dimensioncount": "one per value of a dimension and day",
    "landing_pagecount": "one per page, referrer, and day",
    "landing_placeday": "one per page with people and day",
    "landing_placesample": "at most 51 per minute, for a day or two",
    "landing_slotcount": "96 per day",
    "landing_staycount": "one per length and quarter of an hour",
    "landing_visitorcount": "at most 184 per quarter of an hour",
    "landing_visitorday": "one per visitor and day",
}


@dataclass(frozen=True, slots=True)
class Growth:
    """The trend of one series, and its verdict."""

    key: Key
    trend: Trend
    rule: Rule

    @property
    def levels_off(self) -> bool:
        return self.trend.levels_off(self.rule.tolerated(self.trend.first))

    @property
    def is_missed(self) -> bool:
        if self.rule.tolerance is None:
            return False
        return not self.levels_off or self.trend.growth > self.rule.most

    def row(self) -> tuple[str, ...]:
        """Return the cells of the table."""
        trend, is_bound = self.trend, self.rule.tolerance is not None
        return (
            f"{self.key.owner}: {self.key.what}",
            *map(_number, (trend.first, trend.last, trend.highest)),
            f"{trend.per_hour:+,.1f}",
            "yes" if self.levels_off else "no",
            str(self.rule),
            "" if not is_bound else "MISSED" if self.is_missed else "ok",
        )

    def as_json(self) -> dict[str, Any]:
        return {
            **self.key._asdict(),
            **asdict(self.trend),
            "levels_off": self.levels_off,
            "ok": not self.is_missed,
        }


def judge(series: Mapping[Key, Sequence[Sample]], warm_up_seconds: float) -> list[Growth]:
    """Return the growth of each series after the warm-up."""
    growths = []
    for key, samples in series.items():
        warm = [sample for sample in samples if sample[0] >= warm_up_seconds]
        if warm:
            growths.append(Growth(key, trend(warm), rule_of(key)))
    return growths


def rule_of(key: Key) -> Rule:
    """Return the rule of a figure."""
    if key.owner == "rows":
        why = GROWING_TABLES.get(key.what)
        return Rule(why=why) if why else Rule(tolerance=0.0)
    if key.owner in ("Redis", "PostgreSQL") and key.what == "connections":
        return FEW
    return RULES.get(key.what, FEW)


def table(growths: Sequence[Growth]) -> str:
    """Return a Markdown table with aligned columns, without empty tables of the database."""
    rows = [each.row() for each in growths if each.key.owner != "rows" or each.trend.highest]
    return aligned([COLUMNS, *rows])


def _number(value: float) -> str:
    return f"{value:,.0f}" if value == int(value) or value >= 1000 else f"{value:,.1f}"
