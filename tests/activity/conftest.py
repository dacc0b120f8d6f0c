from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.activity.recording_worker import RecordingWorker


@pytest.fixture
def live() -> Iterator[RecordingWorker]:
    with RecordingWorker().installed() as worker:
        yield worker
