"""Every setting of the app, once: its full name, its type, its default, and its meaning."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ..names import LABEL, SITE_LABEL

#: One text for every language, or a text by language.
TextByLanguage = str | Mapping[str, str]


def gettext_noop(text: str) -> str:
    """Mark a text for translation. Django's own function cannot be imported before settings."""
    return text


SUBTEXT = gettext_noop("Join thousands of influencers and companies")


@dataclass(frozen=True, slots=True)
class PageSettings:
    """Settings of what visitors see."""

    #: Name of the site, in headers, link previews, and the admin.
    LANDING_BRAND_NAME: str = gettext_noop("Here, now")
    #: The color from which all others derive.
    LANDING_BRAND_COLOR: str = "#0b7a4c"
    #: Picture instead of the mark and the name: a static file, or a path such as /media/logo.svg.
    LANDING_BRAND_LOGO: str = ""
    #: Square picture: the icon of the browser's tab, and the mark beside the name.
    LANDING_BRAND_ICON: str = ""
    #: Picture that other sites show with a link, 1200 by 630 pixels.
    LANDING_BRAND_SHARE_IMAGE: str = ""
    #: Style sheet that every page loads last.
    LANDING_BRAND_STYLESHEET: str = ""
    #: The template around the pages about privacy and of shared links.
    LANDING_BASE_TEMPLATE: str = "live_user_counter/base.html"
    #: The headline of the page, and its title.
    LANDING_HEADLINE: str = gettext_noop("How many of us are here?")
    #: The line under the headline.
    LANDING_LEAD: str = gettext_noop("Watch the number change as people come and go.")
    #: The metric of the counter: online or active.
    LANDING_COUNTER_METRIC: str = "online"
    #: Below this number, the counter shows words instead.
    LANDING_COUNTER_MINIMUM: int = 1
    #: Interval of the counter's requests while the WebSocket is down.
    LANDING_COUNTER_UPDATE_SECONDS: int = 30
    #: The subtext of the counter. A mapping has one text per language. It is a claim of this site,
    #: so other projects have none by default.
    LANDING_COUNTER_SUBTEXT: TextByLanguage = SUBTEXT if LABEL == SITE_LABEL else ""
    #: The script of the elements: one classic script, or ES modules (module).
    LANDING_SCRIPT: str = "classic"
    #: Activities that the feed shows.
    LANDING_FEED_LIMIT: int = 5
    #: Show ``base_count`` as demo data until the first real number is known.
    LANDING_SIMULATED_FALLBACK: bool = False
    #: Average number of people in the demo data.
    LANDING_SIMULATED_BASE_COUNT: int = 10_247
    #: The largest change of the counter's demo data per interval.
    LANDING_SIMULATED_INCREMENT: int = 2


