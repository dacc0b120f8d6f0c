"""The frame ``at``, and the frames about places, over WebSockets."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import unquote

import pytest
from channels.testing import WebsocketCommunicator
from django.test import override_settings
from pytest_django import Settings

from landing.live.frames import Topic
from landing.places import tokens
from tests.live.websocket_client import (
    cookie_header,
    next_frame,
    receive_frames,
    serving_worker,
)
from tests.metrics import samples

HERE = "topics=online,here"


def token(place: str) -> str:
    """Return the token as the script of the page sends it."""
    return unquote(tokens.sign(place))


async def send_at(connection: WebsocketCommunicator, path: Any) -> None:
    """Send where the browser is, and wait until the server has received it."""
    await connection.send_to(text_data=json.dumps({"type": "at", "path": path}))
    await connection.send_to(text_data='{"type": "ping"}')
    await next_frame(connection, "pong")


def places() -> list[str]:
    return [connection.place for connection in serving_worker().connections()]


async def next_place_count(connection: WebsocketCommunicator, place: str) -> dict[str, Any]:
    while (frame := await next_frame(connection, "place-count"))["place"] != place:
        pass
    return frame


@pytest.mark.parametrize("place", ["/", "/café/menü", "article:42", "a b"])
async def test_a_browser_moves_to_a_signed_place(open_connection: Any, place: str) -> None:
    connection = await open_connection(f"/ws/landing/?place={tokens.sign('/docs')}")
    with samples.hits_of_limits() as counted:
        await send_at(connection, token(place))
        assert places() == [place]
        await send_at(connection, "")
        assert places() == [""]
    assert not counted


@pytest.mark.parametrize(
    "path",
    [
        "/pricing",
        "/pricing:AAAAAAAAAAAAAAAA",
        tokens.sign("/café/"),
        "/" + "x" * 3000,
        "\ud800",
        "/\0",
        *(None, 7, [], {"path": "/"}),
    ],
)
async def test_a_forged_place_is_elsewhere_and_counted_but_no_error(
    open_connection: Any, path: Any
) -> None:
    connection = await open_connection(f"/ws/landing/?place={tokens.sign('/docs')}")
    await receive_frames(connection)
    with samples.hits_of_limits() as counted:
        for _ in range(12):
            await send_at(connection, path)
    assert places() == [""]
    assert counted == {"bad_places": 12}
    assert await receive_frames(connection) == [], "neither an error nor a close"


async def test_a_frame_that_is_too_large_moves_nobody(open_connection: Any) -> None:
    connection = await open_connection(f"/ws/landing/?place={tokens.sign('/docs')}")
    await connection.send_to(text_data=json.dumps({"type": "at", "path": "/" + "x" * 5000}))
    assert (await next_frame(connection, "error"))["code"] == "too-large"
    assert places() == ["/docs"]


@pytest.mark.parametrize("payload", [b"\xff\xfe", b'{"type": "at", "path": "\xff"}'])
async def test_a_binary_frame_moves_nobody(open_connection: Any, payload: bytes) -> None:
    connection = await open_connection(f"/ws/landing/?place={tokens.sign('/docs')}")
    await connection.send_input({"type": "websocket.receive", "bytes": payload})
    assert (await next_frame(connection, "error"))["code"] == "not-text"
    assert places() == ["/docs"]


async def test_a_place_that_became_private_is_elsewhere_and_no_bad_place(
    open_connection: Any, settings: Settings
) -> None:
    connection = await open_connection(f"/ws/landing/?{HERE}&place={tokens.sign('/docs')}")
    settings.LANDING_PRIVATE_PLACES = ("/docs/",)
    with samples.hits_of_limits() as counted:
        await send_at(connection, token("/docs"))
        assert (await next_place_count(connection, ""))["people"] is None
    assert places() == [""]
    assert not counted


async def test_without_places_everybody_is_elsewhere(open_connection: Any) -> None:
    signed = tokens.sign("/docs")
    with override_settings(LANDING_MAX_PLACES=0), samples.hits_of_limits() as counted:
        connection = await open_connection(f"/ws/landing/?topics=here,places&place={signed}")
        assert (await next_frame(connection, "place-count"))["people"] is None
        frame = await next_frame(connection, "places")
        await send_at(connection, unquote(signed))
        await send_at(connection, "forged")
        assert (frame["elsewhere"], frame["places"]) == (frame["people"], [])
    assert places() == [""]
    assert not counted


async def test_below_an_unsigned_prefix_a_browser_names_its_path(
    open_connection: Any, settings: Settings
) -> None:
    settings.LANDING_UNSIGNED_PLACES = ("/app/",)
    connection = await open_connection("/ws/landing/?place=/app/inbox")
    assert places() == ["/app/inbox"]
    await send_at(connection, "/app/%C3%A9t%C3%A9/?tab=2#top")
    assert places() == ["/app/été"]
    with samples.hits_of_limits() as counted:
        await send_at(connection, "/apple")
    assert places() == [""] and counted == {"bad_places": 1}


async def test_a_reader_is_sent_the_number_of_each_page_that_it_shows(
    open_connection: Any, settings: Settings
) -> None:
    settings.LANDING_MIN_PLACE_PEOPLE = 1
    connection = await open_connection(f"/ws/landing/?{HERE}&place={tokens.sign('/docs')}")
    assert (await next_place_count(connection, "/docs"))["people"] == 1
    await send_at(connection, token("/pricing"))
    frame = await next_place_count(connection, "/pricing")
    assert (frame["people"], frame["source"]) == (1, "live")


async def test_a_program_that_shows_a_page_changes_no_number(
    open_connection: Any, settings: Settings
) -> None:
    settings.LANDING_MIN_PLACE_PEOPLE = 1
    visitor = await open_connection(
        f"/ws/landing/?{HERE}&place={tokens.sign('/docs')}", cookies=cookie_header()
    )
    await next_place_count(visitor, "/docs")
    program = await open_connection(
        f"/ws/landing/?{HERE}", extra_headers=[(b"user-agent", b"python-requests/2")]
    )
    await send_at(program, token("/docs"))
    assert (await next_place_count(program, "/docs"))["people"] == 1
    await send_at(program, token("/pricing"))
    assert (await next_place_count(program, "/pricing"))["people"] == 0
    assert sorted(places()) == ["/docs", "/pricing"]
    sourced = serving_worker().snapshot()
    assert sourced is not None and sourced.snapshot.people == 1


async def test_subscriptions_by_frames(open_connection: Any) -> None:
    connection = await open_connection(f"/ws/landing/?topics=&place={tokens.sign('/docs')}")
    await receive_frames(connection)
    for topic, type_ in (("here", "place-count"), ("places", "places")):
        await connection.send_to(text_data=json.dumps({"type": f"subscribe-{topic}"}))
        assert (await next_frame(connection, type_))["source"] == "live"
        await connection.send_to(text_data=json.dumps({"type": f"unsubscribe-{topic}"}))
    await connection.send_to(text_data='{"type": "subscribe-map"}')
    assert (await next_frame(connection, "error"))["code"] == "not-permitted"
    await open_connection(cookies=cookie_header())
    assert await receive_frames(connection) == []
    assert Topic.MAP not in next(iter(serving_worker().connections())).topics
