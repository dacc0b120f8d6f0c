"""Compute the settings that take more than parsing one environment variable."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, get_type_hints

from django.core.exceptions import ImproperlyConfigured

from landing import conf
from landing_site.environment.variables import Environment

DEVELOPMENT_KEY = "django-insecure-for-development-only-never-in-production"

#: In WAL mode, readers do not wait for the writer. IMMEDIATE makes a writer wait at BEGIN:
#: a deferred transaction that reads before it writes would fail instead of waiting.
SQLITE_OPTIONS: Mapping[str, Any] = {
    "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
    "transaction_mode": "IMMEDIATE",
    "timeout": 20,
}
#: A connection to a host that vanished ends within 20 s: by the timeout (milliseconds) if it has
#: not confirmed all data, and by the keepalives (seconds) if it has, but does not answer.
POSTGRES_OPTIONS: Mapping[str, Any] = {
    "connect_timeout": 5,
    "tcp_user_timeout": 20_000,
    "keepalives_idle": 5,
    "keepalives_interval": 5,
    "keepalives_count": 3,
}


def choose_secret_key(given: str, *, debug: bool) -> str:
    """Return ``SECRET_KEY``. Only development mode has a default."""
    if debug:
        return given or DEVELOPMENT_KEY
    if not given:
        raise ImproperlyConfigured(
            "SECRET_KEY is missing. Set it to a long random text, or set DEBUG=true."
        )
    if given == DEVELOPMENT_KEY:
        raise ImproperlyConfigured(
            "SECRET_KEY is the public development key. Set it to a long random text."
        )
    return given


def read_app_settings(env: Environment, *, debug: bool) -> dict[str, Any]:
    """Return ``LIVE_USER_COUNTER``: the app's settings that the environment sets.

    The variable ``LANDING_HEARTBEAT_SECONDS`` becomes the key ``HEARTBEAT_SECONDS``.
    Development mode shows demo data, labeled as such, and counts headless browsers, so that
    developers see themselves in their tests. Production does so only if asked.
    """
    types = get_type_hints(conf.LandingSettings)
    variables = {name: kind for name, kind in types.items() if name not in conf.CODE_ONLY}
    found = env.with_prefix(conf.PREFIX, variables)
    return {
        "SIMULATED_FALLBACK": debug,
        "COUNT_HEADLESS_BROWSERS": debug,
        **{name.removeprefix(conf.PREFIX): value for name, value in found.items()},
    }


def build_database(config: Mapping[str, Any]) -> dict[str, Any]:
    """Return the ``DATABASES`` entry with this project's defaults. Options of the URL win."""
    is_sqlite = config["ENGINE"].endswith("sqlite3")
    defaults = SQLITE_OPTIONS if is_sqlite else POSTGRES_OPTIONS
    return {
        # Under ASGI, each request runs in a thread with its own connection. A connection that
        # outlives its request would never be used again.
        "CONN_MAX_AGE": 0,
        **config,
        "OPTIONS": {**defaults, **config.get("OPTIONS", {})},
    }


def build_channel_layers(redis_url: str, prefix: str) -> dict[str, Any]:
    """Return ``CHANNEL_LAYERS``: in Redis, or in this process if ``redis_url`` is empty."""
    if not redis_url:
        return {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}
    return {
        "default": {
            "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
            "CONFIG": {"hosts": [redis_url], "prefix": prefix},
        }
    }


def choose_email_port(*, starttls: bool, tls: bool) -> int:
    """Return the usual port: with STARTTLS, with TLS from the start, or without."""
    if starttls and tls:
        raise ImproperlyConfigured(
            "EMAIL_USE_TLS and EMAIL_USE_SSL must not both be true. Port 587 needs the first, "
            "port 465 the second."
        )
    return 587 if starttls else 465 if tls else 25


def choose_email_backend(*, has_server: bool, debug: bool) -> str:
    """Return the console in development mode without a server, else SMTP."""
    name = "console" if debug and not has_server else "smtp"
    return f"django.core.mail.backends.{name}.EmailBackend"


def build_proxy_ssl_header(header: str | None) -> tuple[str, str] | None:
    """Return ``SECURE_PROXY_SSL_HEADER`` for a key of ``request.META``."""
    return (header, "https") if header else None
