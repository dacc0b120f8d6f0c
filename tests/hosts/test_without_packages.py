"""The installed package serves a project in which optional packages cannot be imported."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit
from zipfile import ZipFile

import pytest

from tests.services import children, postgres
from tests.services.once import once
from tests.services.redis import RedisServer

PROGRAM = Path(__file__).with_name("bare_host.py")
REST = ("rest_framework", "drf_spectacular")
REDIS = ("redis", "channels_redis", "async_timeout")
DAPHNE = ("daphne", "twisted", "autobahn", "txaio")
ADMIN = "django.contrib.admin"
#: Every package of an extra, what only this site needs, and the modules of this repository.
OPTIONAL = (
    *(*REST, *REDIS, *DAPHNE, "prometheus_client", "psycopg", "rich"),
    *("axes", "circus", "drf_spectacular_sidecar", "environ", "minify", "rcssmin", "servestatic"),
    *("landing", "landing_site"),
)
#: Settings for a project's own API, which would break another one.
FOREIGN_REST_SETTINGS = {
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAdminUser"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.StaticHTMLRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.FormParser"],
    "DEFAULT_THROTTLE_CLASSES": ["rest_framework.throttling.UserRateThrottle"],
    "DEFAULT_VERSIONING_CLASS": "rest_framework.versioning.NamespaceVersioning",
    "DEFAULT_VERSION": "v1",
    "ALLOWED_VERSIONS": ["v1"],
    "DEFAULT_FILTER_BACKENDS": ["rest_framework.filters.SearchFilter"],
    "DEFAULT_PAGINATION_CLASS": "rest_framework.pagination.PageNumberPagination",
    "PAGE_SIZE": 1,
    "DATETIME_FORMAT": "%s",
    "DATETIME_INPUT_FORMATS": ["%Y"],
    "EXCEPTION_HANDLER": "rest_framework.status.is_success",
    "UNAUTHENTICATED_USER": None,
}


@pytest.fixture(scope="session")
def installed(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder of modules that has the package."""

    def unpack(directory: Path) -> None:
        ZipFile(built).extractall(directory)

    return once(tmp_path_factory, "installed", unpack)


