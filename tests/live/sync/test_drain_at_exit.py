"""The drain at interpreter exit, for servers without a shutdown event."""

from __future__ import annotations

from typing import Any

from tests.live.presence.simulation import visitor_key
from tests.services.site import python

#: Opens one connection, and exits the interpreter without a shutdown of the worker.
PROGRAM = """
import asyncio
import django
django.setup()
from channels.layers import InMemoryChannelLayer
from landing import conf
from landing.live.sync.drain import drain_at_exit
from landing.live.transport.outbound import AsgiOutbound
from landing.live.presence import factory
from landing.live.connection import Connection
from landing.asgi.worker_parts import build_worker

async def discard(_): ...

async def main():
    worker = build_worker(factory.from_settings(), InMemoryChannelLayer(), conf.read())
    drain_at_exit(worker.parts.drain, factory.from_settings)
    await worker.start()
    await worker.connect(Connection({visitor!r}, None, AsgiOutbound(discard), discard))
    while not (worker.snapshot() and worker.snapshot().snapshot.people):
        await asyncio.sleep(0.05)

asyncio.run(main())
"""


def test_people_get_the_grace_period_when_the_interpreter_exits(redis_server: Any) -> None:
    redis_server.flush()
    url = redis_server.url.replace("127.0.0.1", "localhost")  # a host name requires a DNS lookup
    visitor = visitor_key("ana").id
    completed = python(
        "-c",
        PROGRAM.format(visitor=visitor),
        DJANGO_SETTINGS_MODULE="landing_site.settings",
        DEBUG="true",
        REDIS_URL=url,
        LANDING_HEARTBEAT_SECONDS="0.2",
    )
    assert completed.returncode == 0, completed.stderr
    client = redis_server.client()
    assert client.zscore("{landing}:lingering:v", visitor) is not None
    assert client.zcard("{landing}:leases") == 0
    assert "Traceback" not in completed.stderr
