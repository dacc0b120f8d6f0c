"""Redis and PostgreSQL go away and come back, and a real server reports it.

Each is away twice: once it refuses connections, and once it accepts them and does not answer.
"""

from __future__ import annotations

import json
import os
import re
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import NamedTuple

import pytest
from websockets.sync.client import ClientConnection, connect

from tests.metrics import samples
from tests.services import http, postgres
from tests.services.ports import wait_until
from tests.services.redis import RedisServer
from tests.services.site import QUICK, DaphneServer, manage

#: How long each change of state may take. The documented bound is 10 s: with the default intervals,
#: Redis takes longest, with a heartbeat of 5 s, a timeout of 4 s, and half a second until the next
#: check. A busy machine may need longer, so only a run that measures the bound sets it.
BOUND_SECONDS = float(os.environ.get("TESTS_OUTAGE_SECONDS", "120"))
BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
TABS = 3
FAILED = {"failed", "failed again"}
OUTAGE = re.compile(r"(.+?) (failed again|failed|works again|has lost data)\b")


class Services(NamedTuple):
    redis: RedisServer
    postgres: postgres.OwnServer


class Site:
    """A server with both dependencies, and open tabs of one visitor."""

    def __init__(self, server: DaphneServer, tabs: list[ClientConnection]) -> None:
        self.server = server
        self._tabs = tabs

    def failing(self) -> set[str]:
        """Return the names of the dependencies that readiness names."""
        response = http.get(f"{self.server.url}/health/ready")
        failing = {each["dependency"] for each in response.json().get("failing", [])}
        assert response.status_code == (503 if failing else 200)
        return failing

    def scrape(self) -> samples.Samples:
        return samples.parse(http.get(f"{self.server.url}/metrics").text)

    def reports(self, dependency: str, *, is_up: bool) -> bool:
        """Return whether readiness and the metrics agree on the state."""
        is_ready = dependency not in self.failing()
        return is_ready == is_up == bool(self.scrape()[f"landing_dependency_up{dependency}"])

    def await_report(self, dependency: str, *, is_up: bool) -> None:
        wait_until(
            lambda: self.reports(dependency, is_up=is_up),
            f"readiness and metrics report {dependency} as {'up' if is_up else 'away'}",
            BOUND_SECONDS,
        )

    def await_exact_counts(self) -> None:
        """Wait until the metrics have the live and exact counts; read what the tabs received."""
        wait_until(self._is_exact, "the counts are exact and live", BOUND_SECONDS)
        for tab in self._tabs:
            tab.send(json.dumps({"type": "ping"}))
            while json.loads(tab.recv(timeout=BOUND_SECONDS))["type"] != "pong":
                pass

    def _is_exact(self) -> bool:
        metrics = self.scrape()
        counts = {name: metrics.get(f"landing_{name}live") for name in ("people", "connections")}
        return counts == {"people": 1, "connections": TABS} and metrics["landing_sockets"] == TABS

    def log_lines(self, since: int = 0) -> list[tuple[str, str]]:
        """Return the subject and the change of each warning and error in the log."""
        records = self.server.records()
        messages = [each["message"] for each in records if each["level"] != "INFO"][since:]
        found = [(message, OUTAGE.match(message)) for message in messages]
        assert [message for message, line in found if line is None] == []
        return [(line[1], line[2]) for _, line in found if line]

    def await_line(self, subject: str, changes: set[str], *, since: int) -> None:
        """Wait until the log has one of the changes of the subject, if there is one."""
        wanted = {(subject, change) for change in changes}
        wait_until(
            lambda: not subject or not wanted.isdisjoint(self.log_lines(since)),
            f"the log has one of {wanted}",
            BOUND_SECONDS,
        )


@pytest.fixture(scope="module")
def services() -> Iterator[Services]:
    services = Services(RedisServer(), postgres.OwnServer())
    try:
        services.redis.start()
        yield services
    finally:
        services.redis.close()
        services.postgres.close()


@pytest.fixture(scope="module")
def site(production: dict[str, str], services: Services) -> Iterator[Site]:
    given = {
        **production,
        **QUICK,
        "LANDING_REDIS_TIMEOUT_SECONDS": "1",
        "DATABASE_URL": services.postgres.url,
        "REDIS_URL": services.redis.url,
    }
    manage("migrate", "--verbosity=0", **given)
    server = DaphneServer(given, "-v", "0")
    try:
        server.start()
        with ExitStack() as stack:
            tabs = (connect(server.ws_url, user_agent_header=BROWSER) for _ in range(TABS))
            yield Site(server, [stack.enter_context(tab) for tab in tabs])
    finally:
        server.close()


Act = Callable[[Services], None]


#: A call waits up to 5 s for a connection to PostgreSQL, so a short outage leaves no line.
NOT_LOGGED = ""


@pytest.mark.parametrize(
    ("dependency", "subject", "take_away", "give_back"),
    [
        ("redis", "Presence", lambda s: s.redis.stop(), lambda s: s.redis.start()),
        (
            "database",
            "Reading activities",
            lambda s: s.postgres.stop(),
            lambda s: s.postgres.start(),
        ),
        ("redis", "Presence", lambda s: s.redis.pause(), lambda s: s.redis.resume()),
        ("database", NOT_LOGGED, lambda s: s.postgres.pause(), lambda s: s.postgres.resume()),
    ],
    ids=["Redis stops", "PostgreSQL stops", "Redis hangs", "PostgreSQL hangs"],
)
def test_an_outage_and_its_end_are_reported_and_no_connection_is_lost(
    site: Site,
    services: Services,
    dependency: str,
    subject: str,
    take_away: Act,
    give_back: Act,
) -> None:
    site.await_report(dependency, is_up=True)
    site.await_exact_counts()
    before = len(site.log_lines())

    take_away(services)
    try:
        site.await_report(dependency, is_up=False)
        site.await_line(subject, FAILED, since=before)
    finally:
        give_back(services)
    site.await_report(dependency, is_up=True)
    site.await_exact_counts()
    # The end of a flapping outage is logged after a minute without another one.
    if (subject, "failed") in site.log_lines(since=before):
        site.await_line(subject, {"works again"}, since=before)
    assert set(Counter(site.log_lines(since=before)).values()) <= {1}
