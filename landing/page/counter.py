"""Context of the ``{% live_user_counter %}`` tag: the first text, before any script runs."""

from __future__ import annotations

from typing import Any

from ..dates import utc_now
from ..live.current_snapshot import Source
from ..stats import StatsSnapshot
from . import endpoints, formatting, plurals, texts
from .places import PlaceNumber


def build_context(
    snapshot: StatsSnapshot,
    metric: str,
    options: dict[str, int],
    here: PlaceNumber | None = None,
) -> dict[str, Any]:
    """Return the template context of a counter.

    ``metric`` is ``online``, ``active``, or ``here``. ``options`` are the tag's other arguments, by
    name. ``here`` is the number of the page's place, for that metric.
    """
    is_simulated = snapshot.source is Source.SIMULATED and metric != "here"
    value, second = _values(snapshot, metric, here)
    shown = options["base_count"] if is_simulated else value
    counter_texts = texts.counter_texts(metric)
    is_hidden = here is not None and here.is_hidden
    is_small = value is not None and value < options["minimum"]
    return {
        "metric": metric,
        **options,
        **endpoints.find(),
        "simulated": is_simulated,
        "figure": formatting.number(shown),
        "below": is_hidden or (is_small and not is_simulated),
        **_labels(snapshot, metric, shown, counter_texts),
        "subtext": texts.subtext(),
        "second": formatting.number(None if snapshot.source is Source.SIMULATED else second),
        "status": _status(snapshot, counter_texts),
        "snapshot": formatting.json_attribute(snapshot.as_dict()),
        "place_count": formatting.json_attribute(here.content) if here else "",
        "texts": counter_texts,
        "words": formatting.json_attribute(texts.texts_for_script(metric)),
    }


def _values(
    snapshot: StatsSnapshot, metric: str, here: PlaceNumber | None
) -> tuple[int | None, int | None]:
    """Return the number of the metric, and the other one that the counter shows."""
    online, active = snapshot.online.people, snapshot.active_users_now
    if metric == "here":
        return here.people if here else None, online
    return (online, active) if metric == "online" else (active, online)


def _labels(
    snapshot: StatsSnapshot, metric: str, shown: int | None, counter_texts: dict[str, Any]
) -> dict[str, str]:
    window = formatting.window(snapshot.window_minutes)
    if metric == "here":
        return {
            "label": texts.here_label(_count(shown)),
            "second_label": counter_texts["on_site"],
        }
    if metric == "online":
        return {"label": texts.online_label(_count(shown)), "second_label": window}
    return {"label": window, "second_label": counter_texts["here"]}


def _count(value: int | None) -> int:
    """Return a count that has the plural form of ``other`` if the value is unknown."""
    return plurals.OTHER if value is None else value


def _status(snapshot: StatsSnapshot, counter_texts: dict[str, Any]) -> str:
    """Return what qualifies the numbers: demo data, the age of stale ones, or nothing."""
    if snapshot.source is Source.SIMULATED:
        return str(counter_texts["simulated"])
    if snapshot.source is Source.LIVE or snapshot.as_of is None:
        return ""
    age = utc_now() - snapshot.as_of
    counted: str = counter_texts["as_of"]
    return counted.replace("{age}", formatting.ago(age.total_seconds()))
