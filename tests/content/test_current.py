from __future__ import annotations

import asyncio
import logging
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.apps import apps
from django.db import OperationalError
from pytest_django import DjangoAssertNumQueries

from landing import conf
from landing.brand.current import build_files
from landing.content import current
from landing.content.current import ContentCopy, show_draft
from landing.content.values import Content
from landing.models import Page
from tests.live.fake_worker import FakeWorker

HEARTBEAT = conf.LandingSettings().LANDING_HEARTBEAT_SECONDS
OLD, NEW = Content(headline="Old"), Content(headline="New")


class Table:
    """The row, which a test changes. While ``is_down``, reads fail."""

    def __init__(self) -> None:
        self.content = OLD
        self.is_down = False
        self.reads = 0

    def read(self) -> Content:
        self.reads += 1
        if self.is_down:
            raise OperationalError("connection refused")
        return self.content


@pytest.fixture
def table() -> Table:
    return Table()


def test_a_process_without_a_worker_reads_once_per_heartbeat(table: Table) -> None:
    now = [0.0]
    copy = ContentCopy(table.read, lambda: now[0])
    assert [copy.get() for _ in range(3)] == [OLD] * 3
    table.content = NEW
    now[0] = HEARTBEAT - 0.1
    assert copy.get() == OLD
    assert table.reads == 1
    now[0] = HEARTBEAT
    assert copy.get() == NEW


def test_a_serving_process_reads_nothing_for_a_page(table: Table) -> None:
    copy = ContentCopy(table.read)
    with FakeWorker().installed():
        assert copy.get() == Content()
        asyncio.run(copy.prepare())
        copy.refresh()
        assert copy.get() == OLD
    assert table.reads == 1


def test_while_the_database_is_down_the_last_content_is_shown(
    table: Table, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "landing")
    copy = ContentCopy(table.read)
    copy.refresh()
    table.is_down, table.content = True, NEW
    for _ in range(3):
        copy.refresh()
    assert copy.get() == OLD
    table.is_down = False
    copy.refresh()
    assert copy.get() == NEW
    assert [record.levelname for record in caplog.records] == ["ERROR", "WARNING"]


def test_before_the_first_read_the_settings_are_shown(table: Table) -> None:
    table.is_down = True

    assert ContentCopy(table.read).get() == Content()


def test_content_is_prepared_before_a_page_shows_it(table: Table) -> None:
    copy = ContentCopy(table.read)
    shown: list[tuple[Content, Content]] = []
    copy.before_showing = lambda content: shown.append((content, copy.last()))
    copy.refresh()

    assert shown == [(OLD, Content())]
    assert copy.last() == OLD


def test_the_app_prepares_the_files_of_the_color(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(current, "copy", ContentCopy(Content))
    apps.get_app_config("landing").ready()

    assert current.copy.before_showing is build_files


async def test_an_event_loop_never_waits_for_the_database(table: Table) -> None:
    copy = ContentCopy(table.read)
    assert copy.get() == Content()
    assert table.reads == 0
    await copy.prepare()
    assert copy.get() == OLD


def test_a_draft_is_shown_in_its_block_only() -> None:
    with ThreadPoolExecutor(1) as others, show_draft(NEW):
        assert current.current() == NEW
        assert others.submit(current.current).result() == Content()
    assert current.current() == Content()


@pytest.mark.django_db
@pytest.mark.each_database
def test_one_query_reads_the_row(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    assert current.read() == Content()
    Page.objects.create(headline="Hello", minimum=7, sections=["how"])
    with django_assert_num_queries(1):
        content = current.read()
    assert content == Content(headline="Hello", minimum=7, sections=("how",))
