"""One server process: its worker, and the tasks beside the requests."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import ClassVar

from django.db import connections

from .. import conf, stats
from ..analytics import recording
from ..analytics.first_dwell_rows import first_dwell_rows
from ..background import BackgroundTasks, claim_presence
from ..live import worker
from ..live.current_snapshot import SourcedSnapshot
from ..live.presence import factory
from ..live.presence.aggregates import Aggregates
from ..live.presence.split_detector import claim_nothing
from ..live.sync import channel_layer_check
from ..live.sync.channel_layer import open_layer
from ..live.sync.drain import drain_at_exit
from ..live.transport import daphne
from ..live.transport.guard import Guard
from ..privacy import forgetting
from ..visitors.sessions import permissions as session_permissions
from ..visitors.sessions import users as session_users
from .worker_parts import build_worker


class ServerProcess:
    """One server process: its worker, and the tasks beside the requests."""

    _latest: ClassVar[ServerProcess | None] = None

    def __init__(self, guard: Guard) -> None:
        self._loop = asyncio.get_running_loop()
        self._has_started = False
        self._background = BackgroundTasks()
        self._worker = build_worker(
            factory.from_settings(),
            open_layer(),
            conf.read(),
            read_aggregates=self._read_aggregates,
            read_users=session_users.read,
            may_watch_map=session_permissions.may_view_analytics,
            on_arrival=first_dwell_rows.record,
            on_forget=forgetting.forget_here,
            on_page_change=self._background.content.receive_hint,
            on_stays=self._background.stays.add,
            claim=claim_nothing if factory.is_shared() else claim_presence,
            find_channel_problem=channel_layer_check.find_problem,
            is_stopping=lambda: guard.is_stopping,
        )
        guard.hand_over = self._worker.parts.drain.handover.step

    @classmethod
    def find_or_build(cls, guard: Guard) -> ServerProcess:
        """Return the process of this event loop, which several applications may share."""
        found = cls._latest
        if found is None or found._is_over():
            found = cls._latest = cls(guard)
        return found

    def _is_over(self) -> bool:
        """Return whether it belongs to another event loop, or has begun to stop."""
        return self._loop is not asyncio.get_running_loop() or self._worker.is_draining

    async def start(self) -> None:
        """Start the loops; wait, but never long, for the first counts and reads. Idempotent."""
        if self._has_started:
            return
        self._has_started = True
        try:
            await self._start()
        except BaseException:
            ServerProcess._latest = None  # the next call builds another one
            raise

    async def _start(self) -> None:
        worker.set_current(self._worker)
        if conf.read().LANDING_PROCESS_TUNING:
            daphne.skip_unread_debug_lines()
        daphne.before_shutdown(self.stop)
        drain_at_exit(self._worker.parts.drain, factory.from_settings)
        self._background.start(self._worker)
        await asyncio.gather(self._worker.start(), self._background.wait_for_first_reads())

    async def _read_aggregates(self, current: SourcedSnapshot | None) -> Aggregates | None:
        """Read the aggregates, then sample this minute in the background."""
        aggregates = await stats.read_aggregates(current)
        self._background.sample_soon(current, aggregates)
        return aggregates

    def stop(self) -> Awaitable[None]:
        """Stop the background tasks, write rows at once, and begin the drain."""
        self._background.stop()
        recording.writer.hurry()
        return self._worker.stop()

    def finish(self) -> None:
        """Write the rows and stays that still wait. Call it in a thread without other queries."""
        recording.writer.finish()
        self._background.stays.finish()
        connections.close_all()
