"""The Channels group of all workers; each worker is one member, its connections are none.

Carries a snapshot, or a change of the feed, of one browser, or of the page. The layer
delivers at most once, so a message is a hint. The heartbeat makes up for a lost one.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import asdict
from typing import Any, NamedTuple

from ...names import LABEL
from ...resilience import errors
from ...resilience.counted_log import CountedLog
from ...resilience.outage import Outage
from ...visitors.sessions import change as session_change
from ...visitors.sessions.change import SessionChange
from ..feed import FeedChange, Item, Removed
from ..presence.aggregates import Aggregates
from ..presence.contract import Snapshot
from . import visitor_changes
from .channel_layer import ChannelLayer
from .visitor_changes import VisitorChange

logger = logging.getLogger(__name__)

GROUP = f"{LABEL}.live"
#: Some layers end a membership after a day and never renew it.
REJOIN_SECONDS = 3600.0
#: Delay after the layer failed. A membership that lasted longer is renewed at once.
RETRY_SECONDS = 5.0
#: Longest time until a snapshot returns to its publisher. Later, the subscription is lost: a
#: layer of channels_redis reports neither a lost permission nor a restart of Redis.
ECHO_SECONDS = 5.0

_sending = Outage(
    logger,
    "Sending to other workers",
    "heartbeats carry the changes",
    errors=errors.redis.labels("publish"),
)


class PageChange(NamedTuple):
    """The content of the page has changed: every worker reads its row again."""


BrowserChange = SessionChange | VisitorChange
Change = BrowserChange | PageChange


async def publish_activity(layer: ChannelLayer, change: FeedChange, timeout_seconds: float) -> bool:
    """Send a change of the feed to every worker; return whether that worked.

    A lost message is repaired from the table.
    """
    message: dict[str, Any] = {"type": "activity", "item": list(change)}
    if isinstance(change, Removed):
        message = {"type": "activity-removed", "id": change.id}
    return await _send(layer, message, timeout_seconds)


async def publish_change(layer: ChannelLayer, change: Change, timeout_seconds: float) -> bool:
    """Send a change of one browser, or of the page, to every worker; return whether that worked."""
    if isinstance(change, PageChange):
        message = {"type": "page"}
    elif isinstance(change, SessionChange):
        message = {"type": "session", "change": session_change.seal(change)}
    else:
        message = {"type": "visitor", "change": visitor_changes.seal(change)}
    return await _send(layer, message, timeout_seconds)


async def _send(layer: ChannelLayer, message: dict[str, Any], timeout_seconds: float) -> bool:
    try:
        async with asyncio.timeout(timeout_seconds):
            await layer.group_send(GROUP, message)
    except Exception as error:  # noqa: BLE001  layers raise what their transport raises
        _sending.record_failure(error)
        return False
    _sending.record_success()
    return True


class WorkerGroup:
    """The membership of this worker.

    ``on_snapshot`` receives an epoch and its snapshot (None while the epoch settles);
    ``on_activity`` receives a change of the feed; ``on_change`` the new session of a browser,
    or the change of its visitor; ``on_page_change`` is called if the content of the page changed.
    ``find_problem`` returns a problem of the layer that joining would not raise.
    """

    def __init__(
        self,
        layer: ChannelLayer,
        timeout_seconds: float,
        on_snapshot: Callable[[str, Snapshot | None], None],
        on_activity: Callable[[FeedChange], None],
        on_change: Callable[[BrowserChange], None] = lambda change: None,
        find_problem: Callable[[], Awaitable[Exception | None]] | None = None,
        on_page_change: Callable[[], None] = lambda: None,
    ) -> None:
        #: Set while presence answers. Both use the same Redis, so joining would fail too.
        self.is_reachable = asyncio.Event()
        self._layer = layer
        self._timeout_seconds = timeout_seconds
        self._on_snapshot = on_snapshot
        self._on_activity = on_activity
        self._on_change = on_change
        self._on_page_change = on_page_change
        self._channel: str | None = None
        #: set while this worker is a member, and whether it waits for its own message
        self._membership: asyncio.Timeout | None = None
        self._rejoin_at, self._is_echo_due = 0.0, False
        self._outage = Outage(
            logger,
            "The channel layer",
            "heartbeats carry the counts",
            errors=errors.redis.labels("receive"),
        )
        self._log = CountedLog(logger)
        self._find_problem = find_problem

    async def publish_snapshot(self, epoch: str, snapshot: Snapshot | None) -> None:
        """Send the snapshot to every worker, this one included."""
        content = _dump_snapshot(snapshot)
        message: dict[str, Any] = {"type": "snapshot", "epoch": epoch, "snapshot": content}
        if snapshot is not None and snapshot.suspects:
            message["suspects"] = snapshot.suspects
        if await _send(self._layer, message, self._timeout_seconds):
            self._expect_echo()

    async def publish_activity(self, change: FeedChange) -> None:
        """Send a change of the feed to every worker, this one included."""
        await publish_activity(self._layer, change, self._timeout_seconds)

    async def publish_change(self, change: Change) -> None:
        """Send a change of one browser, or of the page, to every worker, this one included."""
        await publish_change(self._layer, change, self._timeout_seconds)

    async def receive_forever(self) -> None:
        """Receive messages, and join again after a failure or a long membership."""
        now = asyncio.get_running_loop().time
        while True:
            # In some layers, each failed attempt to join leaves a channel behind.
            await self.is_reachable.wait()
            began_at = now()
            self._rejoin_at, self._is_echo_due = began_at + REJOIN_SECONDS, False
            membership = asyncio.timeout_at(self._rejoin_at)
            try:
                async with membership:
                    await self._receive(membership)
            except Exception as error:  # noqa: BLE001  layers raise what their transport raises
                await self._leave()
                if not membership.expired():
                    self._outage.record_failure(error)
                    if now() - began_at < RETRY_SECONDS:
                        await asyncio.sleep(RETRY_SECONDS)

    async def _receive(self, membership: asyncio.Timeout) -> None:
        if self._find_problem is not None and (problem := await self._find_problem()):
            raise problem
        channel = await self._layer.new_channel()
        self._channel = channel
        await self._layer.group_add(GROUP, channel)
        self._outage.record_success()
        self._membership = membership
        try:
            while True:
                self.dispatch(await self._layer.receive(channel))
                self._end_echo()
                self._outage.record_success()
        finally:
            self._membership = None

    def _expect_echo(self) -> None:
        """Join again unless a message arrives soon."""
        if self._membership is not None and not self._is_echo_due:
            self._is_echo_due = True
            due_at = asyncio.get_running_loop().time() + ECHO_SECONDS
            self._membership.reschedule(min(due_at, self._rejoin_at))

    def _end_echo(self) -> None:
        if self._membership is not None and self._is_echo_due:
            self._is_echo_due = False
            self._membership.reschedule(self._rejoin_at)

    async def _leave(self) -> None:
        """Leave the group. Some layers would keep messages for the channel for a day."""
        channel, self._channel = self._channel, None
        if channel is None:
            return
        try:
            async with asyncio.timeout(self._timeout_seconds):
                await self._layer.group_discard(GROUP, channel)
        except Exception as error:  # noqa: BLE001  layers raise what their transport raises
            logger.debug("A channel stays in the group until it expires: %r", error)

    def dispatch(self, message: Mapping[str, Any]) -> None:
        """Pass on one message; ignore an unknown type, which a newer version may send."""
        match message:
            case {"type": "snapshot", "epoch": epoch, "snapshot": content}:
                suspects = message.get("suspects", 0)
                snapshot = content and _load_snapshot(epoch, suspects=suspects, **content)
                self._on_snapshot(epoch, snapshot)
            case {
                "type": "activity",
                "item": [int(), str(), str(), str(), int(), int()] as fields,
            }:
                self._on_activity(Item(*fields))
            case {"type": "activity-removed", "id": int(id)}:
                self._on_activity(Removed(id))
            case {"type": "session", "change": str(sealed)}:
                change = session_change.unseal(sealed)
                if change is not None:
                    self._on_change(change)
            case {"type": "visitor", "change": str(sealed)}:
                visitor_change = visitor_changes.unseal(sealed)
                if visitor_change is not None:
                    self._on_change(visitor_change)
            case {"type": "page"}:
                self._on_page_change()
            case {"type": "trial"}:  # of ``manage.py presence_doctor``
                pass
            case _:
                self._log.warn("Ignored a message of unknown type %s", message.get("type"))


def _dump_snapshot(snapshot: Snapshot | None) -> dict[str, Any] | None:
    if snapshot is None:
        return None
    content = asdict(snapshot)
    # The message has both. An earlier version rejects a snapshot with an unknown key.
    del content["epoch"], content["suspects"]
    # The key of earlier versions, which run beside this one during a deploy.
    content["table"] = content.pop("aggregates")
    return content


def _load_snapshot(epoch: str, *, table: Sequence[Any] | None, **counts: int) -> Snapshot:
    aggregates = Aggregates(*table) if table else None
    return Snapshot(**counts, aggregates=aggregates, epoch=epoch)
