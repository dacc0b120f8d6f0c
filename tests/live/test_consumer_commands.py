"""Client commands: topics, bad frames, and replies."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.live.websocket_client import (
    cookie_header,
    next_frame,
    receive_frames,
    serving_worker,
)
from tests.metrics import samples

BAD_FRAMES = ["", "nope", "[]", '{"type": "publish"}', "x" * 100_000, '{"a":' * 5_000, b"\x00\xff"]


async def test_each_bad_frame_gets_an_error_reply_and_the_person_counts_once(
    open_connection: Any,
) -> None:
    connection = await open_connection(cookies=cookie_header())
    for bad in BAD_FRAMES:
        content = {"bytes": bad} if isinstance(bad, bytes) else {"text": bad}
        await connection.send_input({"type": "websocket.receive", **content})
        assert (await next_frame(connection, "error"))["detail"]
    await connection.send_to(text_data='{"type": "ping"}')
    await next_frame(connection, "pong")
    await receive_frames(connection)
    sourced = serving_worker().snapshot()
    assert sourced is not None
    assert (sourced.snapshot.people, sourced.snapshot.connections) == (1, 1)


async def test_too_many_bad_frames_close_the_connection_with_4400(open_connection: Any) -> None:
    connection = await open_connection()
    await receive_frames(connection)
    with samples.hits_of_limits() as counted:
        for _ in range(10):
            await connection.send_to(text_data="nope")
            assert json.loads(await connection.receive_from())["code"] == "not-json"
        assert (await connection.receive_output())["code"] == 4400
    assert counted == {"bad_frames": 1}


async def test_a_frame_that_is_too_large_is_counted(open_connection: Any) -> None:
    connection = await open_connection()
    await receive_frames(connection)
    with samples.hits_of_limits() as counted:
        await connection.send_to(text_data="x" * 4097)
        assert json.loads(await connection.receive_from())["code"] == "too-large"
    assert counted == {"frame_bytes": 1}


@pytest.mark.parametrize("query", ["?topics=activity", "?topics=activity,nonsense"])
async def test_the_topics_of_the_url_select_the_frames(open_connection: Any, query: str) -> None:
    connection = await open_connection(f"/ws/landing/{query}")
    frame_types = {each["type"] for each in await receive_frames(connection)}
    assert frame_types == {"activity-history", "retry"}


async def test_subscribing_sends_the_current_state_and_unsubscribing_stops_the_frames(
    open_connection: Any,
) -> None:
    connection = await open_connection("/ws/landing/?topics=")
    assert [each["type"] for each in await receive_frames(connection)] == ["retry"]
    await connection.send_to(text_data='{"type": "subscribe-online"}')
    assert (await next_frame(connection, "connection-count"))["count"] == 1
    await connection.send_to(text_data='{"type": "subscribe-activity"}')
    assert (await next_frame(connection, "activity-history"))["items"] == []
    await connection.send_to(text_data='{"type": "unsubscribe-online"}')
    await open_connection(cookies=cookie_header())
    assert "connection-count" not in {each["type"] for each in await receive_frames(connection)}
