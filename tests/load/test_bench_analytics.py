"""The benchmarks of analytics count correctly, at a small size."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings
from django.db import connections
from pytest_django.plugin import DjangoDbBlocker

from landing.admin.dashboard import ranges
from landing.dates import site_day, utc_now
from landing.models import Analytics
from tests.load.bench import full_tables, pages, servers
from tests.load.bench.full_tables import FullTable
from tests.load.bench.scenarios import (
    dashboard,
    filtered_dashboard,
    page_views,
    stats_api,
    window,
    writer,
)
from tests.services import postgres
from tests.services.site import with_own_database

ROWS = 2_000
#: Of a measurement, which keeps a core of the client and one of the server busy.
SECONDS = 0.5


@contextmanager
def own_aliases() -> Iterator[None]:
    """Remove the database aliases that are added."""
    before = set(connections.databases)
    yield
    for alias in set(connections.databases) - before:
        connections[alias].close()
        del connections[alias], connections.databases[alias]
    full_tables.on_postgres.cache_clear()
    full_tables.on_sqlite.cache_clear()


@pytest.fixture(autouse=True)
def _aliases(django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    with django_db_blocker.unblock(), own_aliases():
        yield


@pytest.fixture(scope="module", params=["PostgreSQL", "SQLite"])
def full(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    django_db_blocker: DjangoDbBlocker,
) -> Iterator[FullTable]:
    with django_db_blocker.unblock(), own_aliases():
        if request.param == "SQLite":
            yield full_tables.on_sqlite(ROWS, tmp_path_factory.mktemp("full"))
        else:
            yield full_tables.on_postgres(ROWS)


@pytest.fixture
def deployed(production: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Give this process the environment of a deployment, as in the benchmarks."""
    given = {**with_own_database(production, tmp_path), "SECRET_KEY": settings.SECRET_KEY}
    for name, value in {**given, "DJANGO_SETTINGS_MODULE": "landing_site.settings"}.items():
        monkeypatch.setitem(os.environ, name, value)


def test_a_full_table_has_one_percent_of_its_rows_in_the_window(
    full: FullTable,
) -> None:
    rows = Analytics.objects.using(full.alias)
    assert rows.count() == ROWS
    # One of the old rows may be within the window.
    assert ROWS // 100 <= rows.in_window(window.MINUTES, full.filled_at).count() <= ROWS // 100 + 1
    moments = list(rows.order_by("pk").values_list("created_at", flat=True))
    assert moments == sorted(moments)
    oldest, newest = moments[0], moments[-1]
    assert full.filled_at - oldest > full_tables.AGE - timedelta(hours=1)
    assert abs((full.filled_at - newest).total_seconds()) < 1
    assert len(bytes(rows.first().visitor_id)) == 16


def test_the_window_is_queried_with_and_without_its_index(
    full: FullTable,
) -> None:
    size = full.bytes_of(window.INDEX)
    ours, without = window.compare(full, rounds=2)
    assert len(ours) == len(without) == 2
    assert full.bytes_of(window.INDEX) == size > 0
    assert full.bytes_of(window.TABLE) > 0


def test_no_other_index_replaces_the_dropped_one(full: FullTable) -> None:
    visitors = Analytics.objects.using(full.alias).in_window(15, full.filled_at)
    with window.no_index(full):
        assert window.INDEX not in visitors.explain()
        assert "landing_analytics_one_heartbeat" not in visitors.explain()


def test_each_recorded_or_inserted_view_is_a_row(deployed: None) -> None:
    written, rows = writer.write(500, 0.5, 0.2)
    assert written.views == 251 and written.single_views > 0
    assert rows == written.views + written.single_views
    assert written.dropped_rows == 0


@pytest.mark.parametrize("app", ["ours", "insert_per_view"])
def test_each_answered_page_is_a_row(
    app: str, deployed: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page_views, "WARM_UP_SECONDS", SECONDS)
    outcome = page_views.play(app, seconds=SECONDS)
    assert outcome.answers.ok >= outcome.answers.ok_in_time > 0
    assert outcome.answers.others == []
    assert outcome.lost == 0 and outcome.rows > 0


def test_other_responses_are_counted_separately(deployed: None) -> None:
    with servers.ours() as server:
        answers = pages.ask([server], "/nowhere", clients=2, seconds=SECONDS)
    assert answers.ok == 0 and set(answers.others) == {b"HTTP/1.1 404 Not Found"}


def test_reads_of_the_aggregates_over_a_logged_connection_are_counted() -> None:
    full_tables.connect("quiet", url := postgres.create_database())
    full_tables.connect("logged", url + stats_api.LOGGED)
    log = stats_api.StatementLog()
    for alias in ("quiet", "logged", "logged"):
        Analytics.objects.using(alias).count_aggregates(utc_now(), window_minutes=15)
        Analytics.objects.using(alias).count()
    assert log.count_aggregates() == 2


@pytest.mark.parametrize("hour", range(24))
def test_the_stats_api_is_measured_at_the_start_of_a_day(hour: int) -> None:
    now = datetime(2026, 1, 31, hour, 59, tzinfo=UTC)
    assert now.astimezone(ZoneInfo(stats_api.zone_of_a_new_day(now))).hour == 0


@pytest.mark.parametrize("app", ["ours", "computing"])
def test_the_stats_api_answers_every_request(app: str, deployed: None) -> None:
    with servers.ours(app=app, **stats_api.GIVEN) as server:
        answers = pages.ask([server], stats_api.PATH, clients=4, seconds=SECONDS)
    assert answers.ok > 0 and answers.others == []


def test_the_dashboard_shows_the_same_figures_from_the_rollups_and_from_the_rows(
    full: FullTable,
) -> None:
    with dashboard.as_default(full):
        assert dashboard.count_rows() == ROWS
        shown = ranges.preset("30-days", site_day(full.filled_at))
        ours, rival = dashboard.compare(shown, full.filled_at, 1)
        dashboard.insert_minute(full.filled_at)
        taken, in_database = dashboard.timed_refresh(shown, full.filled_at)
    assert len(ours) == len(rival) == 1
    assert 0 < in_database < taken


def test_a_filter_is_measured_without_rollups(full: FullTable) -> None:
    with dashboard.as_default(full):
        filtered_dashboard.count_without_rollups()
        shown = ranges.preset("7-days", site_day(full.filled_at))
        only = filtered_dashboard.FILTERS["a page of 2.5 % of the rows"]
        first, refresh = filtered_dashboard.measure(full, shown, only)
    assert first > 0 and refresh > 0
