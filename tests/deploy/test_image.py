"""The Dockerfile makes an image that becomes healthy, without Docker: its steps run here.

``deploy/compose.yaml`` starts it against a real Redis and a real PostgreSQL.
"""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from subprocess import Popen
from typing import Any

import httpx
import pytest

from tests.deploy import compose
from tests.services import http, image, postgres
from tests.services.image import Image
from tests.services.ports import HOST, free_port, wait_until
from tests.services.redis import RedisServer
from tests.services.site import ROOT

PACKAGES, SITE = image.read_stages((ROOT / "Dockerfile").read_text())


def test_the_base_images_are_pinned_and_equal() -> None:
    assert PACKAGES.image == SITE.image
    assert re.fullmatch(r"python:3\.11\.\d+-slim-bookworm", SITE.image)


def test_only_pinned_packages_with_the_right_hashes_are_installed() -> None:
    (install,) = (command for command in PACKAGES.all("RUN") if "pip install" in command)
    assert {"--require-hashes", "--only-binary", "--no-cache-dir"} <= set(install.split())
    assert install.endswith(" --requirement requirements.txt")
    assert PACKAGES.all("COPY") == ["requirements.txt ./"]


def test_the_site_runs_as_a_user_without_rights() -> None:
    assert SITE.last("USER") == "landing"
    assert any(command.startswith("useradd --system") for command in SITE.all("RUN"))
    names = [name for name, _ in SITE.instructions]
    assert names.index("USER") > max(i for i, name in enumerate(names) if name in ("RUN", "COPY"))


def test_only_the_code_is_copied() -> None:
    files = set(image.context())
    assert {path.partition("/")[0] for path in files} == {
        *("landing", "landing_site", "locale", "static", "templates"),
        *("LICENSE", "manage.py", "pyproject.toml", "requirements.txt"),
    }
    assert not [path for path in files if "__pycache__" in path]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Popen[bytes]]]:
    """``start(image, command, variables)`` starts a container; its output is in ``log``."""
    processes: list[Popen[bytes]] = []

    def run(built: Image, command: list[str], variables: dict[str, str]) -> Popen[bytes]:
        processes.append(built.start(command, variables, tmp_path / "log"))
        return processes[-1]

    yield run
    for process in processes:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def test_a_container_becomes_healthy_reports_redis_and_drains(
    tmp_path: Path,
    production: dict[str, str],
    redis_server: RedisServer,
    start: Callable[..., Popen[bytes]],
) -> None:
    log, directory = tmp_path / "log", tmp_path / "image"
    directory.mkdir()
    built = Image(directory, Path(production["STATIC_ROOT"]))
    files = built.files()
    services = compose.read()["services"]
    variables = compose.environment("web-1") | {
        "DATABASE_URL": postgres.create_database(),
        "REDIS_URL": redis_server.url,
    }

    migration = start(built, services["migrate"]["command"], variables)
    assert migration.wait(120) == 0, log.read_text()

    port = str(free_port())
    command = [each.replace("8000", port) for each in built.command]
    container = start(built, command, variables)
    check = [each.replace("8000", port) for each in built.health_check]

    def health() -> dict[str, Any]:
        assert container.poll() is None, log.read_text()
        try:
            content: dict[str, Any] = http.get(f"http://{HOST}:{port}/health/ready").json()
        except httpx.TransportError:
            return {}
        return content

    wait_until(lambda: health().get("status") == "ok", "the container is ready")
    assert start(built, check, {}).wait(60) == 0
    with redis_server.stopped():
        wait_until(lambda: health().get("status") != "ok", "the container is not ready")
        assert [each["dependency"] for each in health()["failing"]] == ["redis"]
        assert start(built, check, {}).wait(60) == 1

    container.send_signal(getattr(signal, SITE.last("STOPSIGNAL")))
    assert container.wait(60) == 0, log.read_text()
    # The file system of a container is read-only.
    assert built.files() == files
