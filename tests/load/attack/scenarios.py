"""The attacks with their bounds, in the order of the table.

A bound names a figure of :mod:`tests.load.attack.stage` and its highest value.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

#: People, visitors, and rows that one network may add.
CAP = 50
#: The names of figures, as the table shows them.
TITLES = {
    "people_rise": "rise of people",
    "active_rise": "rise of active",
    "visitors_rise": "rise of visitors today",
    "people_wrong": "people wrong in the end",
    "undelivered": "counts not delivered",
    "lost": "honest connections lost",
    "pages_failed": "honest pages failed",
    "guests_failed": "new honest connections failed",
    "ping_p95_ms": "honest ping p95",
    "memory_mb": "memory growth",
    "disk_mb": "temporary files",
    "longest_seconds": "longest attacking connection",
    "open": "attacking connections open in the end",
    "log_lines": "log lines",
    "tracebacks": "tracebacks",
    "server_cores": "cores of the server",
    "status_200": "responses with 200",
    "status_101": "sockets accepted",
}
UNITS = {
    "ping_p95_ms": " ms",
    "memory_mb": " MB",
    "disk_mb": " MB",
    "longest_seconds": " s",
}
#: Bounds of every attack. The bound of pings is added to them: 100 ms, or twice the baseline.
HONEST = {
    "undelivered": 0,
    "lost": 0,
    "pages_failed": 0,
    "guests_failed": 0,
    "people_wrong": 0,
    "people_rise": CAP,
    "log_lines": 30,
    "tracebacks": 0,
}
INFLATION = {"active_rise": CAP, "visitors_rise": CAP}
#: A slow consumer is closed after 10 s, and its connection ends within 5 s.
FLOOD = {"longest_seconds": 15}
FLOOD_SECONDS = 20.0
#: No request is kept, and every connection ends before the attack does.
HELD = {"memory_mb": 20, "disk_mb": 0, "open": 0}
#: Connections that are slow or silent need more time than the longest deadline.
PATIENT_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Scenario:
    """One attack. ``open_files`` is the limit of each process of the site, 0 for the system's."""

    name: str
    #: module and function in ``attacks``
    attack: str
    bounds: Mapping[str, float] = field(default_factory=dict)
    proxied: bool = False
    open_files: int = 0
    at_least_seconds: float = 0.0


SCENARIOS = [
    Scenario("no-cookie", "inflation.without_cookie", INFLATION),
    Scenario("fresh-cookies", "inflation.fresh_cookies", INFLATION),
    Scenario("grace-period", "inflation.brief", INFLATION),
    Scenario("ipv6-network", "inflation.one_ipv6_network", INFLATION, proxied=True),
    Scenario("page-views", "inflation.page_views", INFLATION),
    Scenario("never-reading", "floods.never_reading", FLOOD, at_least_seconds=FLOOD_SECONDS),
    Scenario("subscriptions", "floods.subscriptions", FLOOD, at_least_seconds=FLOOD_SECONDS),
    Scenario("pings", "floods.pings", FLOOD, at_least_seconds=FLOOD_SECONDS),
    Scenario("pongs", "floods.pongs", FLOOD, at_least_seconds=FLOOD_SECONDS),
    Scenario("empty-frames", "floods.empty_frames", FLOOD, at_least_seconds=FLOOD_SECONDS),
    Scenario("fragments", "floods.fragments", FLOOD, at_least_seconds=FLOOD_SECONDS),
    Scenario("large-frames", "floods.large_frames", FLOOD, at_least_seconds=FLOOD_SECONDS),
    Scenario("bad-json", "floods.bad_json", FLOOD, at_least_seconds=FLOOD_SECONDS),
    Scenario("body-with-length", "bodies.with_length", {"memory_mb": 20, "disk_mb": 0}),
    Scenario("chunked-body", "bodies.chunked", {"memory_mb": 20, "disk_mb": 0}),
    Scenario("multipart", "bodies.multipart", {"memory_mb": 20, "disk_mb": 0}),
    Scenario("slow-heads", "slow.heads", HELD, at_least_seconds=PATIENT_SECONDS),
    Scenario("slow-bodies", "slow.bodies", HELD, at_least_seconds=PATIENT_SECONDS),
    Scenario("slow-handshakes", "slow.handshakes", HELD, at_least_seconds=PATIENT_SECONDS),
    Scenario("slow-frames", "slow.frames_in_bytes", HELD, at_least_seconds=PATIENT_SECONDS),
    Scenario(
        "silent", "connections.silent", HELD, open_files=1_100, at_least_seconds=PATIENT_SECONDS
    ),
    Scenario(
        "silent-everywhere",
        "connections.silent_everywhere",
        HELD,
        open_files=1_100,
        at_least_seconds=PATIENT_SECONDS,
    ),
    Scenario("many-connections", "connections.many"),
    Scenario("reconnects", "connections.reconnects"),
    Scenario("logins", "requests.logins", {"server_cores": 1, "status_200": 60}),
    Scenario("root-path", "requests.root_path", {"status_200": 0}, proxied=True),
    Scenario("origins", "requests.origins", {"status_101": 0}),
]
