"""The counters of the resource scenarios, and the churn."""

from __future__ import annotations

import pytest

from tests.load.bench import audience, servers
from tests.load.bench.audience import Task
from tests.load.bench.churn import Churn, keep_up, verify_joins
from tests.load.bench.crowd import Crowd
from tests.load.bench.scenarios.redis_commands import counted_commands
from tests.load.bench.scenarios.stuck_readers import FRAME_BYTES, HealthySocket
from tests.services.redis import RedisServer

SCRIPT = "redis.call('SET', 'a', 1); redis.call('INCR', 'a'); return redis.call('GET', 'a')"


def test_commands_inside_a_script_are_not_counted(redis_server: RedisServer) -> None:
    with redis_server.client() as client:
        client.ping()
        with counted_commands(redis_server) as counts:
            client.eval(SCRIPT, 0)
            client.get("a")
            client.get("a")
        client.get("a")
    assert counts == {"EVAL": 1, "GET": 2}


def test_churn_has_as_many_arrivals_as_departures() -> None:
    with servers.noop() as server:
        crowd = Crowd(server)
        crowd.connect(20)
        churn = Churn(crowd, rate=40)
        keep_up([churn], 0.5)
        crowd.run_until(lambda: crowd.connected == 20 + churn.knocked, timeout_seconds=10)
        crowd.vanish()
    assert churn.knocked in (19, 20)
    assert crowd.connected == 20 + churn.knocked
    assert not crowd.lost


def test_too_few_joins_are_an_error() -> None:
    verify_joins(rate=100, seconds=4, joined=380)
    with pytest.raises(RuntimeError, match=r"94\.8 joins a second instead of 100"):
        verify_joins(rate=100, seconds=4, joined=379)


def test_a_crowd_in_its_own_process_runs_tasks() -> None:
    with servers.noop() as server, audience.gathered(server) as people:
        assert people.do(Task(arrive=20)).open == 20
        done = people.do(Task(rate=40, seconds=0.5))
        assert 0 < done.joined <= 20


def test_a_crowd_without_a_server_is_an_error() -> None:
    with servers.noop() as server, audience.gathered(server) as people:
        server.terminate()
        server.wait()
        with pytest.raises(RuntimeError):
            people.do(Task(arrive=1))


def test_the_healthy_socket_receives_every_frame_beside_a_stuck_one() -> None:
    with servers.plain() as server:
        healthy = HealthySocket(server)
        crowd = Crowd(server)
        crowd.connect(1)
        crowd.stop_reading(1)
        for number in range(30):
            crowd.broadcast(f"{number:010d}".ljust(FRAME_BYTES, "x"))
        while len(healthy.numbers) < 30:
            healthy.read(5)
        healthy.close()
        crowd.vanish()
    assert healthy.numbers == list(range(30))
