"""The benchmarks of analytics at a small size: that they count right."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings
from django.db import connections
from pytest_django.plugin import DjangoDbBlocker

from landing.models import Analytics
from tests.load.bench import full_tables, pages, servers
from tests.load.bench.full_tables import FullTable
from tests.load.bench.scenarios import page_views, stats_api, window, writer
from tests.services import postgres

ROWS = 2_000


@pytest.fixture(autouse=True)
def _aliases(django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Databases that are given a name here lose it again."""
    before = set(connections.databases)
    with django_db_blocker.unblock():
        yield
        for alias in set(connections.databases) - before:
            connections[alias].close()
            del connections[alias], connections.databases[alias]
    full_tables.on_postgres.cache_clear()
    full_tables.on_sqlite.cache_clear()


@pytest.fixture(params=["PostgreSQL", "SQLite"])
def full(request: pytest.FixtureRequest, tmp_path: Path) -> FullTable:
    if request.param == "SQLite":
        return full_tables.on_sqlite(ROWS, tmp_path)
    return full_tables.on_postgres(ROWS)


@pytest.fixture
def deployed(production: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """This process's environment is that of a deployment, as in the benchmarks."""
    given = {**production, "SECRET_KEY": settings.SECRET_KEY}
    for name, value in {**given, "DJANGO_SETTINGS_MODULE": "landing_site.settings"}.items():
        monkeypatch.setitem(os.environ, name, value)


def test_a_full_table_has_a_hundredth_of_its_rows_in_the_window_and_the_rest_in_a_month(
    full: FullTable,
) -> None:
    rows = Analytics.objects.using(full.alias)
    assert rows.count() == ROWS
    # One of the old rows may be in it, too.
    assert ROWS // 100 <= rows.in_window(window.MINUTES, full.filled_at).count() <= ROWS // 100 + 1
    moments = list(rows.order_by("pk").values_list("created_at", flat=True))
    assert moments == sorted(moments)
    oldest, newest = moments[0], moments[-1]
    assert full.filled_at - oldest > full_tables.AGE - timedelta(hours=1)
    assert abs((full.filled_at - newest).total_seconds()) < 1
    assert len(bytes(rows.first().visitor_id)) == 16


def test_the_window_is_asked_with_and_without_its_index_which_is_there_in_the_end(
    full: FullTable,
) -> None:
    size = full.bytes_of(window.INDEX)
    ours, without = window.compare(full, rounds=2)
    assert len(ours) == len(without) == 2
    assert full.bytes_of(window.INDEX) == size > 0
    assert full.bytes_of(window.TABLE) > 0


def test_without_the_index_nothing_answers_in_its_place(full: FullTable) -> None:
    visitors = Analytics.objects.using(full.alias).in_window(15, full.filled_at)
    with window.no_index(full):
        assert window.INDEX not in visitors.explain()
        assert "landing_analytics_one_heartbeat" not in visitors.explain()


def test_each_view_that_was_recorded_or_inserted_is_a_row(deployed: None) -> None:
    written, rows = writer.write(500, 0.5, 0.2)
    assert written.views == 251 and written.single_views > 0
    assert rows == written.views + written.single_views
    assert written.dropped_rows == 0


@pytest.mark.parametrize("app", ["ours", "insert_per_view"])
def test_each_page_that_was_answered_until_the_end_is_a_row(app: str, deployed: None) -> None:
    outcome = page_views.play(app, seconds=1)
    assert outcome.answers.ok >= outcome.answers.ok_in_time > 0
    assert outcome.answers.others == []
    assert outcome.lost == 0 and outcome.rows > 0


def test_an_answer_that_is_none_is_told_apart(deployed: None) -> None:
    with servers.ours() as server:
        answers = pages.ask([server], "/nowhere", clients=2, seconds=1)
    assert answers.ok == 0 and set(answers.others) == {b"HTTP/1.1 404 Not Found"}


def test_statements_are_counted_that_read_the_table_over_a_logged_connection() -> None:
    full_tables.connect("quiet", url := postgres.create_database())
    full_tables.connect("logged", url + stats_api.LOGGED)
    log = stats_api.StatementLog()
    for alias in ("quiet", "logged", "logged"):
        Analytics.objects.using(alias).count()
    assert log.questions_to("landing_analytics") == 2
    assert log.questions_to("landing_countsample") == 0


@pytest.mark.parametrize("hour", range(24))
def test_the_stats_api_is_measured_when_the_day_has_just_begun(hour: int) -> None:
    now = datetime(2026, 1, 31, hour, 59, tzinfo=UTC)
    assert now.astimezone(ZoneInfo(stats_api.zone_of_a_new_day(now))).hour == 0


@pytest.mark.parametrize("app", ["ours", "computing"])
def test_the_stats_api_answers_as_often_as_it_is_asked(app: str, deployed: None) -> None:
    with servers.ours(app=app, **stats_api.GIVEN) as server:
        answers = pages.ask([server], stats_api.PATH, clients=4, seconds=1)
    assert answers.ok > 4 and answers.others == []
