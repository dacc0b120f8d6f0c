from __future__ import annotations

from landing.visitors.sessions.round_robin import RoundRobin


def test_every_item_has_its_turn_although_items_come_and_go() -> None:
    turns = RoundRobin(2)
    taken = [turns.take("abcde"), turns.take("abcde"), turns.take("abxyz"), turns.take("abxyz")]

    assert taken == [["a", "b"], ["c", "d"], ["x", "y"], ["z", "a"]]
    assert turns.take("") == []
    assert turns.take("ab") == ["a", "b"]
