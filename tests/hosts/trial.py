"""Try the package in one host of one cell, as a developer who follows the guide would."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

from playwright.sync_api import Browser

from tests.hosts.cells import Environment
from tests.hosts.project import Host, Project
from tests.hosts.visit import Visitor

SERVERS = ("daphne", "uvicorn", "hypercorn")
#: The lines of Python that the guide adds to a project, besides imports.
LINES = 3
EMAIL, PASSWORD = "ana@example.com", "a long and odd one"
CREATE_USER = (
    "from django.contrib.auth import get_user_model as model; "
    f'model().objects.create_user("{EMAIL}", "{PASSWORD}")'
)


def follow(
    host: Host,
    environment: Environment,
    browser: Browser,
    directory: Path,
    servers: Sequence[str] = SERVERS,
) -> float:
    """Follow the guide up to the number in the browser. Return the seconds that this took.

    Then check the changes, run the tests of the host, and try the other servers. Raise
    AssertionError at the first problem.
    """
    project = Project(host, environment, directory)
    begin = time.monotonic()
    project.follow_guide()
    with project.serving(servers[0]) as url:
        first = Visitor(browser, 1)
        first.open(url + host.page)
        seconds = time.monotonic() - begin
        receive_another(first, url, project, browser)
    changed = project.changed_lines()
    assert len(changed["python"]) == LINES, changed
    assert len(changed["template"]) == 1, changed
    project.shell("python manage.py makemigrations --check --dry-run")
    project.shell("python manage.py test --verbosity 0")
    if host.login is not None:
        project.shell(f"python manage.py shell -c '{CREATE_USER}'")
    others = [*servers[1:], *([host.command] if host.command else [])]
    for server in others:
        with project.serving(server) as url:
            first = Visitor(browser, 1)
            first.open(url + host.page)
            receive_another(first, url, project, browser)
            if host.login is not None:
                count_user_once(url, host, browser)
    return seconds


def count_user_once(url: str, host: Host, browser: Browser) -> None:
    """Log in with two browsers, which are one person, beside a visitor without an account."""
    devices, other = [Visitor(browser, number) for number in (1, 2)], Visitor(browser, 3)
    for device in devices:
        device.log_in(f"{url}{host.login}", EMAIL, PASSWORD)
        device.open(url + host.page)
        device.sees(1)
    other.open(url + host.page)
    for visitor in (*devices, other):
        visitor.sees(2)
    for visitor in (*devices, other):
        visitor.leave()
        assert visitor.problems == []


def follow_options(project: Project, browser: Browser, redis_url: str) -> None:
    """Follow the optional parts of the guide, and count equal browsers on two processes."""
    project.follow("Recognize visitors by a cookie")
    project.follow("Several processes", ("redis://localhost:6379/0", redis_url))
    project.shell("python manage.py check")
    with project.serving("uvicorn", "--workers", "2") as url:
        first = Visitor(browser, 1)
        first.open(url + project.host.page)
        receive_another(first, url, project, browser, number=1)


def receive_another(
    first: Visitor, url: str, project: Project, browser: Browser, number: int = 2
) -> None:
    """Let a second visitor come and go. Both see that at once, and no request fails."""
    first.sees(1)
    if project.host.message is not None:
        first.reads(project.host.message)
    second = Visitor(browser, number)
    second.open(url + project.host.page)
    for each in (first, second):
        each.sees(2)
    second.leave()
    first.sees(1)
    first.leave()
    assert first.problems == second.problems == []
