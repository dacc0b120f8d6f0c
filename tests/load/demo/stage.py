"""The server of the demo: a development server with its own database.

This module owns the server and its data. :mod:`tests.load.demo.audience` owns the visitors.
"""

from __future__ import annotations

import logging
import os
import socket
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from tests.services import children
from tests.services.ports import HOST, wait_until
from tests.services.site import ROOT, UNLIMITED, environment, manage

DATABASE = ROOT / "demo.sqlite3"
#: The log of the server.
LOG = ROOT / "test-output" / "demo.log"
ADMIN = "demo"
SEED = 1
#: Samples are written ahead for the time until the server starts and people have connected.
AHEAD_MINUTES = 3
#: On a busy machine, the past of the demo takes minutes.
SEED_TIMEOUT_SECONDS = 900.0
#: Text below the counter, so that nobody mistakes the programs for people.
LABEL = "This is a demo: everybody here is a program"


def settings(database: Path = DATABASE, time_zone: str = "UTC") -> dict[str, str]:
    """Return the environment of the demo's processes."""
    return {
        "DJANGO_SETTINGS_MODULE": "tests.load.demo.settings",
        "DEBUG": "true",
        "DATABASE_URL": f"sqlite:///{database}",
        "TIME_ZONE": time_zone,
        "LANDING_COUNTER_SUBTEXT": LABEL,
        "LANDING_SIMULATED_FALLBACK": "false",
        "LANDING_ACTIVITY_SIGNUPS": "true",
        # This process publishes sign-ups, and the server reads them on each heartbeat.
        "LANDING_HEARTBEAT_SECONDS": "1",
        **UNLIMITED,
    }


class Past(NamedTuple):
    """How much ``seed_analytics`` writes, so that the demo continues it without a step."""

    days: int
    visitors: int


def join(environment: Mapping[str, str]) -> None:
    """Make this process use the demo's settings and database."""
    os.environ.update(environment)
    import django

    django.setup()
    logging.getLogger("httpx").setLevel(logging.WARNING)


class Stage:
    """The running server. It ends with the ``with`` block."""

    def __init__(
        self,
        port: int,
        past: Past,
        database: Path = DATABASE,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        """``environment``: that of :func:`settings` for the database, by default."""
        self.port = port
        self.past = past
        self.url = f"http://{HOST}:{port}/"
        self._database = database
        self._settings = dict(environment or settings(database))
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Stage:
        LOG.parent.mkdir(exist_ok=True)
        for suffix in ("", "-wal", "-shm"):
            Path(f"{self._database}{suffix}").unlink(missing_ok=True)
        manage("migrate", "--verbosity=0", **self._settings)
        manage(
            *("createsuperuser", "--noinput", "--username", ADMIN, "--email", "demo@example.com"),
            **{**self._settings, "DJANGO_SUPERUSER_PASSWORD": ADMIN},
        )
        # Past data for the dashboard, marked as simulated.
        manage(
            *("seed_analytics", f"--seed={SEED}", f"--ahead={AHEAD_MINUTES}"),
            *(f"--days={self.past.days}", f"--visitors={self.past.visitors}"),
            timeout_seconds=SEED_TIMEOUT_SECONDS,
            **self._settings,
        )
        with LOG.open("wb") as log:
            self._process = children.start(
                [sys.executable, "manage.py", "runserver", "--noreload", f"{HOST}:{self.port}"],
                cwd=ROOT,
                env=environment(self._settings),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        wait_until(self._listens, f"the page answers on port {self.port}")
        return self

    def __exit__(self, *error: object) -> None:
        assert self._process is not None
        self._process.terminate()
        self._process.wait(timeout=30)

    def _listens(self) -> bool:
        assert self._process is not None
        if self._process.poll() is not None:
            raise RuntimeError(f"The server did not start. See {LOG.relative_to(ROOT)}.")
        with socket.socket() as probe:
            return probe.connect_ex((HOST, self.port)) == 0
