"""The lifespan of an application inside another one that handles the events of the server."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

logger = logging.getLogger(__name__)


class ForwardedLifespan:
    """Passes lifespan events on to ``application``, which may not know them.

    Django and Channels raise ValueError for a lifespan. Others return, or raise something else.
    """

    def __init__(self, application: Any, scope: Any) -> None:
        self._application = application
        self._scope = scope
        self._events: asyncio.Queue[Any] = asyncio.Queue()
        #: Messages of the application; None at its end.
        self._answers: asyncio.Queue[Any] = asyncio.Queue()
        self._task: asyncio.Task[None] | None = None

    async def pass_on(self, event: Any) -> Any:
        """Return the answer to an event; None if the application has no lifespan (any more)."""
        if self._task is None:
            self._task = asyncio.create_task(self._run())
        if self._task.done():
            return None
        self._events.put_nowait(event)
        return await self._answers.get()

    def cancel(self) -> None:
        """End the application's task, if it has not ended by itself."""
        if self._task is not None:
            self._task.cancel()

    async def _run(self) -> None:
        try:
            await self._application(self._scope, self._events.get, self._answers.put)
        except Exception as error:  # noqa: BLE001  a server would go on without a lifespan, too
            level = logging.DEBUG if isinstance(error, ValueError) else logging.WARNING
            logger.log(level, "The lifespan of the application inside has ended: %r", error)
        finally:
            self._answers.put_nowait(None)
