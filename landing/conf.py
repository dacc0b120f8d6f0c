"""One typed view of the ``LANDING_*`` settings.

Owns the name, type and default of every tunable of the app; nothing else reads
``django.conf.settings`` for them. They are read once, and again after
``override_settings`` and its like. Whether a value makes sense is the business of
:mod:`landing.checks.app_settings`.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cache
from typing import Any

from django.conf import settings
from django.core.signals import setting_changed

PREFIX = "LANDING_"


def gettext_noop(text: str) -> str:
    """Marks a text for the catalogs, as Django's own does, which wants settings for it."""
    return text


@dataclass(frozen=True, slots=True)
class Defaults:
    """Every setting with its type and default; the unit is in the name."""

    #: How often each worker renews its lease and re-reads the snapshot.
    heartbeat_seconds: float = 5.0
    #: How long a worker that fell silent keeps its people.
    lease_seconds: float = 15.0
    #: How long a person whose last socket closed still counts.
    linger_seconds: float = 5.0
    #: At most one sync and one broadcast per worker in this time.
    broadcast_interval_seconds: float = 0.25
    #: At most this share of one core goes into fan-out; the interval grows to keep to it.
    fanout_share: float = 0.1
    #: A socket for which more bytes than these wait is closed with 4408.
    slow_reader_max_bytes: int = 65_536
    #: A socket for which bytes wait and none leaves for so long is closed with 4408.
    slow_reader_max_seconds: float = 10.0
    #: At most one computation of the active visitors in this time.
    stats_refresh_seconds: float = 5.0
    #: The window of "active" visitors.
    active_window_minutes: int = 15
    #: Bad frames that a socket may send before it is closed with 4400.
    max_bad_frames: int = 10
    #: Longest frame that is parsed; longer ones are answered with an error.
    max_frame_bytes: int = 4096
    #: Sockets of one visitor on one worker; more are closed with 4429.
    max_connections_per_visitor: int = 100
    #: Leave staff out of analytics rows and out of the counts.
    ignore_staff: bool = False
    #: Name of the signed first-party cookie that holds the visitor id.
    visitor_cookie_name: str = "landing_visitor"
    #: Lifetime of that cookie.
    visitor_cookie_days: int = 365
    #: Proxies in front of the server whose ``X-Forwarded-For`` hop is trusted.
    trusted_proxy_count: int = 0
    #: Path prefixes whose pages are never recorded (the admin never is).
    ignored_paths: tuple[str, ...] = ()
    #: Rows of analytics that are written in one batch.
    analytics_batch_rows: int = 500
    #: A row of analytics waits no longer than this for its batch to fill.
    analytics_batch_seconds: float = 1.0
    #: Rows that wait for a database that is away; beyond them the oldest are dropped.
    analytics_buffer_rows: int = 50_000
    #: Somebody who stays connected leaves one row in this time.
    analytics_heartbeat_minutes: int = 5
    #: Analytics rows older than this are pruned.
    retention_days: int = 90
    #: Whether one worker of the deployment prunes once a day.
    prune_daily: bool = True
    #: The line under the counter.
    counter_subtext: str = gettext_noop("Join thousands of influencers and companies")
    #: Show ``base_count`` as demo data while no real number was ever known.
    simulated_fallback: bool = False
    #: Around this many people the demo data of the API moves.
    simulated_base_count: int = 10_247
    #: Requests to the stats API per client address, in DRF's notation.
    stats_throttle_rate: str = "120/min"
    #: So many activities reach the pages within any 60 s; the rest is held back.
    activity_per_minute: int = 10
    #: How much of an actor's name everybody sees: full, first_name, initial or nobody.
    activity_actor_display: str = "first_name"
    #: Publishing requests per token or user, in DRF's notation.
    activity_throttle_rate: str = "600/min"
    #: Publish an activity for each new user.
    activity_signups: bool = False
    #: Keys in Redis and messages of the channel layer begin with this.
    redis_prefix: str = "landing"
    #: A Redis command that takes longer counts as failed.
    redis_timeout_seconds: float = 4.0


NAMES = tuple(field.name for field in fields(Defaults))
_DEFAULTS = Defaults()


def setting_name(name: str) -> str:
    """``heartbeat_seconds`` → ``LANDING_HEARTBEAT_SECONDS``."""
    return PREFIX + name.upper()


@cache
def read() -> Defaults:
    """The settings in force now."""
    values: dict[str, Any] = {
        name: getattr(settings, setting_name(name), getattr(_DEFAULTS, name)) for name in NAMES
    }
    return Defaults(**values)


def _forget(**kwargs: Any) -> None:
    read.cache_clear()


setting_changed.connect(_forget)
