from __future__ import annotations

from typing import Any

import pytest
from asgiref.sync import SyncToAsync
from django.conf import settings as site_settings
from django.test import AsyncClient

INNERMOST = "landing_site.middleware.in_one_thread"


@pytest.mark.django_db
@pytest.mark.parametrize(("path", "most"), [("/", 6), ("/api/landing/stats/", 8), ("/metrics", 6)])
async def test_a_request_is_handed_to_a_thread_only_a_few_times(
    path: str, most: int, async_client: AsyncClient, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    handed_over = 0
    hand_over = SyncToAsync.__call__

    async def count(self: Any, *arguments: Any, **options: Any) -> Any:
        nonlocal handed_over
        handed_over += 1
        return await hand_over(self, *arguments, **options)

    assert site_settings.MIDDLEWARE[-1] == INNERMOST
    await async_client.get(path)
    monkeypatch.setattr(SyncToAsync, "__call__", count)
    assert (await async_client.get(path)).status_code == 200
    few, handed_over = handed_over, 0

    settings.MIDDLEWARE = [each for each in site_settings.MIDDLEWARE if each != INNERMOST]
    assert (await AsyncClient().get(path)).status_code == 200
    assert few <= most < handed_over
