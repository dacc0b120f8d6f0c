from __future__ import annotations

import pytest

from tests.live.broadcast.fanout_harness import FanoutHarness


@pytest.fixture
def fanout_harness() -> FanoutHarness:
    return FanoutHarness()
