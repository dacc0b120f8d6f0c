from __future__ import annotations

import pytest

from tests.live.worker_harness import WorkerHarness


@pytest.fixture
def harness() -> WorkerHarness:
    return WorkerHarness()
