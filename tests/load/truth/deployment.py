"""The measured servers: Daphne processes with one Redis and one database, as in production.

The deployment owns the processes. It does not know the audience.
"""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import Mapping
from pathlib import Path

import django
from django.core.management import call_command
from django.utils.crypto import get_random_string

from tests.load.truth import ANNOUNCE, BREAK, LEFT
from tests.services.redis import RedisServer
from tests.services.site import UNLIMITED, DaphneServer

QUIET = ("-v", "0")


def prepare(
    directory: Path,
    tunables: Mapping[str, str],
    static: Path | None = None,
    migrated: Path | None = None,
) -> dict[str, str]:
    """Apply and return the environment of a deployment, with a database and static files.

    ``static``: a directory with static files that were collected before.
    ``migrated``: an SQLite file to copy instead of running the migrations.
    """
    database = directory / "truth.sqlite3"
    given = {
        "DJANGO_SETTINGS_MODULE": "landing_site.settings",
        "ENV_FILE": os.devnull,
        "DEBUG": "false",
        "SECRET_KEY": get_random_string(50),
        "DATABASE_URL": f"sqlite:///{database}",
        "STATIC_ROOT": str(static or directory / "static"),
        **tunables,
    }
    os.environ.update(given)
    django.setup()
    if migrated is None:
        call_command("migrate", verbosity=0)
    else:
        shutil.copy(migrated, database)
    if static is None:
        call_command("collectstatic", verbosity=0, interactive=False)
    return given


class Deployment:
    """The processes. The shared set ``living`` has the numbers of those that serve."""

    def __init__(self, given: Mapping[str, str], processes: int) -> None:
        self.redis = RedisServer()
        environment = {**given, **UNLIMITED, "REDIS_URL": self.redis.url}
        special = BREAK in given or ANNOUNCE in given
        application = f"{'tests.load.truth.broken' if special else 'landing_site.asgi'}:application"
        self.servers = [
            DaphneServer(environment, *QUIET, application=application) for _ in range(processes)
        ]
        self.living: set[int] = set()

    @property
    def ports(self) -> list[int]:
        return [server.port for server in self.servers]

    async def start(self) -> None:
        await asyncio.to_thread(self.redis.start)
        await asyncio.gather(*(self.start_one(number) for number in range(len(self.servers))))

    async def start_one(self, process: int) -> None:
        await asyncio.to_thread(self.servers[process].start)
        self.living.add(process)

    async def stop_one(self, process: int) -> None:
        """Stop a process as a deploy does: no new clients, then SIGTERM. Wait for its end."""
        self.living.discard(process)
        await asyncio.to_thread(self.servers[process].stop)

    async def kill_one(self, process: int) -> None:
        self.living.discard(process)
        await asyncio.to_thread(self.servers[process].kill)

    def pause_one(self, process: int) -> None:
        self.living.discard(process)
        self.servers[process].pause()

    def resume_one(self, process: int) -> None:
        self.servers[process].resume()
        self.living.add(process)

    def departures(self) -> int:
        """Return how many departures all processes have signaled."""
        return sum(
            line.startswith(LEFT) for server in self.servers for line in server.log.splitlines()
        )

    async def stop_redis_with_data(self) -> bytes:
        """Stop Redis gracefully, so that it loses nothing after the dump. Return the dump."""
        return await asyncio.to_thread(_shut_down, self.redis)

    def close(self) -> None:
        for server in self.servers:
            server.close()
        self.redis.close()


def _shut_down(redis: RedisServer) -> bytes:
    with redis.client() as client:
        directory = client.config_get("dir")["dir"]
        client.shutdown(save=True)
    redis.stop()
    return Path(directory, "dump.rdb").read_bytes()
