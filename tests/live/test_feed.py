"""The feed of a worker sends each activity once and loses none."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from landing.live.feed import FEED_ITEMS, Feed, History, Item, Removed


def item(id: int, *, at: int | None = None, skipped: int = 0) -> Item:
    return Item(id, "signup", "joined", "Ana", 1_000 * id if at is None else at, skipped)


def ids(items: Sequence[Item]) -> list[int]:
    return [each.id for each in items]


@pytest.fixture
def feed() -> Feed:
    """Return a feed that has read an empty table."""
    feed = Feed()
    feed.reconcile([])
    return feed


def test_a_repeated_activity_is_sent_once(feed: Feed) -> None:
    assert feed.receive(item(1))
    assert not feed.receive(item(1))
    assert feed.take_pending() == [item(1)]
    assert not feed.receive(item(1))
    assert not feed.reconcile([item(1)])
    assert feed.take_pending() == []


def test_new_connections_are_sent_only_activities_already_broadcast(feed: Feed) -> None:
    feed.receive(item(1))
    assert feed.sent == ()
    feed.take_pending()
    assert feed.sent == (item(1),)


def test_the_first_read_of_the_table_is_sent_as_a_history() -> None:
    feed = Feed()
    feed.receive(item(3))
    assert feed.reconcile([item(2), item(1)])
    assert feed.take_pending() == [History((item(3), item(2), item(1)))]


def test_an_empty_first_read_of_the_table_is_not_sent() -> None:
    feed = Feed()
    assert not feed.reconcile([])
    assert feed.take_pending() == []


def test_activities_with_a_lost_message_are_read_from_the_table_and_sent_oldest_first(
    feed: Feed,
) -> None:
    feed.receive(item(1))
    feed.take_pending()
    assert feed.reconcile([item(4), item(3), item(1)])
    assert feed.take_pending() == [item(3), item(4)]


def test_an_activity_that_is_no_longer_listed_is_removed(feed: Feed) -> None:
    feed.reconcile([item(2), item(1)])
    feed.take_pending()
    assert feed.reconcile([item(1)])
    assert feed.take_pending() == [Removed(2)]


def test_an_item_that_moves_up_is_sent_only_to_new_connections(feed: Feed) -> None:
    newest = [item(id) for id in range(FEED_ITEMS + 1, 1, -1)]
    feed.reconcile(newest)
    feed.take_pending()
    feed.receive(Removed(5))
    feed.take_pending()
    rest = [each for each in newest if each.id != 5] + [item(1)]
    feed.reconcile(rest)
    assert feed.take_pending() == []
    assert ids(feed.sent)[-1] == 1


def test_an_old_item_that_drops_off_the_end_is_not_removed(feed: Feed) -> None:
    newest = [item(id) for id in range(FEED_ITEMS, 0, -1)]
    feed.reconcile(newest)
    feed.take_pending()
    feed.reconcile([item(FEED_ITEMS + 1), *newest[:-1]])
    assert feed.take_pending() == [item(FEED_ITEMS + 1)]
    assert len(feed.sent) == FEED_ITEMS


def test_an_item_older_than_all_shown_ones_is_not_shown(feed: Feed) -> None:
    feed.reconcile([item(id) for id in range(FEED_ITEMS, 0, -1)])
    feed.take_pending()
    assert not feed.receive(item(99, at=0))
    assert feed.take_pending() == []


def test_an_item_that_is_shown_again_returns_to_its_place(feed: Feed) -> None:
    feed.reconcile([item(3), item(2), item(1)])
    feed.take_pending()
    feed.receive(Removed(2))
    feed.take_pending()
    assert feed.receive(item(2))
    assert feed.take_pending() == [item(2)]
    assert ids(feed.sent) == [3, 2, 1]


def test_hiding_and_showing_between_two_passes_leaves_no_pending_change(feed: Feed) -> None:
    feed.receive(item(1))
    feed.take_pending()
    feed.receive(Removed(1))
    feed.receive(item(1))
    assert not feed.has_pending


def test_after_a_failed_pass_the_history_is_sent_again(feed: Feed) -> None:
    feed.receive(item(1))
    feed.take_pending()
    feed.resend_all()
    feed.receive(item(2))
    assert feed.take_pending() == [History((item(2), item(1)))]
    assert not feed.has_pending


class Page:
    """A client as the protocol describes it; ``received`` lists each item that it was sent."""

    def __init__(self, items: Sequence[Item], opened_after: int = 0) -> None:
        self.items = {each.id: each for each in items}
        self.opened_after = opened_after
        self.received: list[int] = ids(items)

    def receive(self, change: Item | Removed | History) -> None:
        match change:
            case Item():
                self.items[change.id] = change
                self.received.append(change.id)
            case Removed():
                # A client that has dropped its oldest items may not know this one.
                if self.items.pop(change.id, None) is not None:
                    self.received.remove(change.id)
            case History():
                self.items = {each.id: each for each in change.items}
                self.received = ids(change.items)

    def newest(self) -> list[int]:
        newest_first = sorted(self.items.values(), key=lambda each: each.position, reverse=True)
        return ids(newest_first)[:FEED_ITEMS]


class Histories(RuleBasedStateMachine):
    """A table, a worker that receives some of its changes, and pages that open at any time."""

    def __init__(self) -> None:
        super().__init__()
        self.table: dict[int, Item] = {}
        self.hidden: set[int] = set()
        self.feed = Feed()
        self.feed.reconcile([])
        self.pages: list[Page] = []
        self.last_id = 0

    def listed(self) -> list[Item]:
        visible = [each for each in self.table.values() if each.id not in self.hidden]
        return sorted(visible, key=lambda each: each.position, reverse=True)[:FEED_ITEMS]

    @rule(is_received=st.booleans())
    def publish(self, is_received: bool) -> None:
        self.last_id += 1
        new = self.table[self.last_id] = item(self.last_id)
        if is_received:
            self.feed.receive(new)

    @rule(is_received=st.booleans(), data=st.data())
    def hide_or_show(self, is_received: bool, data: st.DataObject) -> None:
        if not self.table:
            return
        id = data.draw(st.sampled_from(sorted(self.table)[-30:]))
        self.hidden ^= {id}
        if is_received:
            self.feed.receive(Removed(id) if id in self.hidden else self.table[id])

    @rule()
    def heartbeat(self) -> None:
        self.feed.reconcile(self.listed())

    @rule()
    def broadcast(self) -> None:
        for change in self.feed.take_pending():
            for page in self.pages:
                page.receive(change)

    @rule()
    def open_page(self) -> None:
        self.pages.append(Page(self.feed.sent, self.last_id))

    @invariant()
    def no_page_receives_an_item_twice(self) -> None:
        for page in self.pages:
            assert len(page.received) == len(set(page.received))

    def teardown(self) -> None:
        """After one heartbeat and one broadcast, pages show what the table lists."""
        self.heartbeat()
        self.broadcast()
        assert list(self.feed.sent) == self.listed()
        listed = ids(self.listed())
        for page in self.pages:
            assert set(page.newest()) <= set(listed)
            if len(self.table) <= FEED_ITEMS:
                # Beyond that, only pages opened later see an item that moves up.
                assert set(page.newest()) >= {id for id in listed if id > page.opened_after}


TestHistories = Histories.TestCase
