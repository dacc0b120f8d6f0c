"""Compare a figure with an earlier one, in a few characters that do not mislead."""

from __future__ import annotations

from typing import NamedTuple

from ...page.formatting import number

#: Below this, a percentage of the earlier figure is mostly chance: the difference is shown.
LEAST_FOR_PERCENT = 20
#: From this factor on, a percentage is hard to read: the factor is shown.
LEAST_FACTOR = 10


class Change(NamedTuple):
    """The text of a change, and its direction: up, down, or level. Both are empty if unknown."""

    text: str = ""
    direction: str = ""


#: The change of a figure without an earlier one.
NO_CHANGE = Change()


def compare(value: int | None, before: int | None) -> Change:
    """Return the change in percent, as a factor such as ``434 ×``, or as a plain difference."""
    if value is None or before is None or value == before == 0:
        return NO_CHANGE
    difference = value - before
    direction = "up" if difference > 0 else "down" if difference < 0 else "level"
    if before < LEAST_FOR_PERCENT:
        return Change(_signed(difference), direction)
    if value >= LEAST_FACTOR * before:
        return Change(f"{number(round(value / before))} ×", direction)
    percent = round(100 * difference / before)
    return Change(f"{_signed(percent)} %", direction if percent else "level")


def compare_shares(share: float | None, before: float | None) -> Change:
    """Return the change between two shares from 0 to 1 in percentage points."""
    if share is None or before is None:
        return NO_CHANGE
    points = round(100 * share) - round(100 * before)
    direction = "up" if points > 0 else "down" if points < 0 else "level"
    return Change(f"{_signed(points)} pp", direction)


def compare_seconds(seconds: float | None, before: float | None) -> Change:
    """Return the change between two durations, to the second."""
    if seconds is None or before is None:
        return NO_CHANGE
    change = compare(round(seconds), round(before))
    has_unit = not change.text or change.text.endswith(("%", "×"))
    return change if has_unit else change._replace(text=f"{change.text} s")


def _signed(value: int) -> str:
    if not value:
        return "±0"
    return f"{'+' if value > 0 else '−'}{number(abs(value))}"
