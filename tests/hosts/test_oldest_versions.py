"""The guide works in every host with the lowest versions that the package allows."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.hosts import cells, trial
from tests.hosts.cells import Cell, Environment
from tests.hosts.project import HOST_PROJECTS, Host

#: "make matrix" tries all of them.
SERVERS = ("daphne", "uvicorn")


@pytest.fixture(scope="module")
def cell() -> Cell:
    return cells.oldest()


@pytest.mark.parametrize("host", HOST_PROJECTS, ids=lambda host: host.name)
def test_the_guide_leads_to_a_live_number_on_two_servers(
    host: Host, environment: Environment, browser: Browser, tmp_path: Path
) -> None:
    trial.follow(host, environment, browser, tmp_path / host.name, SERVERS)
