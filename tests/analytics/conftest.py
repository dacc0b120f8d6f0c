from __future__ import annotations

import pytest
from django.db import OperationalError

from tests.analytics.page_views import Refuse


@pytest.fixture
def refuse() -> Refuse:
    def fail(*arguments: object) -> None:
        raise OperationalError("the server is gone")

    return fail
