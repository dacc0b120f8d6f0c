from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import transaction

from landing.content import current
from landing.content.current import ContentCopy
from landing.live import worker
from landing.live.sync.group import Change, PageChange
from landing.models import Page
from tests.services import http
from tests.services.ports import wait_until
from tests.services.redis import RedisServer
from tests.services.site import DaphneServer

#: Longer than the test: only a message can bring a change in time.
LONG = {"LANDING_HEARTBEAT_SECONDS": "250", "LANDING_LEASE_SECONDS": "600"}
LOGO, OTHER_LOGO = (f"/brand/logo/{digit * 32}.svg" for digit in "01")
CHANGE = """
from landing.models import Page
from landing.tables.page import Logo
logos = [Logo.objects.create(name=digit * 32 + ".svg", content=b"<svg/>") for digit in "01"]
Page(headline="Who is in the shop?", logo_file=logos[0]).save()
"""
DELETION = """
from landing.models import Page
from landing.tables.page import Logo
Page.objects.get().delete()
Logo.objects.all().delete()
"""


@pytest.fixture
def published(monkeypatch: pytest.MonkeyPatch) -> list[Change]:
    """Record the messages to other processes. Pages of this one show the real row."""
    monkeypatch.setattr(current, "copy", ContentCopy())
    changes: list[Change] = []
    monkeypatch.setattr(worker.current(), "publish_change", changes.append)
    return changes


@pytest.mark.django_db(transaction=True)
@pytest.mark.each_database
def test_a_saved_and_a_deleted_row_are_shown_after_the_commit(published: list[Change]) -> None:
    assert current.current().headline == ""
    with transaction.atomic():
        page = Page.objects.create(headline="Hello")
        assert (current.current().headline, published) == ("", [])
    assert (current.current().headline, published) == ("Hello", [PageChange()])
    page.headline = "Hello again"
    page.save()
    assert current.current().headline == "Hello again"
    page.delete()
    assert (current.current().headline, len(published)) == ("", 3)


@pytest.mark.django_db(transaction=True)
def test_a_rolled_back_change_is_not_shown(published: list[Change]) -> None:
    with transaction.atomic():
        Page.objects.create(headline="Hello")
        transaction.set_rollback(True)

    assert (current.current().headline, published) == ("", [])


def test_a_change_is_visible_at_once_on_all_workers(
    daphne: Callable[..., DaphneServer], redis_server: RedisServer
) -> None:
    servers = [daphne(REDIS_URL=redis_server.url, **LONG) for _ in range(2)]
    wait_until(lambda: count_members(redis_server) == 2, "both workers in the group")
    servers[0].manage("shell", "--no-imports", "-c", CHANGE)

    def show_it() -> bool:
        return all("Who is in the shop?" in http.get(each.url).text for each in servers)

    wait_until(show_it, "the headline on both workers")
    for server in servers:
        assert f'src="{LOGO}"' in http.get(server.url).text
        assert http.get(server.url + LOGO).text == "<svg/>"
        assert http.get(server.url + OTHER_LOGO).text == "<svg/>", "not shown, but stored"
    servers[0].manage("shell", "--no-imports", "-c", DELETION)

    def hide_it() -> bool:
        return not any(LOGO in http.get(each.url).text for each in servers)

    wait_until(hide_it, "the usual header on both workers")
    for server in servers:
        assert http.get(server.url + LOGO).status_code == 404


def count_members(server: RedisServer) -> int:
    """Return how many workers listen to the group, whose messages are not stored."""
    with server.client() as client:
        counts = client.pubsub_numsub(*client.pubsub_channels())
    return max((count for _, count in counts), default=0)
