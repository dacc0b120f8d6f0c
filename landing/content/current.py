"""The copy of the page's content in this process, and the draft of a preview.

A serving process reads the row in the background (:mod:`landing.content.refresh`). Another process,
such as a WSGI server or a command, reads it again if its copy is older than a heartbeat.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import replace
from math import inf
from threading import Lock

from asgiref.sync import sync_to_async
from django.db import Error as DatabaseError

from .. import conf
from ..live import worker
from ..models import Page
from ..resilience import errors
from ..resilience.loops import is_in_event_loop
from ..resilience.outage import Outage
from .logo import files as logo
from .values import Content

outage = Outage(
    logging.getLogger(__name__),
    "Reading the content of the page",
    "pages keep their last texts",
    errors=errors.database.labels("read_content"),
)
_draft: ContextVar[Content | None] = ContextVar("draft", default=None)


def read() -> Content:
    """Read the row, and the logo if it is new. Without a row, the settings are shown."""
    page = Page.objects.first()
    content = Content() if page is None else Content.from_page(page)
    has_file = logo.shown.load(content.logo_file)
    return content if has_file else replace(content, logo_file="")


class ContentCopy:
    """The last content that was read. Thread-safe. ``clock`` is monotonic, in seconds."""

    def __init__(
        self,
        read: Callable[[], Content] = read,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        #: Called before new content is shown, in the thread that has read it.
        self.before_showing: Callable[[Content], None] = lambda content: None
        self._read = read
        self._clock = clock
        self._content = Content()
        self._read_at = -inf
        # One read at a time, so that an earlier one never replaces the result of a later one.
        self._reading = Lock()

    def last(self) -> Content:
        """Return the last content, without I/O."""
        return self._content

    def refresh(self) -> None:
        """Read the content, or keep the last one if the database fails."""
        with self._reading:
            self._refresh()

    def get(self) -> Content:
        """Return the content; outside of event loops, read first if that is due.

        While one thread reads, the others get the last content.
        """
        if self._is_due() and not is_in_event_loop() and self._reading.acquire(blocking=False):
            try:
                self._refresh()
            finally:
                self._reading.release()
        return self._content

    async def prepare(self) -> None:
        """Read the content in a thread if that is due."""
        if self._is_due():
            await sync_to_async(self.get)()

    def _refresh(self) -> None:
        try:
            content = self._read()
        except DatabaseError as error:
            outage.record_failure(error)
        else:
            outage.record_success()
            self.before_showing(content)
            self._content = content
        self._read_at = self._clock()

    def _is_due(self) -> bool:
        if worker.current().is_serving:
            return False
        return self._clock() - self._read_at >= conf.read().LANDING_HEARTBEAT_SECONDS


copy = ContentCopy()


def current() -> Content:
    """Return the content that this page shows: a draft in a preview, else the owner's."""
    draft = _draft.get()
    return copy.get() if draft is None else draft


@contextmanager
def show_draft(content: Content) -> Iterator[None]:
    """Show this content inside of the block, and nowhere else."""
    token = _draft.set(content)
    try:
        yield
    finally:
        _draft.reset(token)
