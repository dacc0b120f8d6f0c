"""Findings about the server, from real replies to INFO and from replies of other servers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from landing.doctor.finding import Finding, Status
from landing.doctor.server import examine_clocks, examine_server
from tests.services.redis import RedisServer


def find(info: dict[str, Any], check: str) -> Finding:
    (found,) = [each for each in examine_server(info) if each.check == check]
    return found


@pytest.fixture(scope="module")
def server() -> Iterator[RedisServer]:
    """Return a Redis whose settings the tests change, one after the other."""
    server = RedisServer()
    server.start()
    yield server
    server.close()


def test_a_server_as_it_should_be_has_no_complaint(server: RedisServer) -> None:
    with server.client() as client:
        findings = [*examine_server(client.info())]
    assert {each.status for each in findings} == {Status.OK}
    assert [each.check for each in findings] == [
        "version", "role", "persistence", "eviction", "memory", "clients",
    ]  # fmt: skip


@pytest.mark.parametrize("policy", ["allkeys-random", "volatile-ttl"])
def test_an_eviction_policy_is_a_warning_with_its_remedy(server: RedisServer, policy: str) -> None:
    with server.client() as client:
        client.config_set("maxmemory-policy", policy)
        found = find(client.info(), "eviction")
        client.config_set("maxmemory-policy", "noeviction")
    assert (found.status, found.remedy) == (
        Status.WARNING,
        "Set maxmemory-policy to noeviction.",
    )
    assert f"maxmemory-policy {policy}" in found.sentence


def test_a_memory_that_is_almost_full_is_a_warning(server: RedisServer) -> None:
    with server.client() as client:
        client.config_set("maxmemory", client.info()["used_memory"])
        found = find(client.info(), "memory")
        client.config_set("maxmemory", 0)
    assert found.status is Status.WARNING


def test_a_replica_is_a_problem(server: RedisServer) -> None:
    with server.client() as client:
        with server.as_replica():
            found = find(client.info(), "role")
        assert find(client.info(), "role").status is Status.OK
    assert found.status is Status.PROBLEM
    assert "read-only replica of 127.0.0.1:" in found.sentence
    assert "(link down)" in found.sentence


def test_a_failed_save_is_a_warning(server: RedisServer) -> None:
    with server.client() as client:
        with server.unable_to_save():
            found = find(client.info(), "persistence")
        assert find(client.info(), "persistence").status is Status.OK
    assert found.status is Status.WARNING
    assert "rdb_last_bgsave_status" in found.sentence


@pytest.mark.parametrize(
    ("info", "status", "text"),
    [
        ({"redis_version": "6.0.16"}, Status.PROBLEM, "Redis 6.0.16 is too old"),
        ({"redis_version": "6.2.0"}, Status.OK, "Redis 6.2.0 has been up"),
        ({"redis_version": "10.1.0"}, Status.OK, "Redis 10.1.0 has been up"),
        (
            {"redis_version": "7.2.4", "server_name": "valkey", "valkey_version": "8.0.1"},
            Status.OK,
            "Valkey 8.0.1 has been up",
        ),
        (
            {"uptime_in_seconds": 7_260},
            Status.OK,
            "of an unknown version has been up for 2 h 1 min",
        ),
    ],
)
def test_the_version_decides_whether_presence_can_work(
    info: dict[str, Any], status: Status, text: str
) -> None:
    found = find(info, "version")
    assert found.status is status
    assert text in found.sentence


def test_a_redis_that_loads_its_data_is_a_problem() -> None:
    assert find({"loading": 1}, "persistence").status is Status.PROBLEM


def test_almost_as_many_clients_as_allowed_are_a_warning() -> None:
    assert find({"connected_clients": 95, "maxclients": 100}, "clients").status is Status.WARNING
    assert find({"connected_clients": 5, "maxclients": 100}, "clients").status is Status.OK


@pytest.mark.parametrize(
    ("redis_ms", "sent_ms", "received_ms", "status", "text"),
    [
        (100_000, 100_010, 100_030, Status.OK, "differ by 0.020 s (± 0.010 s)"),
        (100_000, 104_000, 104_002, Status.WARNING, "4.001 s ahead of that of Redis"),
        (100_000, 96_000, 96_002, Status.WARNING, "3.999 s behind that of Redis"),
        (100_000, 98_500, 104_500, Status.OK, "(± 3.000 s)"),
    ],
)
def test_clocks_may_differ_by_a_second_and_the_uncertainty_of_the_question(
    redis_ms: int, sent_ms: int, received_ms: int, status: Status, text: str
) -> None:
    found = examine_clocks(redis_ms, sent_ms, received_ms)
    assert found.status is status
    assert text in found.sentence
