from __future__ import annotations

import pytest
import redis

from tests.services.redis import RedisServer


def test_a_restart_without_a_dump_is_empty(redis_server: RedisServer) -> None:
    with redis_server.client() as client:
        client.set("name", "value")
    redis_server.restart()
    with redis_server.client() as client:
        assert client.get("name") is None


def test_a_restart_with_a_dump_has_what_was_there_then(redis_server: RedisServer) -> None:
    with redis_server.client() as client:
        client.set("name", "old")
        dump = redis_server.dump()
        client.set("name", "new")
    redis_server.restart(dump)
    with redis_server.client() as client:
        assert client.get("name") == b"old"


def test_a_paused_server_does_not_answer_until_it_is_resumed(redis_server: RedisServer) -> None:
    with redis.Redis(port=redis_server.port, socket_timeout=0.1, retry=None) as client:
        redis_server.pause()
        with pytest.raises(redis.TimeoutError):
            client.ping()
    redis_server.resume()
    with redis_server.client() as client:
        assert client.ping()


def test_the_fixture_gives_an_empty_server_again_after_one_was_stopped(
    redis_server: RedisServer, request: pytest.FixtureRequest
) -> None:
    redis_server.stop()
    assert not redis_server.running


def test_a_server_with_a_password_refuses_a_client_without_one() -> None:
    server = RedisServer("--requirepass", "secret")
    try:
        server.start()
        with server.client() as client, pytest.raises(redis.AuthenticationError):
            client.get("name")
    finally:
        server.close()
