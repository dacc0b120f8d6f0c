"""The noop consumer with the process settings of our site.

Our site tunes the garbage collector and skips an unread debug line of autobahn. With the same
settings on both sides, a comparison shows the cost of the rest.
"""

from __future__ import annotations

from typing import Any

from landing.live.transport import daphne
from landing_site.startup import process_tuning
from tests.load.bench.apps.noop import application as noop

process_tuning.tune()


async def application(scope: Any, receive: Any, send: Any) -> None:
    # As in our site, only the first call knows which reactor Daphne chose.
    daphne.skip_unread_debug_lines()
    await noop(scope, receive, send)
