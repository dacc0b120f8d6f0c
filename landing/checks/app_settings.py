"""System checks of the values of the app's settings, and of their combinations."""

from __future__ import annotations

from typing import Any

from django.core.checks import CheckMessage, Error, Warning, register

from .. import conf
from ..activity.text import ActorDisplay
from ..conf import spell
from ..names import LABEL
from . import page
from .ids import DOCS, full_id
from .setting_rules import (
    ADDRESS,
    BACKEND,
    BODY_LIMITS,
    EMAILS,
    FILE,
    FLAG,
    PATHS,
    PATTERNS,
    RATE,
    REDIS_URL,
    TOKEN,
    Rule,
    number,
    one_of,
    text,
    text_by_language,
    whole,
)

#: Browsers limit the lifetime of cookies to this (RFC 6265bis 5.5).
MAX_COOKIE_DAYS = 400

#: The check id and the rule of each setting.
RULES: dict[str, tuple[str, Rule]] = {
    "LANDING_HEARTBEAT_SECONDS": ("E001", number(0.05, 300)),
    "LANDING_LEASE_SECONDS": ("E002", number(0.1, 3600)),
    "LANDING_LINGER_SECONDS": ("E003", number(0, 300)),
    "LANDING_BROADCAST_INTERVAL_SECONDS": ("E004", number(0.01, 60)),
    "LANDING_STATS_REFRESH_SECONDS": ("E005", number(0.01, 3600)),
    "LANDING_ACTIVE_WINDOW_MINUTES": ("E006", whole(1, 1440)),
    "LANDING_MAX_BAD_FRAMES": ("E007", whole(1, 10_000)),
    "LANDING_MAX_FRAME_BYTES": ("E008", whole(64, 65_536)),
    "LANDING_MAX_CONNECTIONS_PER_VISITOR": ("E009", whole(1, 100_000)),
    "LANDING_IGNORE_STAFF": ("E010", FLAG),
    "LANDING_VISITOR_COOKIE": ("E062", FLAG),
    "LANDING_VISITOR_COOKIE_NAME": (
        "E011",
        text(r"[A-Za-z0-9_-]{1,64}", "1 to 64 letters, digits, -, and _"),
    ),
    "LANDING_VISITOR_COOKIE_DAYS": ("E012", whole(1, MAX_COOKIE_DAYS)),
    "LANDING_TRUSTED_PROXY_COUNT": ("E013", whole(0, 16)),
    "LANDING_IGNORED_PATHS": ("E014", PATHS),
    "LANDING_COUNTER_SUBTEXT": (
        "E015",
        text_by_language(r"[^\r\n]{0,200}", "one line of at most 200 characters"),
    ),
    "LANDING_SIMULATED_FALLBACK": ("E016", FLAG),
    "LANDING_STATS_THROTTLE_RATE": ("E017", RATE),
    "LANDING_REDIS_PREFIX": (
        "E018",
        text(r"[A-Za-z0-9_.:-]{1,64}", "1 to 64 letters, digits, and - _ . :"),
    ),
    "LANDING_REDIS_URL": ("E036", REDIS_URL),
    "LANDING_REDIS_TIMEOUT_SECONDS": ("E019", number(0.01, 60)),
    "LANDING_FANOUT_SHARE": ("E020", number(0.001, 1)),
    "LANDING_SLOW_READER_MAX_BYTES": ("E021", whole(16_384, 16_777_216)),
    "LANDING_SLOW_READER_MAX_SECONDS": ("E022", number(0.1, 300)),
    "LANDING_ANALYTICS_BATCH_ROWS": ("E023", whole(1, 10_000)),
    "LANDING_ANALYTICS_BATCH_SECONDS": ("E024", number(0.01, 60)),
    "LANDING_ANALYTICS_BUFFER_ROWS": ("E025", whole(1, 10_000_000)),
    "LANDING_ANALYTICS_HEARTBEAT_MINUTES": ("E026", whole(1, 60)),
    "LANDING_RETENTION_DAYS": ("E027", whole(1, 36_500)),
    "LANDING_PRUNE_DAILY": ("E028", FLAG),
    "LANDING_SIMULATED_BASE_COUNT": ("E029", whole(0, 1_000_000_000)),
    "LANDING_ACTIVITY_PER_MINUTE": ("E030", whole(0, 6_000)),
    "LANDING_ACTIVITY_ACTOR_DISPLAY": ("E031", one_of(ActorDisplay)),
    "LANDING_ACTIVITY_THROTTLE_RATE": ("E032", RATE),
    "LANDING_ACTIVITY_SIGNUPS": ("E033", FLAG),
    "LANDING_SUMMARY_RECIPIENTS": ("E090", EMAILS),
    "LANDING_SUMMARY_URL": (
        "E091",
        text(r"|https?://[^\s/]\S*", "empty or an address that begins with https://"),
    ),
    "LANDING_FAST_PATH": ("E034", FLAG),
    "LANDING_PROCESS_TUNING": ("E037", FLAG),
    "LANDING_PRESENCE_BACKEND": ("E035", BACKEND),
    "LANDING_BOT_PATTERNS": ("E040", PATTERNS),
    "LANDING_NOT_BOT_PATTERNS": ("E041", PATTERNS),
    "LANDING_COUNT_HEADLESS_BROWSERS": ("E042", FLAG),
    "LANDING_REFERRER_SPAM_FILE": ("E043", FILE),
    "LANDING_VISITOR_COOKIE_SECURE": ("E060", FLAG),
    "LANDING_METRICS_TOKEN": ("E061", TOKEN),
    "LANDING_METRICS_PORT": ("E063", whole(0, 65_000)),
    "LANDING_METRICS_ADDRESS": ("E064", ADDRESS),
    "LANDING_WORKER_SLOT": ("E065", whole(0, 500)),
    "LANDING_NETWORK_MAX_CONNECTIONS": ("E050", whole(0, 1_000_000)),
    "LANDING_NETWORK_MAX_PEOPLE": ("E056", whole(0, 1_000_000)),
    "LANDING_MAX_PLACES": ("E066", whole(0, 100_000)),
    "LANDING_PRIVATE_PLACES": ("E067", PATHS),
    "LANDING_UNSIGNED_PLACES": ("E069", PATHS),
    "LANDING_MIN_PLACE_PEOPLE": ("E068", whole(1, 1_000_000)),
    "LANDING_NETWORK_HANDSHAKES_PER_SECOND": ("E051", number(0, 1_000_000)),
    "LANDING_NETWORK_REQUESTS_PER_SECOND": ("E052", number(0, 1_000_000)),
    "LANDING_MAX_FRAMES_PER_SECOND": ("E055", number(0, 1_000_000)),
    "LANDING_MAX_BODY_BYTES": ("E053", whole(1024, 1_073_741_824)),
    "LANDING_BODY_LIMITS": ("E054", BODY_LIMITS),
    **page.RULES,
}


