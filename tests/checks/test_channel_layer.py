"""The system checks of ``CHANNEL_LAYERS``."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any

import pytest
from pytest_django import Settings
from redis.asyncio.connection import AbstractConnection

from landing.checks import channel_layer
from tests.checks.test_checks import findings

CORE = "channels_redis.core.RedisChannelLayer"
PUBSUB = "channels_redis.pubsub.RedisPubSubChannelLayer"
URL = "redis://localhost"


@pytest.fixture(autouse=True)
def _with_redis(settings: Settings) -> None:
    settings.REDIS_URL = URL


def use(settings: Settings, backend: str | None, **config: Any) -> None:
    """Set the default layer; None: no layer at all."""
    default = {"default": {"BACKEND": backend, "CONFIG": config}}
    settings.CHANNEL_LAYERS = default if backend else {}


def test_the_layer_of_the_site_has_no_findings(settings: Settings) -> None:
    use(settings, PUBSUB, hosts=[URL])
    assert findings() == {}


@pytest.mark.parametrize(
    "host",
    [
        URL,
        {"address": URL},
        ("localhost", 6379),
        {"address": URL, "socket_timeout": 3},
        {"address": URL, "socket_timeout": 5.0},
        f"{URL}?socket_timeout=2",
        "unix:///tmp/redis.sock",
        {"master_name": "main", "sentinels": [("localhost", 26379)]},
        {"master_name": "main", "sentinels": [("localhost", 26379)], "socket_timeout": 1},
    ],
)
def test_a_timeout_within_the_blocking_read_gives_a_warning(host: Any, settings: Settings) -> None:
    use(settings, CORE, hosts=[host])
    found = findings()
    assert set(found) == {"landing.W104"}
    assert "pubsub" in found["landing.W104"]
    assert '"socket_timeout": None' in found["landing.W104"]


@pytest.mark.parametrize(
    "host",
    [
        {"address": URL, "socket_timeout": None},
        {"address": URL, "socket_timeout": 6},
        f"{URL}?socket_timeout=30",
        {"master_name": "m", "sentinels": [("localhost", 26379)], "socket_timeout": None},
    ],
)
def test_a_longer_timeout_or_none_has_no_findings(host: Any, settings: Settings) -> None:
    use(settings, CORE, hosts=[host])
    assert findings() == {}


def test_one_host_with_a_short_timeout_is_enough(settings: Settings) -> None:
    use(settings, CORE, hosts=[{"address": URL, "socket_timeout": None}, URL])
    assert set(findings()) == {"landing.W104"}


def test_a_redis_client_without_a_default_timeout_has_no_findings(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The default exists since version 8."""

    def without_default(
        self: Any, *, socket_timeout: float | None = None, **others: Any
    ) -> None: ...

    monkeypatch.setattr(AbstractConnection, "__init__", without_default)
    use(settings, CORE, hosts=[URL])
    assert findings() == {}


def test_redis_with_a_layer_in_memory_gives_a_warning(settings: Settings) -> None:
    use(settings, "channels.layers.InMemoryChannelLayer")
    assert set(findings()) == {"landing.W102"}


def test_redis_without_a_layer_has_no_findings_because_the_app_has_one(settings: Settings) -> None:
    use(settings, None)
    assert findings() == {}
    del settings.CHANNEL_LAYERS
    assert findings() == {}


def test_neither_redis_nor_a_layer_has_no_findings(settings: Settings) -> None:
    settings.REDIS_URL = ""
    use(settings, None)
    assert findings() == {}


@pytest.mark.parametrize("layers", [None, {"default": None}, {"default": "redis"}])
def test_a_layer_of_another_type_gives_an_error(layers: Any, settings: Settings) -> None:
    settings.REDIS_URL = ""
    settings.CHANNEL_LAYERS = layers
    assert set(findings()) == {"landing.E103"}


@pytest.mark.parametrize(
    ("backend", "config", "reason"),
    [
        ("no.such.Layer", {}, "no.such.Layer"),
        (f"{CORE}X", {}, f"{CORE}X"),
        (CORE, {"no_such_option": 1}, "no_such_option"),
        (CORE, {"hosts": URL}, "list"),
        (PUBSUB, {"hosts": URL}, "list"),
        *(
            (backend, {"hosts": [host]}, reason)
            for backend in (CORE, PUBSUB)
            for host, reason in (
                ("localhost:6379", "redis://"),
                ("localhost", "redis://"),
                ("redis://localhost:abc", "abc"),
                ("redis://localhost?socket_timeout=abc", "socket_timeout"),
                ({"address": ("localhost", 6379)}, ""),
                ({"address": URL, "bogus": 1}, "bogus"),
            )
        ),
    ],
)
def test_a_layer_that_cannot_be_built_gives_an_error_with_the_reason(
    backend: str, config: dict[str, Any], reason: str, settings: Settings
) -> None:
    use(settings, backend, **config)
    found = findings()
    assert set(found) == {"landing.E103"}
    assert reason in found["landing.E103"]


@pytest.mark.parametrize("missing", ["redis", "channels_redis"])
def test_redis_without_its_packages_gives_an_error(
    missing: str, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(settings, PUBSUB, hosts=[URL])
    monkeypatch.setattr(
        channel_layer, "find_spec", lambda name: None if name == missing else find_spec(name)
    )
    assert set(findings()) == {"landing.E105"}
    assert f"REDIS_URL is set, but {missing} cannot" in findings()["landing.E105"]

    settings.REDIS_URL = ""
    use(settings, None)
    assert findings() == {}
