"""Context of the ``{% live_user_counter %}`` tag: the first text, before any script runs."""

from __future__ import annotations

from typing import Any

from django.urls import get_script_prefix
from django.utils.encoding import iri_to_uri

from ..dates import utc_now
from ..live.current_snapshot import Source
from ..stats import StatsSnapshot
from . import formatting, plurals, texts


def build_context(snapshot: StatsSnapshot, metric: str, options: dict[str, int]) -> dict[str, Any]:
    """Return the template context of a counter.

    ``metric`` is ``online`` or ``active``. ``options`` are the tag's other arguments, by
    name.
    """
    is_simulated = snapshot.source is Source.SIMULATED
    online, active = snapshot.online.people, snapshot.active_users_now
    value, second = (online, active) if metric == "online" else (active, online)
    shown = options["base_count"] if is_simulated else value
    window = formatting.window(snapshot.window_minutes)
    counter_texts = texts.counter_texts()
    return {
        "metric": metric,
        **options,
        "root_path": iri_to_uri(get_script_prefix())[:-1],
        "simulated": is_simulated,
        "figure": formatting.number(shown),
        "below": not is_simulated and value is not None and value < options["minimum"],
        "label": texts.online_label(_count(shown)) if metric == "online" else window,
        "subtext": texts.subtext(),
        "second": formatting.number(None if is_simulated else second),
        "second_label": window if metric == "online" else counter_texts["here"],
        "status": _status(snapshot, counter_texts),
        "snapshot": formatting.json_attribute(snapshot.as_dict()),
        "texts": counter_texts,
        "words": formatting.json_attribute(texts.texts_for_script()),
    }


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
