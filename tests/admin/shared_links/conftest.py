from __future__ import annotations

import pytest

from landing.admin.shared_links import read_limit, secrets
from landing.limits.rate_limits import RateLimits


@pytest.fixture(autouse=True)
def _forget_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(secrets, "wrong_links", RateLimits(secrets.WRONG_LINKS))
    monkeypatch.setattr(read_limit, "limits", RateLimits(read_limit.READS))
