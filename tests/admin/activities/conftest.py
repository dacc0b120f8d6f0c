"""Fixtures of the tests in this folder."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pytest_django import DjangoCaptureOnCommitCallbacks

from landing.activity import delivery
from landing.live.feed import FeedChange


@pytest.fixture
def pushed(monkeypatch: pytest.MonkeyPatch) -> list[FeedChange]:
    """Record the changes that are sent to every worker."""
    changes: list[FeedChange] = []
    monkeypatch.setattr(delivery, "push", changes.append)
    return changes


@pytest.fixture
def _run_callbacks(
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> Iterator[None]:
    with django_capture_on_commit_callbacks(execute=True):
        yield
