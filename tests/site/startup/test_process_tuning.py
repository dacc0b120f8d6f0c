"""The garbage collector and the file limit of a process that serves many connections."""

from __future__ import annotations

import gc
import resource
import sys
from collections.abc import Iterator

import pytest

from landing_site.startup import process_tuning


@pytest.fixture
def file_limit() -> Iterator[int]:
    """Set the limit of open files below the hard limit, and return the hard limit."""
    before, hard_limit = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (before - 1, hard_limit))
    yield hard_limit
    resource.setrlimit(resource.RLIMIT_NOFILE, (before, hard_limit))


@pytest.fixture
def _collector() -> Iterator[None]:
    """Restore the garbage collector of the tests."""
    thresholds = gc.get_threshold()
    yield
    gc.unfreeze()
    gc.set_threshold(*thresholds)


@pytest.mark.usefixtures("_collector")
def test_loaded_objects_are_exempt_from_collections_and_later_ones_are_not(
    file_limit: int,
) -> None:
    loaded: list[object] = []
    loaded.append(loaded)
    process_tuning.tune()
    later: list[object] = []
    later.append(later)

    collected = gc.get_objects()
    assert not any(each is loaded for each in collected)
    assert any(each is later for each in collected)
    assert gc.get_threshold() == process_tuning.THRESHOLDS
    assert resource.getrlimit(resource.RLIMIT_NOFILE) == (file_limit, file_limit)


def test_a_system_that_rejects_its_own_hard_limit_keeps_its_limit(
    file_limit: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    with monkeypatch.context() as patched:
        # No process may have this many open files.
        patched.setattr(resource, "getrlimit", lambda kind: (0, 1 << 62))
        process_tuning._raise_file_limit()
    assert resource.getrlimit(resource.RLIMIT_NOFILE) == before


def test_windows_has_no_file_limit_to_raise(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "win32")
    # An import of a module that is None in this table fails.
    monkeypatch.setitem(sys.modules, "resource", None)
    process_tuning._raise_file_limit()
