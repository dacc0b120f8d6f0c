"""The counts of refusals, by limit."""

from __future__ import annotations

from http import HTTPStatus

import pytest

from landing.conf import LandingSettings
from landing.limits import hits
from landing.limits.hits import Limit
from landing.live.transport import guard
from landing.live.transport.guard import Guard
from tests.metrics import samples

ADDRESS = "192.0.2.1"


def test_every_limit_has_a_sample_from_the_start() -> None:
    assert {f"landing_limits_hit_total{limit}" for limit in Limit} == set(samples.of(hits.hits))


def test_the_status_of_a_refusal_names_its_limit_unless_several_have_it() -> None:
    with samples.hits_of_limits() as counted:
        for status in (
            HTTPStatus.REQUEST_TIMEOUT,
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
            HTTPStatus.TOO_MANY_REQUESTS,
        ):
            hits.count_status(status)
    assert counted == {"request_time": 1, "body_bytes": 1}


def test_a_guard_counts_each_request_and_handshake_over_a_rate() -> None:
    limited = Guard.from_settings(
        LandingSettings(
            LANDING_NETWORK_REQUESTS_PER_SECOND=1, LANDING_NETWORK_HANDSHAKES_PER_SECOND=1
        )
    )
    with samples.hits_of_limits() as counted:
        for _ in range(7):
            limited.take_request(ADDRESS, is_handshake=False)
        for _ in range(6):
            limited.take_request(ADDRESS, is_handshake=True)
        limited.log_excess()
    assert counted == {"requests": 2, "handshakes": 1, "frames": 1}


def test_a_guard_counts_each_connection_that_it_refuses(monkeypatch: pytest.MonkeyPatch) -> None:
    limited = Guard.from_settings(
        LandingSettings(
            LANDING_NETWORK_MAX_CONNECTIONS=2,
            LANDING_NETWORK_REQUESTS_PER_SECOND=1,
            LANDING_NETWORK_HANDSHAKES_PER_SECOND=0.2,
        )
    )
    with samples.hits_of_limits() as counted:
        assert [limited.admit(ADDRESS) for _ in range(4)] == [True, True, False, False]
    assert counted == {"connections": 2}
    with samples.hits_of_limits() as counted:
        for _ in range(12):
            limited.admit(ADDRESS)
    assert counted == {"connections": 8, "new_connections": 4}
    monkeypatch.setattr(guard, "_max_open_files", lambda: guard.RESERVED_FILES)
    with samples.hits_of_limits() as counted:
        assert not limited.admit("192.0.2.2")
    assert counted == {"open_files": 1}
