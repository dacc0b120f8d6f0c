"""The consumer that does nothing, in a process that is told what ours is told.

Without what ours does to the garbage collector and to an unread debug line of autobahn,
one would not see what the rest of ours costs.
"""

from __future__ import annotations

from typing import Any

from landing.live.transport import daphne
from landing_site import process
from tests.load.bench.apps.noop import application as noop

process.tune()


async def application(scope: Any, receive: Any, send: Any) -> None:
    # As in ours: Daphne has chosen its reactor by the time of the first call.
    daphne.skip_unread_debug_lines()
    await noop(scope, receive, send)
