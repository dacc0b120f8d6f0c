"""The database, and processes over it that each count in their own memory."""

from __future__ import annotations

import time
from collections.abc import Callable

from django.db import Error as DatabaseError

from ..conf import is_host, spell
from ..health.readiness import DatabaseProbe
from ..models import ServingProcess
from ..tables import own_database
from .finding import Finding, ok, problem, warning

#: Where a project names its database.
SETTING = "DATABASES" if is_host() else "DATABASE_URL"

#: Times per heartbeat that the row of the serving process is read.
READS_PER_HEARTBEAT = 20


def examine_database() -> Finding:
    """Return whether the database answers and is migrated."""
    found = DatabaseProbe().find_problem()
    if found is None:
        return ok(
            "database", f"The {own_database.connection().vendor} database answers and is migrated."
        )
    return problem(
        "database",
        f"The database {found.partition(':')[0]}.",
        "Run manage.py migrate." if "migrate" in found else f"Start it, or correct {SETTING}.",
    )


def examine_split(heartbeat_seconds: float, sleep: Callable[[float], None] = time.sleep) -> Finding:
    """Watch the row of the serving process for two heartbeats: several processes take turns."""
    seen: list[str] = []
    try:
        for _ in range(2 * READS_PER_HEARTBEAT + 2):
            process = ServingProcess.objects.values_list("process", flat=True).first()
            if process and seen[-1:] != [process]:
                seen.append(process)
            if len(seen) > len(set(seen)):
                return problem(
                    "split",
                    "Several processes serve the same database, and each counts only its own "
                    "visitors.",
                    f"Set {spell('LANDING_REDIS_URL')} for all processes, or run only one.",
                )
            sleep(heartbeat_seconds / READS_PER_HEARTBEAT)
    except DatabaseError:
        return warning("split", "The database could not be watched.", "See the other findings.")
    return ok("split", "At most one process counts in its own memory over this database.")
