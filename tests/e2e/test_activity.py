"""Activities on two processes with one Redis and one PostgreSQL."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect
from playwright.sync_api import TimeoutError as PlaywrightTimeoutError

from tests.services import http
from tests.services.cluster import Cluster
from tests.services.ports import wait_until
from tests.services.raw_websocket import RawWebSocket
from tests.services.site import DaphneServer

FEED = "/ws/landing/?topics=activity"
JOINED = {"kind": "signup", "text": "joined", "actor": "Ana"}
#: Longer than the promised second, so that only a push can arrive within it every time.
HEARTBEAT_SECONDS = 2
TIMING = {
    "LANDING_HEARTBEAT_SECONDS": str(HEARTBEAT_SECONDS),
    "LANDING_LEASE_SECONDS": str(3 * HEARTBEAT_SECONDS),
}
#: Other tests may slow down single attempts.
ATTEMPTS = 5
PROMISED_MS = 1_000


class Listener:
    """A client that follows the activities of one server and records every frame."""

    def __init__(self, server: DaphneServer) -> None:
        self.frames: list[dict[str, Any]] = []
        self._stack = ExitStack()
        self._socket = self._stack.enter_context(RawWebSocket(server.port, path=FEED))
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()
        wait_until(lambda: bool(self.of("activity-history")), "the history")

    def of(self, kind: str) -> list[dict[str, Any]]:
        """Return the frames of one type."""
        return [frame for frame in list(self.frames) if frame["type"] == kind]

    def received(self) -> list[int]:
        """Return the id of every activity in the order of arrival, with repetitions."""
        return [frame["id"] for frame in self.of("activity")]

    def wait_for(self, activity: int) -> None:
        """Wait until this activity has arrived."""
        wait_until(lambda: activity in self.received(), f"activity {activity}")

    def close(self) -> None:
        self._socket.leave()
        self._thread.join(timeout=10)
        self._stack.close()

    def _listen(self) -> None:
        while True:
            try:
                for frame in self._socket.messages():
                    self.frames.append(frame)
            except TimeoutError:
                continue  # the server was silent for a while
            except ConnectionError:
                return


@pytest.fixture(scope="module")
def cluster(production: dict[str, str]) -> Iterator[Cluster]:
    cluster = Cluster({**production, **TIMING})
    yield cluster
    cluster.close()


@pytest.fixture(scope="module")
def token(cluster: Cluster) -> str:
    return cluster.servers[0].manage("activity_token", "create", "tests").strip()


@pytest.fixture
def servers(cluster: Cluster) -> list[DaphneServer]:
    """Both servers, with an empty feed."""
    cluster.execute("TRUNCATE landing_activity")
    for server in cluster.servers:
        wait_until(lambda it=server: read_feed(it) == [], "an empty feed")  # type: ignore[misc]
    return cluster.servers


@pytest.fixture
def listeners(servers: list[DaphneServer]) -> Iterator[list[Listener]]:
    """One client on each server."""
    listeners = [Listener(server) for server in servers]
    yield listeners
    for listener in listeners:
        listener.close()


def read_feed(server: DaphneServer) -> list[dict[str, Any]]:
    """Return the items that the server sends to a new connection."""
    with RawWebSocket(server.port, path=FEED) as socket:
        history = socket.wait_for(lambda frame: frame["type"] == "activity-history")
    items: list[dict[str, Any]] = history["items"]
    return items


def post(server: DaphneServer, token: str, **fields: Any) -> dict[str, Any]:
    """Publish an activity through the API and return it."""
    response = http.post(
        f"{server.url}/api/landing/activities/",
        json={**JOINED, **fields},
        headers={"Authorization": f"Api-Key {token}"},
        timeout=20,
    )
    assert response.status_code == 201, response.text
    content: dict[str, Any] = response.json()
    return content


def list_ids(server: DaphneServer) -> list[int]:
    """Return the ids of all activities in the API, page by page, newest first."""
    ids: list[int] = []
    url: str | None = f"{server.url}/api/landing/activities/?limit=40"
    while url:
        page = http.get(url).json()
        ids += [each["id"] for each in page["results"]]
        url = page["next"]
    return ids


def shows_in_time(page: Page, text: str) -> bool:
    try:
        page.get_by_text(text).wait_for(timeout=PROMISED_MS)
    except PlaywrightTimeoutError:
        return False
    return True


def test_an_activity_of_one_process_shows_within_a_second_in_a_browser_on_the_other(
    browser: Browser, servers: list[DaphneServer], token: str
) -> None:
    one, other = servers
    page = browser.new_page()
    page.goto(other.url)
    expect(page.locator('live-user-counter[state="live"]')).to_be_visible()

    in_time = []
    for number in range(ATTEMPTS):
        post(one, token, text=f"joined as number {number}")
        in_time.append(shows_in_time(page, f"joined as number {number}"))
    page.close()

    assert sum(in_time) > ATTEMPTS / 2, in_time


def test_every_page_shows_an_activity_until_it_is_hidden(
    browser: Browser, servers: list[DaphneServer], token: str
) -> None:
    one, other = servers
    page = browser.new_page()
    page.goto(other.url)
    items = page.locator("live-activity-feed li")

    published = post(one, token, text="<b>joined</b> & stayed")
    expect(items).to_contain_text("<b>joined</b> & stayed")

    # The worker sends it to a new page; without JavaScript, the page contains it.
    for options in ({}, {"java_script_enabled": False}):
        context = browser.new_context(**options)
        later = context.new_page()
        later.goto(one.url)
        expect(later.locator("live-activity-feed li")).to_have_count(1)
        context.close()

    hide = f"from landing.activity import hide; print(hide([{published['id']}]))"
    one.manage("shell", "-c", hide)
    expect(items).to_have_count(0)
    page.close()


def test_twenty_simultaneous_requests_with_one_key_are_one_row_and_one_frame(
    servers: list[DaphneServer], token: str, listeners: list[Listener]
) -> None:
    with ThreadPoolExecutor(20) as clients:
        answers = list(
            clients.map(lambda n: post(servers[n % 2], token, external_id="order-7"), range(20))
        )

    assert all(answer == answers[0] for answer in answers)
    assert list_ids(servers[0]) == [answers[0]["id"]]
    for listener in listeners:
        listener.wait_for(answers[0]["id"])
    after = post(servers[0], token)["id"]
    for listener in listeners:
        listener.wait_for(after)
        assert listener.received() == [answers[0]["id"], after]


def test_of_a_hundred_activities_ten_are_shown_and_the_next_one_counts_the_skipped(
    cluster: Cluster, servers: list[DaphneServer], token: str, listeners: list[Listener]
) -> None:
    ids = [post(servers[number % 2], token, text=f"number {number}")["id"] for number in range(100)]
    # Activities of different workers may arrive in another order; pages sort them.
    for listener in listeners:
        for shown in ids[:10]:
            listener.wait_for(shown)
    assert list_ids(servers[1]) == ids[::-1]

    # A minute passes.
    cluster.execute("UPDATE landing_activity SET decided_at = decided_at - interval '1 minute'")
    next_minute = post(servers[0], token, text="the next minute")["id"]
    for listener in listeners:
        listener.wait_for(next_minute)
        assert sorted(listener.received()) == [*ids[:10], next_minute]
        assert [frame.get("skipped") for frame in listener.of("activity")] == [None] * 10 + [90]


@pytest.mark.parametrize("is_away", [False, True], ids=["published after", "published during"])
def test_a_restart_of_redis_neither_loses_nor_repeats_an_activity(
    cluster: Cluster,
    servers: list[DaphneServer],
    token: str,
    listeners: list[Listener],
    is_away: bool,
) -> None:
    first = post(servers[0], token)["id"]
    for listener in listeners:
        listener.wait_for(first)

    cluster.redis.stop()
    if not is_away:
        cluster.redis.start()
    second = post(servers[0], token)["id"]
    if is_away:
        cluster.redis.start()
    for listener in listeners:
        listener.wait_for(second)

    # Frames keep their order: a repetition would arrive before the third activity.
    third = post(servers[1], token)["id"]
    for listener in listeners:
        listener.wait_for(third)
        assert listener.received() == [first, second, third]
        assert listener.of("activity-removed") == []


def test_an_activity_of_a_command_reaches_the_pages_without_redis(
    daphne: Callable[..., DaphneServer],
) -> None:
    server = daphne(LANDING_HEARTBEAT_SECONDS="1")
    data = json.dumps({"plan": "free"})
    listener = Listener(server)

    output = server.manage("publish_activity", "joined", "--kind", "signup", "--data", data)

    assert "is shown on open pages" in output
    wait_until(lambda: len(listener.received()) == 1, "the activity")
    listener.close()
