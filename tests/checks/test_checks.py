"""The system checks of settings and deployment."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest
from django.core.checks import run_checks
from pytest_django import Settings

from landing import conf, measures
from landing.checks import app_settings, deployment, page
from landing.checks.ids import full_id
from landing_site.static_files import HashedStaticFilesStorage


def findings() -> dict[str, str]:
    """Return message and hint of the app's findings, by check id."""
    messages = run_checks(tags=["landing"], include_deployment_checks=True)
    return {
        message.id: f"{message.msg} {message.hint}"
        for message in messages
        if message.id and message.id.startswith("landing.")
    }


@pytest.fixture(autouse=True)
def _unlimited_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Keep the limits of the machine that runs the tests out of the findings."""
    monkeypatch.setattr(deployment, "max_open_files", lambda: None)
    monkeypatch.setattr(deployment, "SOMAXCONN", tmp_path / "none")


@pytest.mark.parametrize(
    ("name", "value"),
    [("LANDING_METRICS_TOKEN", "a-token-of-a-scraper"), ("LANDING_METRICS_PORT", 9100)],
)
def test_a_setting_of_the_metrics_without_their_package_gives_a_warning(
    name: str, value: object, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(measures, "HAS_PROMETHEUS", False)
    assert findings() == {}
    setattr(settings, name, value)
    assert set(findings()) == {"landing.W106"}
    assert findings()["landing.W106"].startswith(f"{name} is set, but prometheus_client")

    monkeypatch.setattr(measures, "HAS_PROMETHEUS", True)
    assert findings() == {}


def test_the_defaults_have_no_findings() -> None:
    assert findings() == {}


def test_every_setting_has_a_check_with_its_own_id() -> None:
    assert set(app_settings.RULES) == set(conf.NAMES)
    ids = [check_id for check_id, _ in app_settings.RULES.values()]
    assert len(set(ids)) == len(ids)


BAD: dict[str, tuple[Any, ...]] = {
    "LANDING_HEARTBEAT_SECONDS": (0, -1, 301, "5", None, True, math.nan, math.inf),
    "LANDING_LEASE_SECONDS": (0, 3601, "15"),
    "LANDING_LINGER_SECONDS": (-0.1, 301, False),
    "LANDING_BROADCAST_INTERVAL_SECONDS": (0, 61, "fast"),
    "LANDING_STATS_REFRESH_SECONDS": (0, 3601, None),
    "LANDING_ACTIVE_WINDOW_MINUTES": (0, 1441, 1.5, "15"),
    "LANDING_MAX_BAD_FRAMES": (0, True, 10_001),
    "LANDING_MAX_FRAME_BYTES": (63, 65_537),
    "LANDING_MAX_CONNECTIONS_PER_VISITOR": (0, 100_001),
    "LANDING_IGNORE_STAFF": (0, "no", None),
    "LANDING_VISITOR_COOKIE": (0, "no", None),
    "LANDING_VISITOR_COOKIE_NAME": ("", "two words", "a;b", "a=b", 5),
    "LANDING_VISITOR_COOKIE_DAYS": (0, 401),
    "LANDING_METRICS_TOKEN": ("short", "x" * 201, "with a space in it", None),
    "LANDING_METRICS_PORT": (-1, 65_001, "9101", None),
    "LANDING_METRICS_ADDRESS": ("", "localhost", "127.0.0.1:9101", None),
    "LANDING_WORKER_SLOT": (-1, 501, "0"),
    "LANDING_VISITOR_COOKIE_SECURE": (0, "no", None),
    "LANDING_TRUSTED_PROXY_COUNT": (-1, 17),
    "LANDING_IGNORED_PATHS": ("/internal/", ("internal/",), (5,), None),
    "LANDING_BOT_PATTERNS": ("bot", ("[",), (5,), ("",), ("x*",), None),
    "LANDING_NOT_BOT_PATTERNS": ("app", ("(",), (None,), ("|",), None),
    "LANDING_COUNT_HEADLESS_BROWSERS": (0, "no", None),
    "LANDING_MAX_FRAMES_PER_SECOND": (-1, "10", 1_000_001),
    "LANDING_NETWORK_MAX_CONNECTIONS": (-1, 1.5, 1_000_001),
    "LANDING_NETWORK_MAX_PEOPLE": (-1, 2.5, "50", 1_000_001),
    "LANDING_MAX_PLACES": (-1, 2.5, "50", 100_001),
    "LANDING_PRIVATE_PLACES": ("/internal/", ("internal/",), (5,), None),
    "LANDING_UNSIGNED_PLACES": ("/app/", ("app/",), (5,), None),
    "LANDING_MIN_PLACE_PEOPLE": (0, 2.5, "3", 1_000_001),
    "LANDING_NETWORK_HANDSHAKES_PER_SECOND": (-1, "20", math.inf),
    "LANDING_NETWORK_REQUESTS_PER_SECOND": (-1, None, 1_000_001),
    "LANDING_MAX_BODY_BYTES": (0, 1023, 1_073_741_825, "65536"),
    "LANDING_BODY_LIMITS": (("/a/",), ("a=5",), ("/a/=many",), ("/a/=",), (5,), "/a/=5"),
    "LANDING_REFERRER_SPAM_FILE": ("/nowhere/spammers.txt", "/", None, 5),
    "LANDING_COUNTER_SUBTEXT": (
        *(None, "two\nlines", "x" * 201),
        *({}, {"tlh": "Qapla'"}, {"en": None}, {"de": "two\nlines"}, ["en"]),
    ),
    "LANDING_BRAND_NAME": ("", " ", "two\nlines", "x" * 61, None),
    "LANDING_BRAND_COLOR": ("", "green", "#12345", "rgb(1,2,3)", "#1234567", None),
    "LANDING_BRAND_LOGO": ("nowhere.svg", "https://example.com/logo.svg", "//host/logo.svg", None),
    "LANDING_BRAND_ICON": ("../secret.svg", "/two words.svg", "/", None),
    "LANDING_BRAND_SHARE_IMAGE": ("nowhere.png", "data:image/png;base64,", 5),
    "LANDING_BRAND_STYLESHEET": ("nowhere.css", "brand\\style.css", ()),
    "LANDING_HEADLINE": ("", "\t", "two\nlines", "x" * 201, None),
    "LANDING_LEAD": ("two\nlines", "x" * 301, None),
    "LANDING_COUNTER_METRIC": ("visitors", "", None),
    "LANDING_COUNTER_MINIMUM": (-1, "1", None),
    "LANDING_COUNTER_UPDATE_SECONDS": (0, 86_401, 1.5),
    "LANDING_FEED_LIMIT": (0, 21, "5"),
    "LANDING_BASE_TEMPLATE": (
        *("nowhere.html", "live_user_counter/partials/counter.html", "", None, 5),
    ),
    "LANDING_SCRIPT": ("Classic", "modules", "", None),
    "LANDING_SIMULATED_INCREMENT": (-1, "2", None),
    "LANDING_SIMULATED_FALLBACK": ("yes", 1),
    "LANDING_STATS_THROTTLE_RATE": ("120", "0/min", "120/year", "-1/min", None),
    "LANDING_REDIS_PREFIX": ("", "two words", "{tag}", "x" * 65),
    "LANDING_REDIS_URL": ("localhost:6379", "http://localhost", "redis://", 5),
    "LANDING_REDIS_TIMEOUT_SECONDS": (0, 61, "4"),
    "LANDING_ACTIVITY_PER_MINUTE": (-1, 6_001, 1.5, "10", True),
    "LANDING_ACTIVITY_ACTOR_DISPLAY": ("first", "", None, 1),
    "LANDING_ACTIVITY_THROTTLE_RATE": ("600", "0/min", None),
    "LANDING_ACTIVITY_SIGNUPS": ("yes", 1, None),
    "LANDING_SUMMARY_RECIPIENTS": ("ana@example.com", ("ana",), ("ana@example.com", 5), None),
    "LANDING_SUMMARY_URL": ("www.example.com", "https://", "ftp://example.com/", None),
    "LANDING_FAST_PATH": (0, "no", None),
    "LANDING_PROCESS_TUNING": (1, "yes", None),
    "LANDING_PRESENCE_BACKEND": ("nowhere.Backend", "landing.conf.read", "landing", None),
    "LANDING_FANOUT_SHARE": (0, 1.1, "10%", None),
    "LANDING_SLOW_READER_MAX_BYTES": (16_383, 16_777_217, 1e5),
    "LANDING_SLOW_READER_MAX_SECONDS": (0, 301, None),
    "LANDING_ANALYTICS_BATCH_ROWS": (0, 10_001, 1.5),
    "LANDING_ANALYTICS_BATCH_SECONDS": (0, 61, "1"),
    "LANDING_ANALYTICS_BUFFER_ROWS": (0, 10_000_001, None),
    "LANDING_ANALYTICS_HEARTBEAT_MINUTES": (0, 61, 2.5),
    "LANDING_RETENTION_DAYS": (0, 36_501, "90"),
    "LANDING_PRUNE_DAILY": (0, "no", None),
    "LANDING_SIMULATED_BASE_COUNT": (-1, 1_000_000_001, None),
}


def test_every_setting_has_bad_values() -> None:
    assert set(BAD) == set(conf.NAMES)


@pytest.mark.parametrize(
    ("name", "value"), [(name, value) for name, values in BAD.items() for value in values]
)
def test_a_bad_value_gives_an_error_that_names_the_setting(
    name: str, value: Any, settings: Settings
) -> None:
    setattr(settings, name, value)
    check_id = full_id(app_settings.RULES[name][0])
    assert set(findings()) == {check_id}
    assert conf.spell(name) in findings()[check_id]
    assert "docs/configuration.md" in findings()[check_id]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("LANDING_LINGER_SECONDS", 0),
        ("LANDING_LEASE_SECONDS", 10),
        ("LANDING_ACTIVE_WINDOW_MINUTES", 1440),
        ("LANDING_TRUSTED_PROXY_COUNT", 0),
        ("LANDING_IGNORED_PATHS", ["/internal/"]),
        ("LANDING_BOT_PATTERNS", [r"\bkiosk/\d+"]),
        ("LANDING_NOT_BOT_PATTERNS", ("bankbot", "^$")),
        ("LANDING_REFERRER_SPAM_FILE", __file__),
        ("LANDING_COUNTER_SUBTEXT", ""),
        ("LANDING_COUNTER_SUBTEXT", {"en": "Made in Porto", "ar": ""}),
        ("LANDING_BRAND_COLOR", "#C21"),
        ("LANDING_BRAND_COLOR", "c2185b"),
        ("LANDING_BRAND_LOGO", "live_user_counter/favicon.svg"),
        ("LANDING_BRAND_LOGO", "/media/logo.svg?v=2"),
        ("LANDING_LEAD", ""),
        ("LANDING_SUMMARY_RECIPIENTS", ["ana@example.com"]),
        ("LANDING_SUMMARY_URL", "https://example.com/admin/"),
        ("LANDING_COUNTER_MINIMUM", 0),
        ("LANDING_STATS_THROTTLE_RATE", "5/second"),
        ("LANDING_REDIS_PREFIX", "shop:live"),
        ("LANDING_PRESENCE_BACKEND", "landing.live.presence.memory.backend.MemoryPresence"),
        ("LANDING_ACTIVITY_PER_MINUTE", 0),
        ("LANDING_ACTIVITY_ACTOR_DISPLAY", "nobody"),
    ],
)
def test_boundary_values_have_no_findings(name: str, value: Any, settings: Settings) -> None:
    setattr(settings, name, value)
    assert findings() == {}


def test_an_unknown_setting_gives_an_error(settings: Settings) -> None:
    settings.LANDING_LINGER = 5
    assert set(findings()) == {"landing.E100"}
    assert "LANDING_LINGER " in findings()["landing.E100"]


def test_a_lease_under_two_heartbeats_gives_an_error(settings: Settings) -> None:
    settings.LANDING_HEARTBEAT_SECONDS = 8
    assert set(findings()) == {"landing.E101"}


def test_dwell_rows_less_frequent_than_the_window_give_a_warning(settings: Settings) -> None:
    settings.LANDING_ACTIVE_WINDOW_MINUTES = 4
    assert set(findings()) == {"landing.W103"}


def test_a_batch_larger_than_the_buffer_gives_an_error(settings: Settings) -> None:
    settings.LANDING_ANALYTICS_BUFFER_ROWS = 499
    assert set(findings()) == {"landing.E102"}


def test_a_timeout_as_long_as_the_lease_gives_a_warning(settings: Settings) -> None:
    settings.LANDING_REDIS_TIMEOUT_SECONDS = 15
    assert set(findings()) == {"landing.W101"}


def test_redis_without_its_channel_layer_gives_a_warning(settings: Settings) -> None:
    settings.REDIS_URL = "redis://localhost"
    assert set(findings()) == {"landing.W102"}


def test_a_redis_channel_layer_without_redis_gives_a_warning(settings: Settings) -> None:
    layer = {"BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer"}
    settings.CHANNEL_LAYERS = {"default": layer}
    assert set(findings()) == {"landing.W102"}


def test_the_simulated_fallback_gives_a_warning_if_debug_is_off(settings: Settings) -> None:
    settings.LANDING_SIMULATED_FALLBACK = True
    assert set(findings()) == {"landing.W201"}
    settings.DEBUG = True
    assert findings() == {}


def test_uncollected_static_files_give_an_error_if_debug_is_off(
    settings: Settings, tmp_path: Path
) -> None:
    settings.STATIC_ROOT = tmp_path
    hashed = {"BACKEND": "landing_site.static_files.HashedStaticFilesStorage"}
    settings.STORAGES = {**settings.STORAGES, "staticfiles": hashed}
    assert set(findings()) == {"landing.E201"}
    settings.DEBUG = True
    assert findings() == {}


def test_too_few_open_files_give_a_warning(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deployment, "max_open_files", lambda: 1024)
    assert set(findings()) == {"landing.W202"}
    assert "1024" in findings()["landing.W202"]
    settings.DEBUG = True
    assert findings() == {}


def test_a_short_backlog_gives_a_warning(settings: Settings, tmp_path: Path) -> None:
    limit = tmp_path / "somaxconn"
    limit.write_text("128\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(deployment, "SOMAXCONN", limit)
        assert set(findings()) == {"landing.W203"}
        limit.write_text("4096\n")
        assert findings() == {}
        limit.unlink()
        assert findings() == {}


def test_a_pale_brand_color_gives_a_warning_with_the_ratio_in_words(settings: Settings) -> None:
    settings.LANDING_BRAND_COLOR = "#ffd400"

    assert set(findings()) == {"landing.W110"}
    warning = findings()["landing.W110"]
    assert "#ffd400 has a contrast of 1.3 to 1 to the light background #f5f5f0" in warning
    assert "WCAG asks for 3 to 1, and for 4.5 to 1 for text" in warning
    assert "#816a00 (4.8 to 1) instead" in warning


def test_a_file_that_is_not_collected_gives_an_error(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    storage = HashedStaticFilesStorage(location=tmp_path, base_url="/static/")
    monkeypatch.setattr(page, "staticfiles_storage", storage)
    monkeypatch.setattr("django.contrib.staticfiles.storage.staticfiles_storage", storage)
    settings.DEBUG = False
    settings.LANDING_BRAND_LOGO = "live_user_counter/favicon.svg"

    assert set(findings()) == {"landing.E203"}
    assert "LANDING_BRAND_LOGO is not among" in findings()["landing.E203"]
    assert "collectstatic" in findings()["landing.E203"]
