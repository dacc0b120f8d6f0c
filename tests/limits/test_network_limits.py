from __future__ import annotations

from landing.conf import LandingSettings
from landing.limits.network_limits import NetworkLimits


def test_a_network_has_a_maximum_of_connections_and_others_are_not_affected() -> None:
    limits = NetworkLimits(LandingSettings(LANDING_NETWORK_MAX_CONNECTIONS=2))

    assert [limits.open_connection("a") for _ in range(3)] == [True, True, False]
    assert limits.open_connection("b")
    limits.close_connection("a")
    assert limits.open_connection("a")


def test_networks_without_connections_are_forgotten() -> None:
    limits = NetworkLimits(LandingSettings())
    for number in range(100):
        limits.open_connection(str(number))
        limits.close_connection(str(number))

    assert limits._connections == {}


def test_zero_switches_every_limit_off() -> None:
    limits = NetworkLimits(
        LandingSettings(
            LANDING_NETWORK_MAX_CONNECTIONS=0,
            LANDING_NETWORK_HANDSHAKES_PER_SECOND=0,
            LANDING_NETWORK_REQUESTS_PER_SECOND=0,
            LANDING_MAX_FRAMES_PER_SECOND=0,
        ),
        clock=lambda: 0.0,
    )

    for _ in range(1_000):
        assert limits.open_connection("a")
        assert not limits.handshakes.take("a")
        assert not limits.requests.take("a")
        limits.frames.spend("a", cost=100)
    assert not limits.frames.wait_seconds("a")


def test_a_burst_is_five_seconds_of_the_rate() -> None:
    limits = NetworkLimits(
        LandingSettings(LANDING_NETWORK_HANDSHAKES_PER_SECOND=4), clock=lambda: 0.0
    )

    assert [bool(limits.handshakes.take("a")) for _ in range(21)] == [False] * 20 + [True]
