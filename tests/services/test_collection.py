from __future__ import annotations

import gc
from pathlib import Path

from tests.services import collection

PATHS = [Path(f"test_{number:02}.py") for number in range(20)]


def test_each_process_imports_everything_from_its_own_start() -> None:
    orders = [collection.in_order_of(number, 6, PATHS) for number in range(6)]
    assert all(sorted(order) == PATHS for order in orders)
    assert len({order[0] for order in orders}) == 6


def test_a_module_has_the_name_that_pytest_gives_it() -> None:
    assert collection.module_name(Path(__file__)) == __name__


def test_objects_of_the_collection_are_never_garbage() -> None:
    before = gc.get_freeze_count()
    with collection.without_garbage():
        assert not gc.isenabled()
    assert gc.isenabled()
    assert gc.get_freeze_count() > before
