from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

import pytest

from landing.limits import shared_visitors_per_network
from landing.limits.shared_visitors_per_network import PAUSE_SECONDS, SharedVisitorsPerNetwork
from tests.live.presence.redis_harness import create_user
from tests.services.redis import RedisServer

KEEP_SECONDS = 3600.0
OFFICE, HOME = "192.0.2.1", "2001:db8::/64"
MAX = 3


class Process:
    """The shared visitors as one process knows them, with its own clock."""

    def __init__(self, url: str) -> None:
        self.now = 100.0
        self.visitors = SharedVisitorsPerNetwork(
            url, "landing", KEEP_SECONDS, 0.5, lambda: self.now
        )

    def advance(self, seconds: float) -> None:
        self.now += seconds
        self.visitors.clock_offset_ms += round(1000 * seconds)

    def refused(self, *numbers: int, network: str = OFFICE, limit: int = MAX) -> list[int]:
        visitors = [(network, bytes([number]) * 16) for number in numbers]
        found: Collection[Any] = self.visitors.find_refused(visitors, limit)
        return sorted(id[0] for _, id in found)


@pytest.fixture
def processes(redis_server: RedisServer) -> Iterator[tuple[Process, Process]]:
    found = Process(redis_server.url), Process(redis_server.url)
    yield found
    for process in found:
        process.visitors.close()


def calls(server: RedisServer) -> int:
    """Count the scripts that Redis has run since its start."""
    with server.client() as client:
        statistics = client.info("commandstats")
    return sum(statistics.get(f"cmdstat_{name}", {"calls": 0})["calls"] for name in NAMES)


NAMES = ("eval", "evalsha")


# -- the limit


def test_all_processes_together_admit_no_more_than_the_maximum(
    processes: tuple[Process, Process],
) -> None:
    first, second = processes
    assert first.refused(1, 2) == []
    assert second.refused(3, 4, 5) == [4, 5]
    assert first.refused(6) == [6]
    assert first.refused(1, 2, 3) == second.refused(1, 2, 3) == []


def test_another_network_has_places_of_its_own(processes: tuple[Process, Process]) -> None:
    first, second = processes
    assert first.refused(1, 2, 3, 4) == [4]
    assert second.refused(1, 2, 3, 4, network=HOME) == [4]


def test_one_call_serves_several_networks(
    processes: tuple[Process, Process], redis_server: RedisServer
) -> None:
    process, before = processes[0], calls(redis_server)
    process.refused(1)
    before = calls(redis_server)
    visitors = [(network, bytes([number])) for number in range(5) for network in (OFFICE, HOME)]

    refused = process.visitors.find_refused(visitors, MAX)

    # Of the office, one place was taken.
    assert refused == {
        (OFFICE, b"\2"),
        (OFFICE, b"\3"),
        (OFFICE, b"\4"),
        (HOME, b"\3"),
        (HOME, b"\4"),
    }
    assert calls(redis_server) == before + 1


def test_a_batch_that_is_asked_again_gets_the_same_answer(
    processes: tuple[Process, Process], redis_server: RedisServer
) -> None:
    for process in (*processes, Process(redis_server.url), *processes):
        assert process.refused(1, 2, 3, 4, 4, 1) == [4]


def test_a_lower_maximum_keeps_the_visitors_and_admits_no_more(
    processes: tuple[Process, Process],
) -> None:
    first, second = processes
    assert first.refused(1, 2, 3, limit=3) == []
    assert second.refused(1, 2, 3, 4, limit=1) == [4]


def test_an_unknown_network_and_a_maximum_of_zero_mean_no_limit_and_no_call(
    processes: tuple[Process, Process], redis_server: RedisServer
) -> None:
    before = calls(redis_server)
    assert processes[0].refused(*range(9), network="") == []
    assert processes[0].refused(*range(9), limit=0) == []
    assert calls(redis_server) == before


# -- time


def test_a_place_is_free_after_the_time_of_a_visitor(processes: tuple[Process, Process]) -> None:
    first, second = processes
    assert first.refused(1, 2, 3) == []
    for process in processes:
        process.advance(KEEP_SECONDS - 1)
    assert second.refused(4) == [4]
    for process in processes:
        process.advance(2)
    assert second.refused(4) == []
    assert first.refused(1, 2, 3) == [3]


def test_a_visitor_that_returns_in_time_keeps_its_place(processes: tuple[Process, Process]) -> None:
    first, second = processes
    for _ in range(10):
        assert first.refused(1, 2, 3) == []
        assert second.refused(4) == [4]
        for process in processes:
            process.advance(KEEP_SECONDS / 2 + 1)


def test_a_batch_without_new_visitors_costs_no_call(
    processes: tuple[Process, Process], redis_server: RedisServer
) -> None:
    process = processes[0]
    process.refused(1, 2, 3)
    before = calls(redis_server)
    for _ in range(10):
        assert process.refused(1, 2, 3) == []
    assert calls(redis_server) == before
    process.advance(KEEP_SECONDS / 2)
    assert process.refused(1, 2, 3) == []
    assert calls(redis_server) == before + 1


