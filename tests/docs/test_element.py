"""docs/element.md documents the attributes, parts, events, and states of the element."""

from __future__ import annotations

import re

import pytest

from tests.services.site import ROOT

DOCS = (ROOT / "docs" / "element.md").read_text()
ELEMENT = (ROOT / "static/live_user_counter/js/elements/live-user-counter.js").read_text()
TYPES = (ROOT / "static/live_user_counter/js/types.js").read_text()
TEMPLATE = (ROOT / "templates/live_user_counter/partials/counter.html").read_text()


def documented(heading: str) -> set[str]:
    """Return the names in the first column of the table under a heading."""
    _, _, section = DOCS.partition(f"\n## {heading}\n")
    section, _, _ = section.partition("\n## ")
    return set(re.findall(r"^\| `([\w-]+)` \|", section, re.MULTILINE))


def test_every_attribute_is_documented() -> None:
    read = set(re.findall(r'(?:getAttribute|hasAttribute|#readNumber)\("([\w-]+)"', ELEMENT))
    assert documented("Attributes") == read - {"lang"}


def test_every_part_is_documented() -> None:
    assert documented("Parts") == set(re.findall(r'part="([\w-]+)"', TEMPLATE))


def test_every_event_is_documented() -> None:
    assert documented("Events") == set(re.findall(r'#emit\("(\w+)"', ELEMENT))


def test_every_state_is_documented() -> None:
    declared = re.search(r'@property \{("loading"[^}]*)\} state', TYPES)
    assert declared is not None
    assert documented("States") == set(re.findall(r'"(\w+)"', declared[1]))


@pytest.mark.parametrize(
    ("file", "constant", "value"),
    [
        ("elements/counter-announcer", "MIN_INTERVAL_MS", "30_000"),
        ("elements/counter-announcer", "MIN_CHANGE", "5"),
        ("elements/counter-announcer", "MIN_CHANGE_RATIO", "0.1"),
        ("state/counter-view", "STATUS_DELAY_MS", "2_500"),
        ("state/counter-view", "MAX_AGE_MS", "60_000"),
        ("state/counter-view", "ERROR_AFTER_MS", "15_000"),
        ("live-page", "MAX_HIDDEN_MS", "1_800_000"),
        ("state/places-state", "ORDER_MS", "5_000"),
        ("transport/page-place", "MIN_INTERVAL_MS", "1_000"),
        ("transport/live-socket", "BACKOFF_BASE_MS", "1_000"),
        ("transport/live-socket", "BACKOFF_MAX_MS", "30_000"),
        ("transport/live-socket", "STABLE_MS", "5_000"),
        ("transport/live-socket", "SILENCE_MS", "30_000"),
        ("transport/live-socket", "PONG_TIMEOUT_MS", "5_000"),
        ("transport/stats-poller", "JITTER", "0.25"),
    ],
)
def test_the_documented_durations_match_the_scripts(file: str, constant: str, value: str) -> None:
    script = (ROOT / f"static/live_user_counter/js/{file}.js").read_text()
    assert f"export const {constant} = {value};" in script
