"""System checks of the app's settings: a stable id and a hint for each.

``E0xx`` is one setting's type or range, ``E1xx`` how settings fit together, ``W`` what
works but is hardly meant. Ids are never reused. :mod:`landing.checks.deployment` has
those of what is around the settings.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from enum import StrEnum
from typing import Any, NamedTuple

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register

from .. import conf
from ..activity.text import ActorDisplay

IN_MEMORY_LAYER = "channels.layers.InMemoryChannelLayer"
#: Browsers keep no cookie longer (RFC 6265bis 5.5).
MAX_COOKIE_DAYS = 400


class Rule(NamedTuple):
    """What a value may be; ``expected`` completes "must be ..."."""

    expected: str
    holds: Callable[[Any], bool]


def number(low: float, high: float) -> Rule:
    return Rule(
        f"a number from {low} to {high}",
        lambda value: (
            isinstance(value, int | float)
            and not isinstance(value, bool)
            and math.isfinite(value)
            and low <= value <= high
        ),
    )


def whole(low: int, high: int) -> Rule:
    in_range = number(low, high).holds
    return Rule(
        f"a whole number from {low} to {high}",
        lambda value: isinstance(value, int) and in_range(value),
    )


def text(pattern: str, expected: str) -> Rule:
    return Rule(
        expected,
        lambda value: isinstance(value, str) and re.fullmatch(pattern, value) is not None,
    )


def one_of(names: type[StrEnum]) -> Rule:
    return Rule(
        f"one of {', '.join(names)}",
        lambda value: isinstance(value, str) and value in list(names),
    )


FLAG = Rule("True or False", lambda value: isinstance(value, bool))
PATHS = Rule(
    'a tuple of path prefixes that begin with "/"',
    lambda value: (
        isinstance(value, tuple | list)
        and all(isinstance(path, str) and path.startswith("/") for path in value)
    ),
)
RATE = text(
    r"[1-9][0-9]*/(s|sec|second|m|min|minute|h|hour|d|day)",
    'a number of requests per second, min, hour or day, such as "120/min"',
)

RULES: dict[str, tuple[str, Rule]] = {
    "heartbeat_seconds": ("landing.E001", number(0.05, 300)),
    "lease_seconds": ("landing.E002", number(0.1, 3600)),
    "linger_seconds": ("landing.E003", number(0, 300)),
    "broadcast_interval_seconds": ("landing.E004", number(0.01, 60)),
    "stats_refresh_seconds": ("landing.E005", number(0.01, 3600)),
    "active_window_minutes": ("landing.E006", whole(1, 1440)),
    "max_bad_frames": ("landing.E007", whole(1, 10_000)),
    "max_frame_bytes": ("landing.E008", whole(64, 65_536)),
    "max_connections_per_visitor": ("landing.E009", whole(1, 100_000)),
    "ignore_staff": ("landing.E010", FLAG),
    "visitor_cookie_name": (
        "landing.E011",
        text(r"[A-Za-z0-9_-]{1,64}", "1 to 64 letters, digits, - and _"),
    ),
    "visitor_cookie_days": ("landing.E012", whole(1, MAX_COOKIE_DAYS)),
    "trusted_proxy_count": ("landing.E013", whole(0, 16)),
    "ignored_paths": ("landing.E014", PATHS),
    "counter_subtext": (
        "landing.E015",
        text(r"[^\n]{0,200}", "one line of at most 200 characters"),
    ),
    "simulated_fallback": ("landing.E016", FLAG),
    "stats_throttle_rate": ("landing.E017", RATE),
    "redis_prefix": (
        "landing.E018",
        text(r"[A-Za-z0-9_.:-]{1,64}", "1 to 64 letters, digits and - _ . :"),
    ),
    "redis_timeout_seconds": ("landing.E019", number(0.01, 60)),
    "fanout_share": ("landing.E020", number(0.001, 1)),
    "slow_reader_max_bytes": ("landing.E021", whole(16_384, 16_777_216)),
    "slow_reader_max_seconds": ("landing.E022", number(0.1, 300)),
    "analytics_batch_rows": ("landing.E023", whole(1, 10_000)),
    "analytics_batch_seconds": ("landing.E024", number(0.01, 60)),
    "analytics_buffer_rows": ("landing.E025", whole(1, 10_000_000)),
    "analytics_heartbeat_minutes": ("landing.E026", whole(1, 60)),
    "retention_days": ("landing.E027", whole(1, 36_500)),
    "prune_daily": ("landing.E028", FLAG),
    "simulated_base_count": ("landing.E029", whole(0, 1_000_000_000)),
    "activity_per_minute": ("landing.E030", whole(0, 6_000)),
    "activity_actor_display": ("landing.E031", one_of(ActorDisplay)),
    "activity_throttle_rate": ("landing.E032", RATE),
    "activity_signups": ("landing.E033", FLAG),
}


@register("landing")
def check_each_setting(**kwargs: Any) -> list[CheckMessage]:
    """E001 and on: the type and range of each setting."""
    values = conf.read()
    return [
        Error(
            f"{conf.setting_name(name)} must be {kind.expected}, not {getattr(values, name)!r}.",
            hint=f"The default is {getattr(conf.Defaults(), name)!r}; see docs/configuration.md.",
            id=check_id,
        )
        for name, (check_id, kind) in RULES.items()
        if not kind.holds(getattr(values, name))
    ]


@register("landing")
def check_names(**kwargs: Any) -> list[CheckMessage]:
    """E100: a misspelt setting would do nothing, silently."""
    known = {conf.setting_name(name) for name in conf.NAMES}
    return [
        Error(f"{name} is not a setting.", hint="See docs/configuration.md.", id="landing.E100")
        for name in sorted(dir(settings))
        if name.startswith(conf.PREFIX) and name not in known
    ]


@register("landing")
def check_lease(**kwargs: Any) -> list[CheckMessage]:
    """E101: one lost heartbeat must not take everybody on a worker away."""
    if check_each_setting() or conf.read().lease_seconds >= 2 * conf.read().heartbeat_seconds:
        return []
    return [
        Error(
            "LANDING_LEASE_SECONDS must be at least twice LANDING_HEARTBEAT_SECONDS.",
            hint="Lengthen the lease or shorten the heartbeat; three times is a good value.",
            id="landing.E101",
        )
    ]


@register("landing")
def check_buffer(**kwargs: Any) -> list[CheckMessage]:
    """E102: a batch that the buffer cannot hold would never be full."""
    tunables = conf.read()
    if check_each_setting() or tunables.analytics_batch_rows <= tunables.analytics_buffer_rows:
        return []
    return [
        Error(
            "LANDING_ANALYTICS_BATCH_ROWS must not exceed LANDING_ANALYTICS_BUFFER_ROWS.",
            hint="The buffer holds what waits for a database that is away: make it larger.",
            id="landing.E102",
        )
    ]


@register("landing")
def check_redis_timeout(**kwargs: Any) -> list[CheckMessage]:
    """W101: a command that is still awaited when the lease runs out."""
    if check_each_setting() or conf.read().redis_timeout_seconds < conf.read().lease_seconds:
        return []
    return [
        Warning(
            "LANDING_REDIS_TIMEOUT_SECONDS is not shorter than LANDING_LEASE_SECONDS.",
            hint="One slow command then costs a worker its lease; make it a heartbeat or less.",
            id="landing.W101",
        )
    ]


@register("landing")
def check_channel_layer(**kwargs: Any) -> list[CheckMessage]:
    """W102: presence and the channel layer reach different processes."""
    layer = getattr(settings, "CHANNEL_LAYERS", {}).get("default", {}).get("BACKEND")
    if bool(getattr(settings, "REDIS_URL", "")) == (layer != IN_MEMORY_LAYER):
        return []
    return [
        Warning(
            "REDIS_URL and CHANNEL_LAYERS disagree on whether several processes serve together.",
            hint="With REDIS_URL use RedisPubSubChannelLayer, without it InMemoryChannelLayer.",
            id="landing.W102",
        )
    ]


@register("landing")
def check_heartbeat_rows(**kwargs: Any) -> list[CheckMessage]:
    """W103: somebody who stays falls out of the window between two rows."""
    tunables = conf.read()
    if (
        check_each_setting()
        or tunables.analytics_heartbeat_minutes <= tunables.active_window_minutes
    ):
        return []
    return [
        Warning(
            "LANDING_ANALYTICS_HEARTBEAT_MINUTES exceeds LANDING_ACTIVE_WINDOW_MINUTES.",
            hint="Somebody who stays is then not always active; a third of the window is good.",
            id="landing.W103",
        )
    ]
