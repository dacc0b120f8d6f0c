"""Server frames and client frames."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from landing import dates
from landing.live import frames
from landing.live.current_snapshot import Source, SourcedSnapshot
from landing.live.frames import BadFrame, Command, Topic
from landing.live.presence.contract import Snapshot
from tests.live import client_messages
from tests.live.presence.simulation import aggregates

SNAPSHOT = Snapshot(
    signed_in=4,
    anonymous=13,
    connections=23,
    version=7,
    as_of_ms=1_769_860_800_123,
    aggregates=aggregates(31),
    epoch="5f0c3a9b",
)


def test_a_count_frame_has_the_fields_of_the_interface() -> None:
    assert json.loads(frames.dump_count(SourcedSnapshot(SNAPSHOT, Source.LIVE))) == {
        "type": "connection-count",
        "count": 23,
        "people": 17,
        "signed_in": 4,
        "anonymous": 13,
        "active": 31,
        "source": "live",
        "epoch": "5f0c3a9b",
        "version": 7,
        "timestamp": "2026-01-31T12:00:00.123Z",
    }


def test_a_count_frame_has_the_share_of_suspects_if_there_are_any() -> None:
    crowded = SourcedSnapshot(replace(SNAPSHOT, suspects=5), Source.LIVE)
    assert json.loads(frames.dump_count(crowded))["suspect"] == 0.29


def test_a_count_frame_is_small() -> None:
    assert len(frames.dump_count(SourcedSnapshot(SNAPSHOT, Source.LIVE))) < 200


def test_a_place_frame_has_the_number_of_one_place() -> None:
    current = SourcedSnapshot(SNAPSHOT, Source.STALE)
    assert json.loads(frames.dump_place_count("/café", None, current)) == {
        "type": "place-count",
        "place": "/café",
        "people": None,
        "source": "stale",
        "epoch": "5f0c3a9b",
        "version": 7,
        "timestamp": "2026-01-31T12:00:00.123Z",
    }


def test_a_places_frame_has_all_people() -> None:
    rows = [("/", 9), ("/pricing", None)]
    assert json.loads(frames.dump_places(8, rows, SourcedSnapshot(SNAPSHOT, Source.LIVE))) == {
        "type": "places",
        "people": 17,
        "elsewhere": 8,
        "places": [{"place": "/", "people": 9}, {"place": "/pricing", "people": None}],
        "source": "live",
        "epoch": "5f0c3a9b",
        "version": 7,
        "timestamp": "2026-01-31T12:00:00.123Z",
    }


@given(st.integers(0, 2**42), st.integers(0, 2**42))
def test_timestamps_sort_in_order_of_time(one: int, other: int) -> None:
    assert (one < other) == (dates.isoformat(one) < dates.isoformat(other))


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ('{"type": "ping"}', Command("ping")),
        ('{"type": "ping", "more": 1}', Command("ping")),
        ('{"type": "subscribe-online"}', Command("subscribe", Topic.ONLINE)),
        ('{"type": "unsubscribe-online"}', Command("unsubscribe", Topic.ONLINE)),
        ('{"type": "subscribe-activity"}', Command("subscribe", Topic.ACTIVITY)),
        ('{"type": "unsubscribe-activity"}', Command("unsubscribe", Topic.ACTIVITY)),
        ('{"type": "subscribe-here"}', Command("subscribe", Topic.HERE)),
        ('{"type": "unsubscribe-places"}', Command("unsubscribe", Topic.PLACES)),
        ('{"type": "subscribe-map"}', Command("subscribe", Topic.MAP)),
        ('{"type": "at", "path": "/pricing:x"}', Command("at", path="/pricing:x")),
        ('{"type": "at", "path": ""}', Command("at", path="")),
        ('{"type": "at"}', Command("at")),
        ('{"type": "at", "path": ["/"]}', Command("at")),
        ('{"type": "ping", "path": "/"}', Command("ping")),
    ],
)
def test_each_valid_client_frame_is_parsed(text: str, command: Command) -> None:
    assert frames.parse(text, 4096) == command


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (None, "not-text"),
        ("", "not-json"),
        ("{", "not-json"),
        ("[" * 3000, "not-json"),
        ("9" * 4000, "not-an-object"),
        ("NaN", "not-an-object"),
        ("[]", "not-an-object"),
        ("{}", "unknown-type"),
        ('{"type": 1}', "unknown-type"),
        ('{"type": ["ping"]}', "unknown-type"),
        ('{"type": "count"}', "unknown-type"),
        ("x" * 4097, "too-large"),
        ("\N{GRINNING FACE}" * 1025, "too-large"),
    ],
)
def test_each_bad_frame_is_rejected_with_its_error_code(text: str | None, code: str) -> None:
    with pytest.raises(BadFrame) as rejected:
        frames.parse(text, 4096)
    assert rejected.value.code == code
    frame = json.loads(frames.dump_error(rejected.value))
    assert frame["type"] == "error" and frame["code"] == code and frame["detail"]


@given(client_messages.texts)
def test_any_text_is_either_parsed_or_rejected_with_a_short_error(text: str) -> None:
    try:
        command = frames.parse(text, 4096)
    except BadFrame as error:
        answer = frames.dump_error(error)
        assert len(answer) < 200 and json.loads(answer)["code"] == error.code  # noqa: PT017
    else:
        assert command._replace(path=None) in frames.COMMANDS.values()


@pytest.mark.parametrize(
    ("value", "topics"),
    [
        (None, {Topic.ONLINE, Topic.ACTIVITY}),
        ("", set()),
        ("online", {Topic.ONLINE}),
        ("online,activity", {Topic.ONLINE, Topic.ACTIVITY}),
        ("here, places,map", {Topic.HERE, Topic.PLACES, Topic.MAP}),
        (" activity ,nonsense", {Topic.ACTIVITY}),
    ],
)
def test_topics_are_selected_by_name_and_have_a_default(
    value: str | None, topics: set[Topic]
) -> None:
    assert frames.parse_topics(value) == topics
