from __future__ import annotations

import pytest

from landing.admin.shared import reads, secrets
from landing.limits.rate import RateLimits


@pytest.fixture(autouse=True)
def _forget_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(secrets, "wrong_links", RateLimits(secrets.WRONG_LINKS))
    monkeypatch.setattr(reads, "limits", RateLimits(reads.READS))
