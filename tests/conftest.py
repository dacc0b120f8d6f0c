"""Options and fixtures for all tests: which database, and real servers."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from functools import cache
from pathlib import Path
from unittest import mock

import pytest
from asgiref.sync import sync_to_async
from django.core.cache import cache as django_cache
from django.db import connection, connections
from django.test import AsyncClient
from django.utils import translation
from hypothesis import settings
from redis.utils import get_lib_version

from landing.activity import recent
from landing.admin.dashboard import background
from landing.admin.dashboard.filtered import store as filtered_views
from landing.analytics import aggregates_reader, middleware, recording
from landing.analytics.dimensions.daily_values import daily_values
from landing.analytics.dimensions.widths import widths
from landing.analytics.first_dwell_rows import first_dwell_rows
from landing.analytics.write_buffer import insert
from landing.analytics.write_buffer.buffer import WriteBuffer
from landing.content import current as current_content
from landing.content.current import ContentCopy
from landing.content.values import Content
from landing.resilience import outage
from landing.visitors import session_user
from landing.visitors.sessions import users as session_users
from tests.hosts import pythons
from tests.services import (
    children,
    collection,
    flushing,
    forking,
    postgres,
    programs,
    staff,
    static_scan,
)
from tests.services.once import once
from tests.services.redis import RedisServer
from tests.services.site import UNLIMITED, DaphneServer, environment, manage, with_own_database
from tests.site.client import new_client

SECRET_KEY = "only-for-tests-but-long-enough-to-satisfy-every-check-of-django"
# Examples are about what comes out: how long it takes depends on what else the machine does.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")
EACH_DATABASE = "each_database"
#: Modules that start first: a long one, so that no process is still busy with it after the others
#: have ended, and some that need no server, while one process prepares the files of the servers.
FIRST = (
    "test_newest_versions.py",
    "test_oldest_versions.py",
    "test_truth_runs.py",
    "test_redis_loss_histories.py",
    "test_side_by_side.py",
    "test_histories.py",
    "test_children.py",
    "test_bench_crowd.py",
)
E2E = Path(__file__).parent / "e2e"
#: The name of the migrated database that is copied for servers.
DATABASE = "migrated.sqlite3"
#: Folders of tests with browsers and servers, which a busy machine can slow down beyond their own
#: timers. A test that fails there is repeated once, and the summary lists it as RERUN. Tests of the
#: presence backends are never repeated.
REPEATED = tuple(
    Path(__file__).parent / folder
    for folder in (
        "deploy",
        "doctor",
        "e2e",
        "health",
        "hosts",
        "live/transport",
        "load",
        "management",
        "privacy",
        "services",
        "site",
    )
)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--database",
        choices=("sqlite", "postgres"),
        default="sqlite",
        help="postgres: run the tests that are marked each_database on a real PostgreSQL",
    )
    parser.addoption(
        "--screenshots",
        action="store_true",
        help="save pictures of the tested pages in test-output/screenshots",
    )


def pytest_configure(config: pytest.Config) -> None:
    children.end_on_signals()
    wanted = config.getoption("--database")
    if not connection.vendor.startswith(wanted):
        raise pytest.UsageError(f"Write --database={wanted}, in one word.")
    if config.getoption("numprocesses", None):
        sharing = ExitStack()
        sharing.enter_context(forking.shared(environment({})))
        config.add_cleanup(sharing.close)


@pytest.hookimpl(wrapper=True)
def pytest_collection(session: pytest.Session) -> Iterator[None]:
    with collection.without_garbage():
        collection.import_from_own_start(
            session.config, lambda path: bool(pytest_ignore_collect(path, session.config))
        )
        return (yield)


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Skip the import of test modules that have nothing to run on PostgreSQL."""
    if config.getoption("--database") != "postgres" or collection_path.suffix != ".py":
        return None
    return True if EACH_DATABASE not in collection_path.read_text() else None


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    for item in items:
        if _is_repeated(item.path):
            item.add_marker(pytest.mark.flaky(reruns=1))
    items.sort(key=lambda item: _start_order(item.path))
    if config.getoption("--database") != "postgres":
        return
    others = [item for item in items if not _depends_on_database(item)]
    config.hook.pytest_deselected(items=others)
    items[:] = [item for item in items if item not in others]


@cache
def _is_repeated(path: Path) -> bool:
    return any(folder in path.parents for folder in REPEATED)


@cache
def _start_order(path: Path) -> int:
    """Sort some modules to the front, then the browser tests, which share their servers."""
    if path.name in FIRST:
        return FIRST.index(path.name)
    return len(FIRST) + (not path.is_relative_to(E2E))


def _depends_on_database(item: pytest.Item) -> bool:
    markers = (item.get_closest_marker(name) for name in ("django_db", EACH_DATABASE))
    return all(marker is not None for marker in markers)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    database = terminalreporter.config.getoption("--database")
    terminalreporter.write_line(f"Database: {database}")
    for line in pythons.describe_missing():
        terminalreporter.write_line(line)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """Fail skipped tests, because every test must run everywhere."""
    report = yield
    if report.skipped:
        report.outcome = "failed"
    return report


@pytest.fixture(autouse=True)
def _forget_earlier_tests(monkeypatch: pytest.MonkeyPatch) -> None:
    """Clear the state that a process keeps between requests."""
    # The outages of two tests are not a flapping dependency.
    monkeypatch.setattr(outage, "FLAPPING_SECONDS", 0)
    django_cache.clear()
    filtered_views.store.clear()
    # A thread would not see the rows of the test's transaction.
    monkeypatch.setattr(background, "call", lambda read, max_seconds: read())
    translation.deactivate()
    aggregates_reader.cache.clear()
    middleware.newcomers.clear()
    first_dwell_rows.clear()
    recording.visitors.clear()
    # Pages without a database in their test show the settings.
    monkeypatch.setattr(current_content, "copy", ContentCopy(read=Content))
    widths.clear()
    daily_values.clear()
    for module in (aggregates_reader, current_content, recent, session_user, session_users):
        module.outage.record_success()