@register(LABEL)
def check_each_setting(**kwargs: Any) -> list[CheckMessage]:
    """E0xx: check the type and range of each setting."""
    given, defaults = conf.given_values(), conf.LandingSettings()
    return [
        Error(
            f"{spell(name)} must be {rule.expected}{_describe(given[name], rule)}.",
            hint=f"The default is {getattr(defaults, name)!r}; see {DOCS}.",
            id=full_id(check_id),
        )
        for name, (check_id, rule) in RULES.items()
        if name in given and not rule.holds(given[name])
    ]


def _describe(value: Any, rule: Rule) -> str:
    return "" if rule.is_secret else f", not {value!r}"


@register(LABEL)
def check_lease(**kwargs: Any) -> list[CheckMessage]:
    """E101: a single lost heartbeat must not end the lease of a worker."""
    values = conf.read()
    if check_each_setting() or values.LANDING_LEASE_SECONDS >= 2 * values.LANDING_HEARTBEAT_SECONDS:
        return []
    return [
        Error(
            f"{spell('LANDING_LEASE_SECONDS')} must be at least twice "
            f"{spell('LANDING_HEARTBEAT_SECONDS')}.",
            hint="Lengthen the lease or shorten the heartbeat. Three heartbeats are a good lease.",
            id=full_id("E101"),
        )
    ]


@register(LABEL)
def check_buffer(**kwargs: Any) -> list[CheckMessage]:
    """E102: a batch larger than the buffer would never fill."""
    values = conf.read()
    if (
        check_each_setting()
        or values.LANDING_ANALYTICS_BATCH_ROWS <= values.LANDING_ANALYTICS_BUFFER_ROWS
    ):
        return []
    return [
        Error(
            f"{spell('LANDING_ANALYTICS_BATCH_ROWS')} must not exceed "
            f"{spell('LANDING_ANALYTICS_BUFFER_ROWS')}.",
            hint="Enlarge the buffer, which holds rows while the database is unavailable.",
            id=full_id("E102"),
        )
    ]


@register(LABEL)
def check_redis_timeout(**kwargs: Any) -> list[CheckMessage]:
    """W101: a command must time out before the lease ends."""
    values = conf.read()
    if check_each_setting() or values.LANDING_REDIS_TIMEOUT_SECONDS < values.LANDING_LEASE_SECONDS:
        return []
    return [
        Warning(
            f"{spell('LANDING_REDIS_TIMEOUT_SECONDS')} is not shorter than "
            f"{spell('LANDING_LEASE_SECONDS')}.",
            hint="One slow command can end a worker's lease. Use at most one heartbeat.",
            id=full_id("W101"),
        )
    ]


@register(LABEL)
def check_dwell_rows(**kwargs: Any) -> list[CheckMessage]:
    """W103: a connected visitor must leave at least one dwell row per window."""
    values = conf.read()
    if (
        check_each_setting()
        or values.LANDING_ANALYTICS_HEARTBEAT_MINUTES <= values.LANDING_ACTIVE_WINDOW_MINUTES
    ):
        return []
    return [
        Warning(
            f"{spell('LANDING_ANALYTICS_HEARTBEAT_MINUTES')} exceeds "
            f"{spell('LANDING_ACTIVE_WINDOW_MINUTES')}.",
            hint="Connected visitors would not always count as active. Use a third of the window.",
            id=full_id("W103"),
        )
    ]
