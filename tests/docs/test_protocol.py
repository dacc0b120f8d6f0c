"""docs/protocol.md documents every frame, code, field, and status of the code."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from django.test import Client

from landing.api.rest.activity_serializers import (
    PageSerializer,
    PublishedSerializer,
    PublishSerializer,
)
from landing.api.rest.pagination import PageQuerySerializer
from landing.live import frames
from landing.live.current_snapshot import Source, SourcedSnapshot
from landing.live.feed import Item, Removed
from landing.live.frames import CloseCode
from landing.live.map import content
from landing.live.map.content import MapCounts
from landing.live.presence.contract import PlaceCount, Snapshot

PROTOCOL = (Path(__file__).parents[2] / "docs" / "protocol.md").read_text()
SHOWN = SourcedSnapshot(Snapshot(0, 0, 0, 0, 0), Source.LIVE)


@pytest.mark.parametrize("command", frames.COMMANDS)
def test_every_command_is_documented(command: str) -> None:
    assert command in PROTOCOL


@pytest.mark.parametrize(
    "frame",
    [
        frames.dump_count(SHOWN),
        frames.dump_activity_history([]),
        frames.dump_feed_change(Item(1, "signup", "joined", "Ana", 0, skipped=90)),
        frames.dump_feed_change(Removed(1)),
        frames.dump_place_count("/", 3, SHOWN),
        frames.dump_places(3, [("/", None)], SHOWN),
        content.dump(content.build(MapCounts(SHOWN.snapshot, 0, (PlaceCount("/", 0),)))),
        frames.dump_retry(1024),
        frames.dump_pong(),
    ],
)
def test_every_frame_is_documented_with_its_fields(frame: str) -> None:
    fields = json.loads(frame)
    for word in (fields["type"], *fields):
        assert f"`{word}`" in PROTOCOL or f'"{word}"' in PROTOCOL, word


@pytest.mark.parametrize(
    "code", [value for name, value in vars(CloseCode).items() if name.isupper()]
)
def test_every_close_code_is_documented(code: int) -> None:
    assert str(code) in PROTOCOL


@pytest.mark.parametrize("bad", [None, "x" * 5000, "{", "[]", '{"type": "unheard-of"}'])
def test_every_error_code_is_documented(bad: str | None) -> None:
    with pytest.raises(frames.BadFrame) as refusal:
        frames.parse(bad, 4096)
    assert f"`{refusal.value.code}`" in PROTOCOL


@pytest.mark.parametrize(
    "shape", [PageQuerySerializer, PageSerializer, PublishSerializer, PublishedSerializer]
)
def test_every_field_of_activities_over_http_is_documented(shape: type) -> None:
    _, _, section = PROTOCOL.partition("## Activities over HTTP")
    for name in shape().fields:
        assert f"`{name}`" in section or f'"{name}"' in section, name


@pytest.mark.django_db
def test_every_status_of_publishing_is_documented(client: Client) -> None:
    schema = client.get("/api/schema/", headers={"Accept": "application/vnd.oai.openapi+json"})
    responses = schema.json()["paths"]["/api/landing/activities/"]["post"]["responses"]

    _, _, section = PROTOCOL.partition("## Activities over HTTP")
    assert re.findall(r"^\| (\d{3}) \|", section, re.M) == sorted(responses)
