"""The store of a process is bounded, and has values of one revision."""

from __future__ import annotations

from landing.admin.dashboard.filtered.store import Store


def new_store(**sizes: int) -> Store:
    """Return a store for 30 bytes at revision 1, with values of these sizes."""
    store = Store(max_bytes=30)
    store.get("", 1)
    for name, size in sizes.items():
        store.put(name, 1, name, size)
    return store


def names(store: Store, revision: int = 1) -> list[str]:
    return [name for name in "abcd" if store.get(name, revision)]


def test_another_revision_forgets_everything() -> None:
    store = new_store(a=10, b=10)
    assert names(store) == ["a", "b"]

    assert names(store, revision=2) == []
    assert store.bytes == 0


def test_a_value_of_a_former_revision_is_not_kept() -> None:
    store = new_store()
    store.get("a", 2)
    store.put("a", 1, "a", 10)

    assert names(store, revision=2) == names(store) == []


def test_the_values_used_last_are_kept() -> None:
    store = new_store(a=10, b=10, c=10)
    store.get("a", 1)
    store.put("d", 1, "d", 10)

    assert names(store) == ["a", "c", "d"]
    assert store.bytes == 30


def test_a_value_is_replaced() -> None:
    store = new_store(a=20)
    store.put("a", 1, "new", 25)

    assert (store.get("a", 1), store.bytes) == ("new", 25)


def test_a_value_beyond_the_limit_is_not_kept() -> None:
    store = new_store(a=10, b=31)

    assert names(store) == ["a"]
    assert store.bytes == 10


def test_a_cleared_store_is_empty() -> None:
    store = new_store(a=10)
    store.clear()

    assert names(store) == []
    assert store.bytes == 0
