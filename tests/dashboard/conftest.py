from __future__ import annotations

import pytest

from landing.dashboard import readings


@pytest.fixture(autouse=True)
def _no_outage_so_far() -> None:
    readings.outage.ended()
