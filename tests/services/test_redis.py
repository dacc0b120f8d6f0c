from __future__ import annotations

import pytest
import redis

from tests.services.redis import RedisServer


def test_a_restart_without_a_dump_deletes_the_data(redis_server: RedisServer) -> None:
    with redis_server.client() as client:
        client.set("name", "value")
    redis_server.restart()
    with redis_server.client() as client:
        assert client.get("name") is None


def test_a_restart_with_a_dump_restores_its_data(redis_server: RedisServer) -> None:
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


def test_a_stopped_server_refuses_connections(redis_server: RedisServer) -> None:
    redis_server.stop()
    assert not redis_server.is_running
    with redis_server.client() as client, pytest.raises(redis.ConnectionError):
        client.ping()


def test_a_server_with_a_password_rejects_a_client_without_it() -> None:
    server = RedisServer("--requirepass", "secret")
    try:
        server.start()
        with server.client() as client, pytest.raises(redis.AuthenticationError):
            client.get("name")
    finally:
        server.close()
