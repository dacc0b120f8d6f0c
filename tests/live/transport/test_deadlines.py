from __future__ import annotations

import pytest
from twisted.internet import task

from landing.live.transport.deadlines import SWEEP_SECONDS, Deadline, sweep_forever


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_an_item_expires_once_after_its_time() -> None:
    clock, expired = Clock(), list[str]()
    deadline: Deadline[str] = Deadline(10, expired.append, clock)
    deadline.start("a")
    clock.now = 5
    deadline.start("b")

    clock.now = 9.9
    deadline.sweep()
    assert expired == []
    clock.now = 10
    deadline.sweep()
    deadline.sweep()
    assert expired == ["a"]
    assert len(deadline) == 1


def test_a_discarded_item_does_not_expire_and_a_restarted_one_expires_later() -> None:
    clock, expired = Clock(), list[str]()
    deadline: Deadline[str] = Deadline(10, expired.append, clock)
    for item in ("a", "b", "c"):
        deadline.start(item)
    deadline.discard("a")
    deadline.discard("a")
    clock.now = 5
    deadline.start("b")
    assert deadline.oldest() == "c"

    clock.now = 10
    deadline.sweep()
    assert expired == ["c"]
    clock.now = 15
    deadline.sweep()
    assert expired == ["c", "b"]
    assert deadline.oldest() is None


def test_an_item_that_is_discarded_while_another_expires_stays_discarded() -> None:
    clock, expired = Clock(), list[str]()

    def expire(item: str) -> None:
        expired.append(item)
        deadline.discard("b")

    deadline: Deadline[str] = Deadline(1, expire, clock)
    deadline.start("a")
    deadline.start("b")
    clock.now = 2
    deadline.sweep()

    assert expired == ["a"]


def test_sweeps_repeat_every_second_even_after_an_error() -> None:
    reactor = task.Clock()
    expired = list[str]()

    def expire(item: str) -> None:
        expired.append(item)
        if item == "broken":
            raise AttributeError(item)

    deadline: Deadline[str] = Deadline(SWEEP_SECONDS, expire, reactor.seconds)
    for item in ("broken", "other"):
        deadline.start(item)
    sweep_forever(reactor, (deadline,))
    assert expired == []

    with pytest.raises(AttributeError):
        reactor.advance(SWEEP_SECONDS)
    reactor.advance(SWEEP_SECONDS)
    assert expired == ["broken", "other"]