@dataclass(frozen=True, slots=True)
class LandingSettings(PageSettings):
    """All settings with their types and defaults. The unit is part of each name."""

    #: Interval at which each worker renews its lease and reads the snapshot again.
    LANDING_HEARTBEAT_SECONDS: float = 5.0
    #: How long the people of a silent worker still count.
    LANDING_LEASE_SECONDS: float = 15.0
    #: Grace period: how long a person counts after the last connection closed.
    LANDING_LINGER_SECONDS: float = 5.0
    #: Minimum time between two syncs, and between two broadcasts, of one worker.
    LANDING_BROADCAST_INTERVAL_SECONDS: float = 0.25
    #: Share of one core that fan-out may use. The broadcast interval grows to stay below it.
    LANDING_FANOUT_SHARE: float = 0.1
    #: With process tuning, write frames straight to Daphne's sockets instead of through ASGI.
    LANDING_FAST_PATH: bool = True
    #: Adapt the server, limits for every request, and the garbage collector to many connections.
    LANDING_PROCESS_TUNING: bool = False
    #: A connection with more waiting bytes is closed with code 4408.
    LANDING_SLOW_READER_MAX_BYTES: int = 65_536
    #: A connection whose waiting bytes make no progress for this long is closed with code 4408.
    LANDING_SLOW_READER_MAX_SECONDS: float = 10.0
    #: Minimum time between two computations of the aggregates.
    LANDING_STATS_REFRESH_SECONDS: float = 5.0
    #: A visitor seen within this many minutes counts as active.
    LANDING_ACTIVE_WINDOW_MINUTES: int = 15
    #: Invalid frames that a connection may send before it is closed with code 4400.
    LANDING_MAX_BAD_FRAMES: int = 10
    #: Maximum size of a client frame. Longer frames are answered with an error.
    LANDING_MAX_FRAME_BYTES: int = 4096
    #: Maximum connections of one visitor on one worker. More are closed with code 4429.
    LANDING_MAX_CONNECTIONS_PER_VISITOR: int = 100
    #: WebSocket frames that one connection may send per second; ten times as many per network.
    LANDING_MAX_FRAMES_PER_SECOND: float = 10.0
    #: Maximum open connections of one network to one process, half-open ones included.
    LANDING_NETWORK_MAX_CONNECTIONS: int = 100
    #: Anonymous people of one network that count; and its visitors that leave rows, per hour.
    LANDING_NETWORK_MAX_PEOPLE: int = 50
    #: Different places with people at a time; more people are elsewhere. 0 turns places off.
    LANDING_MAX_PLACES: int = 2000
    #: Path prefixes whose people are elsewhere, in every language. The admin's always are.
    LANDING_PRIVATE_PLACES: tuple[str, ...] = ("/admin/", "/account/", "/accounts/", "/checkout/")
    #: Path prefixes below which a browser may name its place without a signature.
    LANDING_UNSIGNED_PLACES: tuple[str, ...] = ()
    #: The public reads the number of a place only from this many people on.
    LANDING_MIN_PLACE_PEOPLE: int = 3
    #: WebSocket handshakes that one network may start per second and process.
    LANDING_NETWORK_HANDSHAKES_PER_SECOND: float = 20.0
    #: HTTP requests that one network may send per second and process.
    LANDING_NETWORK_REQUESTS_PER_SECOND: float = 50.0
    #: Maximum size of a request body.
    LANDING_MAX_BODY_BYTES: int = 65_536
    #: Path prefixes with another maximum, each as ``/prefix/=bytes``.
    LANDING_BODY_LIMITS: tuple[str, ...] = ()
    #: Leave staff out of the analytics rows and the counts.
    LANDING_IGNORE_STAFF: bool = False
    #: Set the visitor cookie. False: a visitor is a daily hash of address and user agent.
    LANDING_VISITOR_COOKIE: bool = True
    #: Name of the signed first-party cookie that holds the visitor id.
    LANDING_VISITOR_COOKIE_NAME: str = f"{LABEL}_visitor"
    #: Lifetime of that cookie.
    LANDING_VISITOR_COOKIE_DAYS: int = 365
    #: Send that cookie over HTTPS only. ``DEBUG`` turns it off.
    LANDING_VISITOR_COOKIE_SECURE: bool = True
    #: Proxies in front of the server. This many hops of ``X-Forwarded-For`` are trusted.
    LANDING_TRUSTED_PROXY_COUNT: int = 0
    #: Path prefixes whose page views are never recorded. Those of the admin never are.
    LANDING_IGNORED_PATHS: tuple[str, ...] = ()
    #: Regular expressions of more user agents of programs, which are neither counted nor recorded.
    LANDING_BOT_PATTERNS: tuple[str, ...] = ()
    #: Regular expressions of user agents of people, whatever else they contain.
    LANDING_NOT_BOT_PATTERNS: tuple[str, ...] = ()
    #: Count and record headless browsers as people. Named bots never count.
    LANDING_COUNT_HEADLESS_BROWSERS: bool = False
    #: File with more hosts of referrer spam, one per line, such as Matomo's list.
    LANDING_REFERRER_SPAM_FILE: str = ""
    #: Maximum analytics rows in one batch insert.
    LANDING_ANALYTICS_BATCH_ROWS: int = 500
    #: Maximum time that an analytics row waits for its batch to fill.
    LANDING_ANALYTICS_BATCH_SECONDS: float = 1.0
    #: Analytics rows kept while the database is unavailable. Beyond it the oldest are dropped.
    LANDING_ANALYTICS_BUFFER_ROWS: int = 50_000
    #: Interval of dwell rows: a connected visitor leaves one row per interval.
    LANDING_ANALYTICS_HEARTBEAT_MINUTES: int = 5
    #: Analytics rows older than this are deleted.
    LANDING_RETENTION_DAYS: int = 90
    #: Whether one worker of the deployment deletes old rows once a day.
    LANDING_PRUNE_DAILY: bool = True
    #: Rate limit of the stats API per client address, in DRF's notation.
    LANDING_STATS_THROTTLE_RATE: str = "120/min"
    #: Maximum activities that reach the open pages within any 60 seconds.
    LANDING_ACTIVITY_PER_MINUTE: int = 10
    #: How much of an actor's name is public: full, first_name, initial, or nobody.
    LANDING_ACTIVITY_ACTOR_DISPLAY: str = "first_name"
    #: Rate limit of publishing requests per token or user, in DRF's notation.
    LANDING_ACTIVITY_THROTTLE_RATE: str = "600/min"
    #: Publish an activity for each new user.
    LANDING_ACTIVITY_SIGNUPS: bool = False
    #: E-mail addresses that get the weekly summary.
    LANDING_SUMMARY_RECIPIENTS: tuple[str, ...] = ()
    #: Address of the dashboard, for the button of the weekly summary.
    LANDING_SUMMARY_URL: str = ""
    #: Bearer token of the scraper of ``/metrics``. Empty: only programs on the same machine.
    LANDING_METRICS_TOKEN: str = ""
    #: Each worker also answers ``/metrics`` on this port plus its slot. 0: it does not.
    LANDING_METRICS_PORT: int = 0
    #: IP address of that port.
    LANDING_METRICS_ADDRESS: str = "127.0.0.1"
    #: Number of this worker among those of the machine, from 0. Their supervisor sets it.
    LANDING_WORKER_SLOT: int = 0
    #: URL of Redis. Empty or None: no Redis, except for the setting ``REDIS_URL`` of this site.
    LANDING_REDIS_URL: str | None = ""
    #: Dotted path of a presence backend class. Empty: Redis with its URL, else in-process.
    LANDING_PRESENCE_BACKEND: str = ""
    #: Prefix of the Redis keys and of the messages in the channel layer.
    LANDING_REDIS_PREFIX: str = LABEL
    #: A Redis command that takes longer counts as failed.
    LANDING_REDIS_TIMEOUT_SECONDS: float = 4.0


#: Settings for the code of a project, not for its operators: the site has no variable for them.
CODE_ONLY = frozenset(
    f"LANDING_{key}" for key in ("BASE_TEMPLATE", "PROCESS_TUNING", "REDIS_URL", "SCRIPT")
)
