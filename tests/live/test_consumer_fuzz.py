"""Any input of a client: an answer or a documented close, never an exception."""

from __future__ import annotations

import json
from typing import Any

from channels.testing import WebsocketCommunicator
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from landing.live import frames
from landing.live.frames import BadFrame, CloseCode
from tests.live.client_messages import messages
from tests.live.websocket_client import serving_worker

#: The fixtures are shared by all examples, which leave nothing behind.
examples = settings(
    max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
MAX_BAD_FRAMES, MAX_FRAME_BYTES = 10, 4096
ANSWERS = {"connection-count", "activity-history", "retry", "pong", "error"}

#: The values of headers that a server accepts.
header_values = st.binary(max_size=200).filter(lambda value: not set(value) & set(b"\r\n\0"))


def command_type(message: str | bytes) -> str | None:
    """Return the type of the command in a message, or None for a bad frame."""
    try:
        return frames.parse(message if isinstance(message, str) else None, MAX_FRAME_BYTES).type
    except BadFrame:
        return None


async def answers_until_the_end(connection: WebsocketCommunicator) -> list[dict[str, Any]]:
    """Return all frames up to the pong of the last ping, or up to the close."""
    answers = []
    while True:
        output = await connection.receive_output(timeout=5)
        if output["type"] == "websocket.close":
            return [*answers, {"type": "close", "code": output["code"]}]
        answers.append(json.loads(output["text"]))
        if answers[-1]["type"] == "pong":
            return answers


@examples
@given(messages)
async def test_any_messages_are_answered_or_end_with_a_documented_close(
    open_connection: Any, sent: list[str | bytes]
) -> None:
    connection = await open_connection()
    for message in [*sent, '{"type": "ping"}']:
        content = {"bytes": message} if isinstance(message, bytes) else {"text": message}
        await connection.send_input({"type": "websocket.receive", **content})
    types = [command_type(message) for message in sent]
    pings, bad = types.count("ping"), types.count(None)
    answers: list[dict[str, Any]] = []
    for _ in range(pings + 1):
        answers += await answers_until_the_end(connection)
        if answers[-1]["type"] == "close":
            break
    errors = [answer for answer in answers if answer["type"] == "error"]
    assert len(errors) == min(bad, MAX_BAD_FRAMES)
    if bad >= MAX_BAD_FRAMES:
        assert answers.pop() == {"type": "close", "code": CloseCode.TOO_MANY_BAD_FRAMES}
    assert {answer["type"] for answer in answers} <= ANSWERS
    assert len(serving_worker().connections()) == (bad < MAX_BAD_FRAMES)
    await leave(connection)


@examples
@given(
    st.text(st.characters(max_codepoint=255)),
    st.dictionaries(
        st.sampled_from(["cookie", "origin", "user-agent", "x-forwarded-for", "dnt", "sec-gpc"]),
        header_values,
    ),
)
async def test_any_handshake_is_accepted_or_refused(
    application: Any, open_connection: Any, query: str, headers: dict[str, bytes]
) -> None:
    await leave(await open_connection())  # starts the worker, which the fixture stops
    connection = WebsocketCommunicator(application, "/ws/landing/")
    connection.scope["query_string"] = query.encode("latin-1")
    connection.scope["headers"] = [
        (b"host", b"testserver"),
        *((name.encode(), value) for name, value in headers.items()),
    ]
    accepted, _ = await connection.connect(timeout=5)
    assert len(serving_worker().connections()) == accepted
    await leave(connection)


async def leave(connection: WebsocketCommunicator) -> None:
    """Disconnect. An exception of the application is raised here."""
    await connection.disconnect()
    await connection.wait()
    assert len(serving_worker().connections()) == 0
