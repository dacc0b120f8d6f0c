from __future__ import annotations

import pytest

from landing.live.sync import group
from landing.resilience.outage import Outage


@pytest.fixture(autouse=True)
def _no_earlier_outage(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each test begins with a layer that works."""
    monkeypatch.setattr(group, "_sending", Outage(group.logger, "Sending", "wait"))
