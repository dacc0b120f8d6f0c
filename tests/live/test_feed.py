"""What a worker knows of activities: nothing is said twice, and nothing is lost."""

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
    """One whose table was empty at the first look."""
    feed = Feed()
    feed.adopt([])
    return feed


def test_each_activity_is_said_once_however_often_it_is_heard(feed: Feed) -> None:
    assert feed.hear(item(1))
    assert not feed.hear(item(1))
    assert feed.take() == [item(1)]
    assert not feed.hear(item(1))
    assert not feed.adopt([item(1)])
    assert feed.take() == []


def test_a_newcomer_is_told_what_everybody_else_has_heard(feed: Feed) -> None:
    feed.hear(item(1))
    assert feed.told == ()
    feed.take()
    assert feed.told == (item(1),)


def test_the_first_reading_is_told_as_a_whole() -> None:
    feed = Feed()
    feed.hear(item(3))
    assert feed.adopt([item(2), item(1)])
    assert feed.take() == [History((item(3), item(2), item(1)))]


def test_a_first_reading_of_nothing_is_not_told() -> None:
    feed = Feed()
    assert not feed.adopt([])
    assert feed.take() == []


def test_what_no_message_told_is_found_in_the_table_and_said_from_old_to_new(feed: Feed) -> None:
    feed.hear(item(1))
    feed.take()
    assert feed.adopt([item(4), item(3), item(1)])
    assert feed.take() == [item(3), item(4)]


def test_what_is_gone_from_the_table_is_taken_back(feed: Feed) -> None:
    feed.adopt([item(2), item(1)])
    feed.take()
    assert feed.adopt([item(1)])
    assert feed.take() == [Removed(2)]


def test_what_moves_up_from_below_is_for_newcomers_only(feed: Feed) -> None:
    newest = [item(id) for id in range(FEED_ITEMS + 1, 1, -1)]
    feed.adopt(newest)
    feed.take()
    feed.hear(Removed(5))
    feed.take()
    rest = [each for each in newest if each.id != 5] + [item(1)]
    feed.adopt(rest)
    assert feed.take() == []
    assert ids(feed.told)[-1] == 1


def test_an_old_one_that_leaves_at_the_end_is_not_taken_back(feed: Feed) -> None:
    newest = [item(id) for id in range(FEED_ITEMS, 0, -1)]
    feed.adopt(newest)
    feed.take()
    feed.adopt([item(FEED_ITEMS + 1), *newest[:-1]])
    assert feed.take() == [item(FEED_ITEMS + 1)]
    assert len(feed.told) == FEED_ITEMS


def test_one_that_happened_before_all_that_is_shown_is_not_shown(feed: Feed) -> None:
    feed.adopt([item(id) for id in range(FEED_ITEMS, 0, -1)])
    feed.take()
    assert not feed.hear(item(99, at=0))
    assert feed.take() == []


def test_what_is_shown_again_takes_its_old_place(feed: Feed) -> None:
    feed.adopt([item(3), item(2), item(1)])
    feed.take()
    feed.hear(Removed(2))
    feed.take()
    assert feed.hear(item(2))
    assert feed.take() == [item(2)]
    assert ids(feed.told) == [3, 2, 1]


def test_taken_back_and_shown_again_before_anybody_heard_is_no_news(feed: Feed) -> None:
    feed.hear(item(1))
    feed.take()
    feed.hear(Removed(1))
    feed.hear(item(1))
    assert not feed.has_news


def test_after_a_pass_that_failed_everybody_is_told_all_there_is(feed: Feed) -> None:
    feed.hear(item(1))
    feed.take()
    feed.retell()
    feed.hear(item(2))
    assert feed.take() == [History((item(2), item(1)))]
    assert not feed.has_news


class Page:
    """A client as the protocol describes it, and how often it was told of each."""

    def __init__(self, told: Sequence[Item], came_after: int = 0) -> None:
        self.items = {each.id: each for each in told}
        self.came_after = came_after
        self.heard: list[int] = ids(told)

    def hear(self, news: Item | Removed | History) -> None:
        match news:
            case Item():
                self.items[news.id] = news
                self.heard.append(news.id)
            case Removed():
                # A client that has dropped the oldest may not know it any more.
                if self.items.pop(news.id, None) is not None:
                    self.heard.remove(news.id)
            case History():
                self.items = {each.id: each for each in news.items}
                self.heard = ids(news.items)

    def newest(self) -> list[int]:
        by_age = sorted(self.items.values(), key=lambda each: each.age, reverse=True)
        return ids(by_age)[:FEED_ITEMS]


class Histories(RuleBasedStateMachine):
    """A table, a worker that hears of some of its changes, and pages that come at any time."""

    def __init__(self) -> None:
        super().__init__()
        self.aggregates: dict[int, Item] = {}
        self.hidden: set[int] = set()
        self.feed = Feed()
        self.feed.adopt([])
        self.pages: list[Page] = []
        self.last_id = 0

    def listed(self) -> list[Item]:
        visible = [each for each in self.aggregates.values() if each.id not in self.hidden]
        return sorted(visible, key=lambda each: each.age, reverse=True)[:FEED_ITEMS]

    @rule(heard=st.booleans())
    def publish(self, heard: bool) -> None:
        self.last_id += 1
        new = self.aggregates[self.last_id] = item(self.last_id)
        if heard:
            self.feed.hear(new)

    @rule(heard=st.booleans(), data=st.data())
    def hide_or_show(self, heard: bool, data: st.DataObject) -> None:
        if not self.aggregates:
            return
        id = data.draw(st.sampled_from(sorted(self.aggregates)[-30:]))
        self.hidden ^= {id}
        if heard:
            self.feed.hear(Removed(id) if id in self.hidden else self.aggregates[id])

    @rule()
    def heartbeat(self) -> None:
        self.feed.adopt(self.listed())

    @rule()
    def fan_out(self) -> None:
        for news in self.feed.take():
            for page in self.pages:
                page.hear(news)

    @rule()
    def come(self) -> None:
        self.pages.append(Page(self.feed.told, self.last_id))

    @invariant()
    def nobody_hears_of_anything_twice(self) -> None:
        for page in self.pages:
            assert len(page.heard) == len(set(page.heard))

    def teardown(self) -> None:
        """After one heartbeat and one fan-out, whatever was lost, pages show what they should."""
        self.heartbeat()
        self.fan_out()
        assert list(self.feed.told) == self.listed()
        shown = ids(self.listed())
        for page in self.pages:
            assert set(page.newest()) <= set(shown)
            if len(self.aggregates) <= FEED_ITEMS:
                # Beyond that, what moves up from below only newcomers see.
                assert set(page.newest()) >= {id for id in shown if id > page.came_after}


TestHistories = Histories.TestCase
