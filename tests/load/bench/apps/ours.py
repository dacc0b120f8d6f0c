"""The site as deployed, with a control socket."""

from __future__ import annotations

from landing.live import worker
from landing.live.frames import Topic
from landing_site.asgi import application as site
from tests.load.bench.apps import control


async def broadcast(text: str) -> None:
    """Send to every socket at once. Pacing would hide the speed of the fan-out."""
    live = worker.current()
    assert live.is_serving, "nobody has connected yet"
    await live.parts.fanout.send_to_all({Topic.ONLINE: [text]})


application = control.beside(site, broadcast)
