"""Try the package in one host of one cell, as a developer who follows the guide would."""

from __future__ import annotations

import time
from pathlib import Path

from playwright.sync_api import Browser

from tests.hosts.cells import Environment
from tests.hosts.project import Host, Project
from tests.hosts.visit import Visitor

SERVERS = ("daphne", "uvicorn", "hypercorn")
#: The lines of Python that the guide adds to a project, besides imports.
LINES = 3


def follow(host: Host, environment: Environment, browser: Browser, directory: Path) -> float:
    """Follow the guide up to the number in the browser. Return the seconds that this took.

    Then check the changes and try every server. Raise AssertionError at the first problem.
    """
    project = Project(host, environment, directory)
    begin = time.monotonic()
    project.follow_guide()
    with project.serving(SERVERS[0]) as url:
        first = Visitor(browser, 1)
        first.open(url + host.page)
        seconds = time.monotonic() - begin
        first.leave()
    changed = project.changed_lines()
    assert len(changed["python"]) == LINES, changed
    assert len(changed["template"]) == 1, changed
    project.shell("python manage.py makemigrations --check --dry-run")
    project.shell("python manage.py test --verbosity 0")
    for server in SERVERS:
        try_server(project, server, browser)
    return seconds


def try_server(project: Project, server: str, browser: Browser) -> None:
    """Let two visitors come and one go. Both see that at once, and no log has a warning."""
    with project.serving(server) as url:
        first, second = (Visitor(browser, number) for number in (1, 2))
        first.open(url + project.host.page)
        first.sees(1)
        second.open(url + project.host.page)
        for each in (first, second):
            each.sees(2)
        second.leave()
        first.sees(1)
        first.leave()
        assert first.problems == second.problems == []
