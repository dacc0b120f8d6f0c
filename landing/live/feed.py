"""The newest activities, as one worker knows them.

Owns which of them a newcomer is told, what is still to be said to everybody, and that
nothing is said twice. Pure state: where activities come from, and who may see one, is
decided in :mod:`landing.activity.publishing`; when and to whom they go out, in
:mod:`landing.live.broadcaster`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

#: So many are kept, and told to a newcomer.
FEED_ITEMS = 20


class Item(NamedTuple):
    """One activity as a page shows it. ``skipped``: held back since the one before it."""

    id: int
    kind: str
    text: str
    actor: str
    timestamp_ms: int
    skipped: int = 0

    @property
    def age(self) -> tuple[int, int]:
        """Sorts from old to new."""
        return self.timestamp_ms, self.id


class Removed(NamedTuple):
    """This one is to disappear from every page."""

    id: int


class History(NamedTuple):
    """All there is, newest first: in place of whatever somebody knew."""

    items: tuple[Item, ...]


#: What one worker, or one reading of the table, may say of one activity.
FeedChange = Item | Removed


class Feed:
    """At most :data:`FEED_ITEMS` activities, and what of them is news."""

    def __init__(self) -> None:
        #: rises with all that is new here: a reading that was overtaken is an old one
        self.changes = 0
        #: what a newcomer is told, newest first: what everybody else has heard
        self.told: tuple[Item, ...] = ()
        self._is_known = False
        self._items: dict[int, Item] = {}
        #: what is no newer than this was pushed out at the end, or never came so far
        self._below = (0, 0)
        #: what everybody is to hear next, by id; None: that it is gone
        self._news: dict[int, Item | None] = {}
        #: everybody is to hear all there is
        self._is_retold = False

    @property
    def has_news(self) -> bool:
        """Whether there is something that not everybody has heard."""
        return self._is_retold or bool(self._news)

    def hear(self, news: FeedChange) -> bool:
        """A message arrived; False where it tells nothing new."""
        if isinstance(news, Removed):
            # A reading that is under way may list it yet, also where nobody here knew it.
            self.changes += 1
            return self._remove(news.id)
        changed = self._add(news)
        self.changes += changed
        return changed

    def adopt(self, newest: Iterable[Item]) -> bool:
        """What the table says; False where it says nothing new.

        The very first reading is told as a whole. Later ones say what no message said:
        each item that is gone, and each that is new. What only moves up from below, as
        something above it went, everybody had long ago.
        """
        listed = sorted(newest, key=_age)[-FEED_ITEMS:]
        if not self._is_known:
            return self._begin(listed)
        changed = self._drop_unlisted(listed)
        for item in listed:
            if item.age > self._below:
                changed = self._add(item) or changed
            elif item.id not in self._items:
                self._items[item.id] = item
                # Told to who comes from now on; nobody needs to hear of it.
                self.told = tuple(sorted((*self.told, item), key=_age, reverse=True)[:FEED_ITEMS])
        self._forget_the_oldest()
        self._note_the_end(listed)
        self.changes += changed
        return changed

    def take(self) -> list[Item | Removed | History]:
        """What everybody is to hear now; from here on it counts as told."""
        self.told = tuple(sorted(self._items.values(), key=_age, reverse=True))
        news, is_retold = self._news, self._is_retold
        self._news, self._is_retold = {}, False
        if is_retold:
            return [History(self.told)]
        return [Removed(id) if item is None else item for id, item in news.items()]

    def retell(self) -> None:
        """Not everybody has heard it: tell all of them all there is."""
        self._news.clear()
        self._is_retold = True

    def _begin(self, listed: list[Item]) -> bool:
        self._is_known = True
        if listed:
            self._items = {item.id: item for item in listed} | self._items
            self._forget_the_oldest()
            self._note_the_end(listed)
            self.retell()
            self.changes += 1
        return self._is_retold

    def _add(self, item: Item) -> bool:
        if self._items.get(item.id) == item:
            return False
        self._items[item.id] = item
        self._forget_the_oldest()
        if item.id not in self._items:
            return False
        self._note(item.id, item)
        return True

    def _remove(self, id: int) -> bool:
        if self._items.pop(id, None) is None:
            return False
        self._note(id, None)
        return True

    def _note(self, id: int, item: Item | None) -> None:
        """Nothing is news that everybody has heard, or that was taken back before they did."""
        self._news.pop(id, None)
        heard = next((told for told in self.told if told.id == id), None)
        if item != heard and not self._is_retold:
            self._news[id] = item

    def _drop_unlisted(self, listed: list[Item]) -> bool:
        """Those that the table would list if they were still to be seen."""
        ids = {item.id for item in listed}
        is_all = len(listed) < FEED_ITEMS
        gone = [
            item.id
            for item in self._items.values()
            if item.id not in ids and (is_all or item.age > listed[0].age)
        ]
        for id in gone:
            self._remove(id)
        return bool(gone)

    def _forget_the_oldest(self) -> None:
        for item in sorted(self._items.values(), key=_age)[:-FEED_ITEMS]:
            del self._items[item.id]
            self._news.pop(item.id, None)
            self._below = max(self._below, item.age)

    def _note_the_end(self, listed: list[Item]) -> None:
        """The table has older ones than a full list shows."""
        if len(listed) == FEED_ITEMS:
            timestamp_ms, id = listed[0].age
            self._below = max(self._below, (timestamp_ms, id - 1))


def _age(item: Item) -> tuple[int, int]:
    return item.age