@pytest.fixture(autouse=True)
def write_buffer(monkeypatch: pytest.MonkeyPatch) -> WriteBuffer[insert.PendingRow]:
    """Write rows only on ``flush()``, in the thread and the transaction of the test."""
    writer = WriteBuffer(insert.insert, in_background=False)
    monkeypatch.setattr(recording, "writer", writer)
    return writer


@pytest.fixture
def async_client() -> AsyncClient:
    """Return a client whose requests run like those of the deployed site."""
    return new_client()


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None) -> Iterator[None]:
    """Close all connections at the end. PostgreSQL cannot drop a database that is in use."""
    yield
    # Asynchronous code queries the database in one thread, which keeps its connection.
    asyncio.run(sync_to_async(connections.close_all)())


@pytest.fixture(scope="session", autouse=True)
def _forker() -> Iterator[None]:
    """Let the servers of the tests share the import of their libraries."""
    with forking.enabled(environment({})):
        yield


@pytest.fixture(scope="session", autouse=True)
def _shared_work() -> Iterator[None]:
    """Let the tests share the list of static files, and the permissions in the database.

    They also read the version of redis-py once, instead of once per connection.
    """
    version_once = mock.patch("redis.utils.get_lib_version", cache(get_lib_version))
    with static_scan.shared(), flushing.keeping_permissions(), version_once:
        yield


@pytest.fixture(scope="session")
def _redis_process() -> Iterator[RedisServer]:
    server = RedisServer()
    yield server
    server.close()


@pytest.fixture
def redis_server(_redis_process: RedisServer) -> RedisServer:
    """Return a running, empty Redis. A test may stop, pause, and restart it."""
    if _redis_process.is_running:
        _redis_process.resume()
        _redis_process.flush()
    else:
        _redis_process.start()
    return _redis_process


@pytest.fixture
def postgres_url() -> str:
    """Create an empty database on a real PostgreSQL and return its URL."""
    return postgres.create_database()


@pytest.fixture(scope="session")
def node_path() -> Path:
    return programs.node()


@pytest.fixture(scope="session")
def chromium_path() -> Path:
    """Return the headless Chromium for Playwright's ``executable_path``."""
    programs.lend_node_to_playwright()
    return _installed(programs.headless_chromium())


@pytest.fixture(scope="session")
def full_chromium_path(chromium_path: Path) -> Path:
    """Return a complete Chromium, with features such as the back-forward cache."""
    return _installed(programs.chromium())


def _installed(chromium: Path | None) -> Path:
    assert chromium is not None, "Chromium is missing: run python -m tests.services.browser"
    return chromium


@pytest.fixture(scope="session")
def production(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """Return the environment of a deployment, with static files and a migrated database.

    All test processes share both, so start servers on a copy of the database. A row in the
    original fails the last test of the process.
    """

    def deploy(directory: Path) -> None:
        given = _production_in(directory)
        manage("migrate", "--verbosity=0", **given)
        # The site does not use these. Hashing and compressing them takes seconds, and each server
        # checks all files when it starts.
        unused = ("redoc", "rest_framework", "admin/js/vendor/select2/i18n/*")
        ignored = (f"--ignore={pattern}" for pattern in unused)
        manage("collectstatic", "--noinput", "--verbosity=0", *ignored, **given)

    directory = once(tmp_path_factory, "production", deploy)
    yield _production_in(directory)
    with closing(sqlite3.connect(directory / DATABASE)) as database:
        rows = database.execute("SELECT count(*) FROM landing_analytics").fetchone()[0]
    assert rows == 0, "A test started a server on the shared database."


def _production_in(directory: Path) -> dict[str, str]:
    return {
        "DEBUG": "false",
        # The tests' browsers are headless, and stand for people.
        "LANDING_COUNT_HEADLESS_BROWSERS": "true",
        "SECRET_KEY": SECRET_KEY,
        **UNLIMITED,
        "STATIC_ROOT": str(directory / "static"),
        "DATABASE_URL": f"sqlite:///{directory / DATABASE}",
    }


@pytest.fixture(scope="session")
def _staffed_directory(
    production: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Path:
    def add_staff(directory: Path) -> None:
        given = with_own_database(production, directory)
        (directory / "session").write_text(
            manage("shell", "--no-imports", "-c", staff.CREATE, **given).strip()
        )

    return once(tmp_path_factory, "staffed", add_staff)


@pytest.fixture(scope="session")
def staffed_database(_staffed_directory: Path) -> Path:
    """Return a migrated SQLite file with a superuser. Start servers on a copy."""
    return _staffed_directory / "site.sqlite3"


@pytest.fixture(scope="session")
def staff_session(_staffed_directory: Path) -> str:
    """Return the session key of the signed-in superuser."""
    return (_staffed_directory / "session").read_text()


@pytest.fixture
def daphne(production: dict[str, str], tmp_path: Path) -> Iterator[Callable[..., DaphneServer]]:
    """``daphne(LANDING_LINGER_SECONDS="1")`` starts a server; all share one new database."""
    migrated = Path(production["DATABASE_URL"].removeprefix("sqlite:///"))
    database = shutil.copy(migrated, tmp_path / "site.sqlite3")
    servers: list[DaphneServer] = []

    def start(**given: str) -> DaphneServer:
        server = DaphneServer({**production, "DATABASE_URL": f"sqlite:///{database}", **given})
        servers.append(server)
        server.start()
        return server

    yield start
    for server in servers:
        server.close()