def test_the_remembered_visitors_are_bounded(
    processes: tuple[Process, Process], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shared_visitors_per_network, "MAX_VISITORS", 10)
    process = processes[0]
    for number in range(100):
        assert process.refused(number, limit=1000) == []
    assert process.refused(100, limit=100) == [100], "Redis still has the others"
    assert len(process.visitors._renew_at) == 10


def test_visitors_that_must_be_renewed_are_forgotten(processes: tuple[Process, Process]) -> None:
    process = processes[0]
    process.refused(1, 2)
    process.advance(KEEP_SECONDS / 4)
    process.refused(3)
    process.advance(KEEP_SECONDS / 4)
    process.refused(4, network=HOME)
    assert [id[0] for _, id in process.visitors._renew_at] == [3, 4]


# -- what Redis holds


def test_redis_holds_keyed_hashes_that_expire_and_no_ids(
    processes: tuple[Process, Process], redis_server: RedisServer
) -> None:
    processes[0].refused(1, 2, 3, 4)
    with redis_server.client() as client:
        (key,) = client.keys()
        assert key.startswith(b"{landing}:visitors:") and b"192" not in key
        assert 0 < client.pttl(key) <= 1000 * KEEP_SECONDS
        assert {len(visitor) for visitor in client.zrange(key, 0, -1)} == {8}


def test_a_visitor_that_is_refused_does_not_extend_the_time_of_the_key(
    processes: tuple[Process, Process], redis_server: RedisServer
) -> None:
    processes[0].refused(1, 2, 3)
    with redis_server.client() as client:
        (key,) = client.keys()
        client.pexpire(key, 50_000)
        processes[1].refused(4)
        assert client.pttl(key) <= 50_000


@pytest.mark.parametrize("rules", ["-pexpire", "-zadd", "-evalsha", "-eval"])
def test_a_missing_permission_refuses_nobody_and_leaves_no_key(
    redis_server: RedisServer, rules: str, caplog: pytest.LogCaptureFixture
) -> None:
    with redis_server.client() as client:
        client.script_flush()
        process = Process(create_user(client, f"~{{landing}}:* +@all {rules}"))
        assert process.refused(*range(9)) == []
        assert client.keys() == []
    process.visitors.close()
    assert len(caplog.records) == 1


@pytest.mark.parametrize("rules", ["-script", "-client -hello", "-config -info"])
def test_other_permissions_are_not_necessary(redis_server: RedisServer, rules: str) -> None:
    with redis_server.client() as client:
        client.script_flush()
        process = Process(create_user(client, f"~{{landing}}:* +@all {rules}"))
    assert process.refused(1, 2, 3, 4) == [4]
    process.visitors.close()


# -- outages


@pytest.mark.parametrize(
    ("interrupt", "restore"), [("stop", "start"), ("pause", "resume")], ids=["stopped", "hanging"]
)
def test_during_an_outage_nobody_is_refused_and_two_lines_are_logged(
    processes: tuple[Process, Process],
    redis_server: RedisServer,
    caplog: pytest.LogCaptureFixture,
    interrupt: str,
    restore: str,
) -> None:
    process = processes[0]
    assert process.refused(1, 2, 3, 4) == [4]
    getattr(redis_server, interrupt)()
    for _ in range(2):
        process.advance(PAUSE_SECONDS)
        assert process.refused(4, 5, 6, 7, 8) == []
    getattr(redis_server, restore)()
    process.advance(PAUSE_SECONDS)
    assert processes[1].refused(1, 2, 3) == []
    assert process.refused(8) == [8], "nobody was admitted during the outage"
    assert [record.levelname for record in caplog.records] == ["ERROR", "WARNING"]


def test_after_a_failed_call_redis_has_a_pause(redis_server: RedisServer) -> None:
    with redis_server.client() as client:
        process = Process(create_user(client, "~{landing}:* +@all -time"))
        process.refused(1)
        before = calls(redis_server)
        process.advance(PAUSE_SECONDS - 1)
        assert process.refused(1) == []
        assert calls(redis_server) == before
        process.advance(1)
        create_user(client, "~{landing}:* +@all")
    assert process.refused(1, 2, 3, 4) == [4]
    process.visitors.close()


@pytest.mark.parametrize("url", ["http://localhost", "redis://:secret@localhost:port/0"])
def test_a_malformed_url_refuses_nobody_and_its_password_is_not_logged(
    url: str, caplog: pytest.LogCaptureFixture
) -> None:
    assert Process(url).refused(*range(9)) == []
    assert "must be a Redis URL" in caplog.text
    assert "secret" not in caplog.text


def test_options_of_the_url_do_not_change_the_timeout_and_the_encoding(
    redis_server: RedisServer,
) -> None:
    process = Process(f"{redis_server.url}?socket_timeout=3600&decode_responses=true&protocol=3")
    assert process.refused(1, 2, 3, 4) == [4]
    redis_server.pause()
    process.advance(KEEP_SECONDS)
    assert process.refused(1, 2, 3, 4) == []
    process.visitors.close()
