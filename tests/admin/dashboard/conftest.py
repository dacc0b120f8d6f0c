from __future__ import annotations

import pytest

from landing.admin.dashboard import data_cache


@pytest.fixture(autouse=True)
def _end_outage() -> None:
    data_cache.outage.record_success()