def serve(
    installed: Path,
    directory: Path,
    *blocked: str,
    apps: tuple[str, ...] = (),
    commands: tuple[str, ...] = (),
    **settings: Any,
) -> Any:
    """Run the project with its package, and return what a client sees."""
    options = {
        "path": str(installed),
        "directory": str(directory),
        "blocked": [*blocked, "landing", "landing_site"],
        "apps": apps,
        "commands": commands,
        "settings": settings,
        "watched": OPTIONAL,
    }
    done = children.run(
        [sys.executable, "-X", "dev", "-W", "error", str(PROGRAM), json.dumps(options)],
        timeout_seconds=300,
        cwd=directory,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    seen = json.loads(done.stdout)
    assert seen["check"] == "System check identified no issues (0 silenced)."
    assert seen["people"] == 1
    assert seen["status"]["/"] == seen["status"]["/live/stats"] == 200
    assert statuses(seen, "privacy/") == {200}
    assert seen["status"]["/live/ws/"] == 426
    online, source = seen["stats"]["online"], seen["stats"]["source"]
    assert (online["people"], online["anonymous"], source) == (1, 1, "live")
    assert re.search(r'<live-user-counter [^>]*stats="/live/stats/"', seen["html"])
    return seen


def statuses(seen: Any, *names: str) -> set[int]:
    return {seen["status"][f"/live/{name}"] for name in names}


def test_only_the_core_is_needed(installed: Path, tmp_path: Path) -> None:
    names = ("prune_analytics", "presence_doctor", "presence_stats", "send_weekly_summary")
    seen = serve(installed, tmp_path, *OPTIONAL, ADMIN, commands=names)

    assert seen["loaded"] == []
    assert seen["stats"] | {"here": None} == seen["stats"]
    assert statuses(seen, "history/", "activities/", "places/") == {404}
    assert statuses(seen, "metrics") == {501}
    commands = seen["commands"]
    assert commands["prune_analytics"].startswith("Deleted 0 dwell rows")
    assert "needs the package redis" in commands["presence_doctor"]
    assert 'LIVE_USER_COUNTER["REDIS_URL"] is not set' in commands["presence_stats"]
    assert f'Add "{ADMIN}"' in commands["send_weekly_summary"]


def test_the_admin_needs_none_of_the_others(installed: Path, tmp_path: Path) -> None:
    seen = serve(installed, tmp_path, *OPTIONAL, apps=(ADMIN,))

    assert seen["status"]["/admin/login/"] == 200
    assert seen["loaded"] == []


@pytest.mark.parametrize(
    "blocked", [REST, REDIS, ("channels_redis",), DAPHNE, ("psycopg",), ("rich",)], ids=" ".join
)
def test_each_package_may_be_missing(
    blocked: tuple[str, ...], installed: Path, tmp_path: Path
) -> None:
    seen = serve(installed, tmp_path, *blocked, apps=(ADMIN,))

    assert not set(seen["loaded"]) & {*blocked}
    assert statuses(seen, "metrics") == {200}


def test_without_prometheus_the_api_works(installed: Path, tmp_path: Path) -> None:
    seen = serve(installed, tmp_path, "prometheus_client", apps=("rest_framework",))

    assert statuses(seen, "history/", "activities/", "places/") == {200}
    assert statuses(seen, "metrics") == {501}


def test_the_api_needs_all_packages_of_its_extra(installed: Path, tmp_path: Path) -> None:
    """A project may have the REST framework for its own API."""
    seen = serve(installed, tmp_path, "drf_spectacular", apps=("rest_framework",))

    assert statuses(seen, "history/", "activities/", "places/") == {404}


def test_without_the_app_of_the_rest_framework_there_is_no_api(
    installed: Path, tmp_path: Path
) -> None:
    seen = serve(installed, tmp_path)

    assert statuses(seen, "history/", "activities/", "places/") == {404}
    assert not set(seen["loaded"]) & {*REST}


def test_the_settings_of_the_project_s_own_api_do_not_change_ours(
    installed: Path, tmp_path: Path
) -> None:
    seen = serve(
        installed, tmp_path, apps=("rest_framework",), REST_FRAMEWORK=FOREIGN_REST_SETTINGS
    )

    assert statuses(seen, "history/", "activities/", "places/") == {200}
    assert seen["published"] == 401
    [point] = seen["history"]["points"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", point["at"])


def test_the_server_is_loaded_only_by_itself(installed: Path, tmp_path: Path) -> None:
    """Daphne's app loads it, as for its runserver. Uvicorn serves."""
    seen = serve(installed, tmp_path, *REST, apps=("daphne",))
    assert {"daphne", "twisted", "autobahn"} <= set(seen["loaded"])

    directory = tmp_path / "other"
    directory.mkdir()
    assert not set(serve(installed, directory)["loaded"]) & {*DAPHNE}


def test_files_may_have_hashed_names(installed: Path, tmp_path: Path) -> None:
    backend = "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"
    storages = {"staticfiles": {"BACKEND": backend}}
    root = tmp_path / "collected"
    seen = serve(installed, tmp_path, STORAGES=storages, STATIC_ROOT=str(root))

    name = re.search(r'src="/static/(live_user_counter/live-user-counter\.\w+\.js)"', seen["html"])
    assert name and (root / name[1]).read_text()


@pytest.mark.parametrize("is_shared", [False, True])
def test_the_tables_are_built_on_postgresql(
    installed: Path, tmp_path: Path, is_shared: bool, redis_server: RedisServer
) -> None:
    """With the extras ``postgres`` and ``redis``, and nothing else."""
    address = urlsplit(postgres.create_database())
    (host,) = parse_qs(address.query)["host"]
    database = {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": address.path.removeprefix("/"),
        "USER": address.username,
        "HOST": host,
    }
    own = {"REDIS_URL": redis_server.url} if is_shared else {}
    blocked = {*OPTIONAL} - {"psycopg", *REDIS}
    seen = serve(
        installed,
        tmp_path,
        *blocked,
        commands=("presence_stats",),
        DATABASES={"default": database},
        LIVE_USER_COUNTER=own,
    )

    assert "psycopg" in seen["loaded"]
    assert seen["commands"]["presence_stats"].startswith("people ") == is_shared
