"""Activities with two processes, one Redis and one PostgreSQL: published once, seen everywhere."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import Any

import httpx
import psycopg
import pytest
from playwright.sync_api import Browser, expect

from tests.services.ports import wait_until
from tests.services.raw_websocket import RawWebSocket
from tests.services.redis import RedisServer
from tests.services.site import DaphneServer, manage

JOINED = {"kind": "signup", "text": "joined", "actor": "Ana"}


class Listener:
    """Follows the activities of one process, as any client may, and keeps every frame."""

    def __init__(self, server: DaphneServer) -> None:
        self.frames: list[dict[str, Any]] = []
        self._ending = ExitStack()
        self._socket = self._ending.enter_context(
            RawWebSocket(server.port, path="/ws/landing/?topics=activity")
        )
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()
        wait_until(lambda: bool(self.of("activity-history")), "the greeting")

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [frame for frame in list(self.frames) if frame["type"] == kind]

    def heard(self) -> list[int]:
        """Of each activity that it was told of, in order and as often as it was."""
        return [frame["id"] for frame in self.of("activity")]

    def close(self) -> None:
        self._socket.leave()
        self._thread.join(timeout=10)
        self._ending.close()

    def _listen(self) -> None:
        while True:
            try:
                for frame in self._socket.messages():
                    self.frames.append(frame)
            except TimeoutError:
                continue  # nothing is said for a while
            except ConnectionError:
                return


@pytest.fixture
def servers(
    daphne: Callable[..., DaphneServer],
    redis_server: RedisServer,
    postgres_url: str,
    production: dict[str, str],
) -> list[DaphneServer]:
    given = {
        "REDIS_URL": redis_server.url,
        "DATABASE_URL": postgres_url,
        "LANDING_HEARTBEAT_SECONDS": "1",
        "LANDING_LEASE_SECONDS": "3",
    }
    manage("migrate", "--verbosity=0", **{**production, **given})
    return [daphne(**given) for _ in range(2)]


@pytest.fixture
def token(servers: list[DaphneServer]) -> str:
    return servers[0].manage("activity_token", "create", "tests").strip()


@pytest.fixture
def listen() -> Iterator[Callable[[DaphneServer], Listener]]:
    listeners: list[Listener] = []

    def follow(server: DaphneServer) -> Listener:
        listeners.append(Listener(server))
        return listeners[-1]

    yield follow
    for listener in listeners:
        listener.close()


def post(server: DaphneServer, token: str, **fields: Any) -> dict[str, Any]:
    response = httpx.post(
        f"{server.url}/api/landing/activities/",
        json={**JOINED, **fields},
        headers={"Authorization": f"Api-Key {token}"},
        timeout=20,
    )
    assert response.status_code == 201, response.text
    content: dict[str, Any] = response.json()
    return content


def listed(server: DaphneServer) -> list[int]:
    """The ids of all activities in the API, page by page, newest first."""
    ids: list[int] = []
    url: str | None = f"{server.url}/api/landing/activities/?limit=40"
    while url:
        page = httpx.get(url).json()
        ids += [each["id"] for each in page["results"]]
        url = page["next"]
    return ids


@pytest.mark.alone
def test_what_one_process_publishes_a_browser_on_the_other_shows_within_a_second(
    browser: Browser, servers: list[DaphneServer], token: str
) -> None:
    one, other = servers
    page = browser.new_page()
    page.goto(other.url)
    expect(page.locator('live-user-counter[state="live"]')).to_be_visible()

    published = post(one, token, text="<b>joined</b> & stayed")
    expect(page.locator("live-activity-feed li")).to_contain_text(
        "<b>joined</b> & stayed", timeout=1_000
    )

    # Who comes now is told by the worker, and who has no script by the page.
    for options in ({}, {"java_script_enabled": False}):
        context = browser.new_context(**options)
        later = context.new_page()
        later.goto(one.url)
        expect(later.locator("live-activity-feed li")).to_have_count(1)
        context.close()

    hide = f"from landing.activity.publishing import hide; print(hide([{published['id']}]))"
    one.manage("shell", "-c", hide)
    expect(page.locator("live-activity-feed li")).to_have_count(0, timeout=2_000)
    page.close()


def test_twenty_at_once_with_one_key_are_one_row_and_one_frame(
    servers: list[DaphneServer],
    token: str,
    listen: Callable[[DaphneServer], Listener],
) -> None:
    listeners = [listen(server) for server in servers]

    with ThreadPoolExecutor(20) as clients:
        answers = list(
            clients.map(lambda n: post(servers[n % 2], token, external_id="order-7"), range(20))
        )

    assert all(answer == answers[0] for answer in answers)
    assert listed(servers[0]) == [answers[0]["id"]]
    after = post(servers[0], token)
    for listener in listeners:
        wait_until(lambda it=listener: after["id"] in it.heard(), "the next one")  # type: ignore[misc]
        assert listener.heard() == [answers[0]["id"], after["id"]]


def test_a_hundred_are_stored_ten_are_shown_and_the_next_says_how_many_were_skipped(
    servers: list[DaphneServer],
    token: str,
    postgres_url: str,
    listen: Callable[[DaphneServer], Listener],
) -> None:
    listeners = [listen(server) for server in servers]

    ids = [post(servers[number % 2], token, text=f"number {number}")["id"] for number in range(100)]
    for listener in listeners:
        wait_until(lambda it=listener: len(it.heard()) >= 10, "ten of them")  # type: ignore[misc]
    assert listed(servers[1]) == ids[::-1]

    # A minute passes.
    with psycopg.connect(postgres_url) as connection:
        connection.execute(
            "UPDATE landing_activity SET decided_at = decided_at - interval '1 minute'"
        )
    next_minute = post(servers[0], token, text="the next minute")["id"]
    for listener in listeners:
        wait_until(lambda it=listener: next_minute in it.heard(), "the next minute")  # type: ignore[misc]
        assert listener.heard() == [*ids[:10], next_minute]
        assert [frame.get("skipped") for frame in listener.of("activity")] == [None] * 10 + [90]


@pytest.mark.parametrize("during", ["between", "while it is away"])
def test_a_restart_of_redis_loses_no_activity_and_repeats_none(
    servers: list[DaphneServer],
    token: str,
    redis_server: RedisServer,
    listen: Callable[[DaphneServer], Listener],
    during: str,
) -> None:
    listeners = [listen(server) for server in servers]
    before = post(servers[0], token)["id"]
    for listener in listeners:
        wait_until(lambda it=listener: before in it.heard(), "the first one")  # type: ignore[misc]

    redis_server.stop()
    if during == "while it is away":
        after = post(servers[0], token)["id"]
        redis_server.start()
    else:
        redis_server.start()
        after = post(servers[0], token)["id"]

    for listener in listeners:
        wait_until(lambda it=listener: after in it.heard(), "the second one")  # type: ignore[misc]
    # Two heartbeats, in which something could be said again.
    time.sleep(2.5)
    for listener in listeners:
        assert listener.heard() == [before, after]
        assert listener.of("activity-removed") == []


def test_a_command_in_another_process_reaches_the_pages(
    daphne: Callable[..., DaphneServer], listen: Callable[[DaphneServer], Listener]
) -> None:
    server = daphne(LANDING_HEARTBEAT_SECONDS="1")
    listener = listen(server)
    data = json.dumps({"plan": "free"})

    said = server.manage("publish_activity", "joined", "--kind", "signup", "--data", data)

    assert "and on the pages" in said
    wait_until(lambda: len(listener.heard()) == 1, "within a heartbeat, without Redis")
