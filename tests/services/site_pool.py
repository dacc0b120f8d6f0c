"""Servers that tests use in turn instead of starting one each."""

from __future__ import annotations

import re
import shutil
import urllib.request
from collections.abc import Mapping
from itertools import count
from pathlib import Path

from tests.services.ports import wait_until
from tests.services.site import DaphneServer

#: With two servers, the last visitors of a test leave one while the next test uses the other.
SIZE = 2
#: The shortest time that a reload on a busy machine does not exceed.
GRACE_SECONDS = 1
SETTINGS = {
    "LANDING_LINGER_SECONDS": str(GRACE_SECONDS),
    # All tests share one address.
    "LANDING_STATS_THROTTLE_RATE": "1000000/second",
}


class SitePool:
    """Up to ``SIZE`` running servers, each with its own copy of one SQLite database."""

    def __init__(self, environment: Mapping[str, str], database: Path, directory: Path) -> None:
        self._environment = {**environment, **SETTINGS}
        self._database = database
        self._directory = directory
        self._servers: list[DaphneServer] = []
        self._numbers = count()

    def take(self) -> DaphneServer:
        """Return the server that was used least recently, running and without visitors."""
        if len(self._servers) < SIZE:
            self._servers.append(self._new_server())
            return self._servers[-1]
        server = self._servers.pop(0)
        self._servers.append(server)
        if not server.is_running:
            server.start()
        wait_until(lambda: people_online(server) == 0, "everybody has left")
        return server

    def close(self) -> None:
        for server in self._servers:
            server.close()

    def _new_server(self) -> DaphneServer:
        copy = shutil.copy(self._database, self._directory / f"{next(self._numbers)}.sqlite3")
        server = DaphneServer({**self._environment, "DATABASE_URL": f"sqlite:///{copy}"})
        server.start()
        return server


def people_online(server: DaphneServer) -> int | None:
    """Return how many people the server counts, or None if it does not know."""
    with urllib.request.urlopen(server.url + "/metrics", timeout=10) as answer:
        found = re.search(r'^landing_people\{source="live"\} (\d+)', answer.read().decode(), re.M)
    return int(found[1]) if found else None
