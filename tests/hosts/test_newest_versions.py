"""The guide works in every host with the newest versions that this machine can run."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.hosts import cells, trial
from tests.hosts.cells import Cell, Environment
from tests.hosts.project import HOST_PROJECTS, Host, Project
from tests.services.redis import RedisServer

#: "make matrix" tries all of them.
SERVERS = ("hypercorn", "daphne")


@pytest.fixture(scope="module")
def cell() -> Cell:
    return cells.newest()


@pytest.mark.parametrize("host", HOST_PROJECTS, ids=lambda host: host.name)
def test_the_guide_leads_to_a_live_number_on_two_servers(
    host: Host, environment: Environment, browser: Browser, tmp_path: Path
) -> None:
    trial.follow(host, environment, browser, tmp_path / host.name, SERVERS)


def test_the_optional_parts_of_the_guide_count_on_several_processes(
    environment: Environment, browser: Browser, redis_server: RedisServer, tmp_path: Path
) -> None:
    project = Project(HOST_PROJECTS[0], environment, tmp_path / "options")
    project.follow_guide()
    trial.follow_options(project, browser, redis_server.url)
