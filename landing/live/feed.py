"""The feed of one worker: the newest activities, and which changes connections must be sent.

Pure state. Site code publishes activities (``landing.activity``); the broadcaster sends the
changes. Two sources update the feed: messages from other workers, and the table, read on
each heartbeat. Each activity is sent to each connection once, whichever source is first.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum, auto
from typing import NamedTuple

#: Size of the feed.
FEED_ITEMS = 20


class Item(NamedTuple):
    """One activity as pages show it; ``skipped`` counts those held back since the last one."""

    id: int
    kind: str
    text: str
    actor: str
    timestamp_ms: int
    skipped: int = 0

    @property
    def position(self) -> tuple[int, int]:
        """Sort key, from old to new."""
        return self.timestamp_ms, self.id


class Removed(NamedTuple):
    """The activity with this id must disappear from every page."""

    id: int


class History(NamedTuple):
    """The whole feed, newest first; it replaces what a page shows."""

    items: tuple[Item, ...]


#: One change of the feed, as workers publish it.
FeedChange = Item | Removed


class _Delivery(Enum):
    """The content of the next broadcast."""

    CHANGES = auto()  #: the pending changes
    HISTORY = auto()  #: the whole feed: it was just read, or a broadcast failed half way


class Feed:
    """At most :data:`FEED_ITEMS` activities, and the changes that wait for a broadcast."""

    def __init__(self) -> None:
        #: rises with each change, so that a slow read of the table can be recognized as old
        self.version = 0
        #: the feed as connections know it, newest first; new connections receive it
        self.sent: tuple[Item, ...] = ()
        self._has_read_table = False
        self._items: dict[int, Item] = {}
        #: items at or below this position have dropped off the end of the feed
        self._floor = (0, 0)
        #: id → the item to send; None: its removal
        self._pending: dict[int, Item | None] = {}
        self._delivery = _Delivery.CHANGES

    @property
    def has_pending(self) -> bool:
        """Whether connections must be sent something."""
        return self._delivery is _Delivery.HISTORY or bool(self._pending)

    def receive(self, change: FeedChange) -> bool:
        """Apply a change that a worker published; return whether it is new. Idempotent."""
        if isinstance(change, Removed):
            # A read in progress may still list it, even if this feed does not.
            self.version += 1
            return self._remove(change.id)
        is_new = self._add(change)
        self.version += is_new
        return is_new

    def reconcile(self, newest: Iterable[Item]) -> bool:
        """Apply the newest items of the table; return whether connections must be sent something.

        The first read replaces the whole feed. Later reads find what no message brought:
        new items and removed ones. An item that only moves up, because one above it was
        removed, is not sent again: connections had it before.
        """
        listed = sorted(newest, key=_position)[-FEED_ITEMS:]
        if not self._has_read_table:
            return self._load(listed)
        changed = self._remove_unlisted(listed)
        for item in listed:
            if item.position > self._floor:
                changed = self._add(item) or changed
            elif item.id not in self._items:
                self._restore(item)
        self._drop_overflow()
        self._raise_floor(listed)
        self.version += changed
        return changed

    def take_pending(self) -> list[Item | Removed | History]:
        """Return what the broadcast must send; from now on it counts as sent."""
        self.sent = tuple(sorted(self._items.values(), key=_position, reverse=True))
        pending, delivery = self._pending, self._delivery
        self._pending, self._delivery = {}, _Delivery.CHANGES
        if delivery is _Delivery.HISTORY:
            return [History(self.sent)]
        return [Removed(id) if item is None else item for id, item in pending.items()]

    def resend_all(self) -> None:
        """Send the whole feed with the next broadcast: some connections missed a change."""
        self._pending.clear()
        self._delivery = _Delivery.HISTORY

    def _load(self, listed: list[Item]) -> bool:
        self._has_read_table = True
        if listed:
            self._items = {item.id: item for item in listed} | self._items
            self._drop_overflow()
            self._raise_floor(listed)
            self.resend_all()
            self.version += 1
        return self._delivery is _Delivery.HISTORY

    def _add(self, item: Item) -> bool:
        if self._items.get(item.id) == item:
            return False
        self._items[item.id] = item
        self._drop_overflow()
        if item.id not in self._items:
            return False
        self._set_pending(item.id, item)
        return True

    def _remove(self, id: int) -> bool:
        if self._items.pop(id, None) is None:
            return False
        self._set_pending(id, None)
        return True

    def _restore(self, item: Item) -> None:
        """Bring back an item from below the floor, for new connections only."""
        self._items[item.id] = item
        self.sent = tuple(sorted((*self.sent, item), key=_position, reverse=True)[:FEED_ITEMS])

    def _set_pending(self, id: int, item: Item | None) -> None:
        """Send this change, unless connections know it or a full resend covers it."""
        self._pending.pop(id, None)
        known = next((sent for sent in self.sent if sent.id == id), None)
        if item != known and self._delivery is _Delivery.CHANGES:
            self._pending[id] = item

    def _remove_unlisted(self, listed: list[Item]) -> bool:
        """Remove items that the table would list if they were still visible."""
        ids = {item.id for item in listed}
        is_complete = len(listed) < FEED_ITEMS
        removed = [
            item.id
            for item in self._items.values()
            if item.id not in ids and (is_complete or item.position > listed[0].position)
        ]
        for id in removed:
            self._remove(id)
        return bool(removed)

    def _drop_overflow(self) -> None:
        """Keep the newest :data:`FEED_ITEMS`."""
        for item in sorted(self._items.values(), key=_position)[:-FEED_ITEMS]:
            del self._items[item.id]
            self._pending.pop(item.id, None)
            self._floor = max(self._floor, item.position)

    def _raise_floor(self, listed: list[Item]) -> None:
        """Exclude items older than a full list: the table has more than the list shows."""
        if len(listed) == FEED_ITEMS:
            timestamp_ms, id = listed[0].position
            self._floor = max(self._floor, (timestamp_ms, id - 1))


def _position(item: Item) -> tuple[int, int]:
    return item.position
