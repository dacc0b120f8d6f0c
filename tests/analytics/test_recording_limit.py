"""The limit of visitors with rows, per network and over all processes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection

from landing.analytics import recording
from landing.analytics.write_buffer.buffer import WriteBuffer
from landing.analytics.write_buffer.insert import PendingRow
from landing.visitors.identity import Identity
from tests.analytics.page_views import NOON, Refuse, stored, view
from tests.analytics.rows import visitor
from tests.services.redis import RedisServer

pytestmark = pytest.mark.each_database


OFFICE, HOME = "192.0.2.1", "192.0.2.2"


class Processes:
    """Server processes with one Redis, one after the other."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._monkeypatch = monkeypatch
        self.start_next()

    def start_next(self) -> None:
        recording._reset()
        writer = WriteBuffer(recording.store, in_background=False)
        self._monkeypatch.setattr(recording, "writer", writer)


@pytest.fixture
def processes(
    monkeypatch: pytest.MonkeyPatch, redis_server: RedisServer, settings: Any
) -> Iterator[Processes]:
    settings.REDIS_URL = redis_server.url
    settings.LANDING_NETWORK_MAX_PEOPLE = 3
    yield Processes(monkeypatch)
    recording._reset()


def come(*numbers: int, network: str = OFFICE) -> list[int]:
    """View a page as these visitors; return those that this process admits."""
    admitted = [each for each in numbers if recording.visitors.admit(network, visitor(each))]
    for number in admitted:
        view(number, network=network)
    return admitted


def stored_visitors() -> list[bytes]:
    return [bytes(row.visitor_id) for row in stored()]


@pytest.mark.django_db
def test_two_processes_add_no_more_visitors_of_a_network_than_its_maximum(
    processes: Processes, caplog: pytest.LogCaptureFixture
) -> None:
    come(1, 2)
    assert len(stored_visitors()) == 2
    processes.start_next()
    come(3, 4, 5)
    come(3, 4, 5, network=HOME)
    recording.record_dwell([Identity(visitor(5), network=OFFICE)], NOON)

    expected = [1, 2, 3, 3, 4, 5]
    assert stored_visitors() == [visitor(number) for number in expected]
    assert recording.writer.waiting_rows == recording.writer.dropped_rows == 0
    (line,) = caplog.messages
    assert line.startswith("A network has LANDING_NETWORK_MAX_PEOPLE new visitors")


@pytest.mark.django_db
def test_a_refused_visitor_leaves_no_more_rows_to_the_writer(processes: Processes) -> None:
    come(1, 2, 3)
    stored()
    processes.start_next()
    assert come(4) == [4]
    assert len(stored_visitors()) == 3

    assert come(4, 5) == []
    assert come(4, network=HOME) == [4]


@pytest.mark.django_db(transaction=True)
def test_a_batch_that_the_database_refuses_has_the_same_visitors_when_it_is_repeated(
    processes: Processes, refuse: Refuse
) -> None:
    come(1, 2)
    stored()
    processes.start_next()
    come(3, 4)
    with connection.execute_wrapper(refuse):
        for _ in range(2):
            assert not recording.writer.flush()
    invalid = PendingRow(bytes(15), None, "page_view", "/", "", NOON)
    recording.writer.extend([invalid])

    assert stored_visitors() == [visitor(1), visitor(2), visitor(3)]


@pytest.mark.django_db
def test_without_redis_each_process_limits_the_visitors_for_itself(
    processes: Processes, settings: Any
) -> None:
    settings.REDIS_URL = ""
    for _ in range(2):
        processes.start_next()
        assert come(1, 2, 3, 4) == [1, 2, 3]
        stored()

    assert recording.shared_visitors() is None
    assert len(stored_visitors()) == 6


@pytest.mark.django_db
def test_an_outage_of_redis_costs_no_rows(processes: Processes, redis_server: RedisServer) -> None:
    redis_server.stop()
    assert come(1, 2, 3, 4) == [1, 2, 3]

    assert len(stored_visitors()) == 3
