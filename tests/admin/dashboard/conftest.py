from __future__ import annotations

import pytest

from landing.admin.dashboard import queries


@pytest.fixture(autouse=True)
def _no_outage_so_far() -> None:
    queries.outage.record_success()
