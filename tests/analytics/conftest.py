from __future__ import annotations

import pytest
from django.db import OperationalError

from tests.analytics import middleware_harness
from tests.analytics.page_views import Refuse


@pytest.fixture
def refuse() -> Refuse:
    def fail(*arguments: object) -> None:
        raise OperationalError("the server is gone")

    return fail


@pytest.fixture(params=middleware_harness.SERVERS)
def each_server(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run a test of the middleware under each kind of server."""
    monkeypatch.setattr(middleware_harness, "server", request.param)
