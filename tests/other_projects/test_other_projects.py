"""The counter in projects that are unlike the site."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.services.site import python

#: The answer of a project whose users are found.
FOUND = {
    "row": True,
    "note": True,
    "pages": [200, 200, 200],
    "added": 302,
    "named": True,
    "dashboard": 200,
    "left": [None, None],
}


def run(program: str, *arguments: str) -> Any:
    done = python("-m", f"tests.other_projects.{program}", *arguments)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize("user", ["UuidMember", "TextMember"])
def test_users_may_have_any_key_and_no_name(user: str, tmp_path: Path) -> None:
    assert run("with_users", str(tmp_path), user) == FOUND | {"database": "default"}


@pytest.mark.parametrize("user", ["UuidMember", "TextMember"])
def test_users_may_have_any_key_on_postgresql(user: str, tmp_path: Path, postgres_url: str) -> None:
    found = run("with_users", str(tmp_path), user, "together", postgres_url)
    assert found == FOUND | {"database": "default"}


def test_users_may_be_in_another_database(tmp_path: Path) -> None:
    found = run("with_users", str(tmp_path), "UuidMember", "split")
    assert found == FOUND | {"database": "counter"}


@pytest.mark.parametrize("apps", [(), ("staticfiles", "sessions")])
def test_a_project_needs_no_users_and_no_sessions(apps: tuple[str, ...], tmp_path: Path) -> None:
    found = run("without_users", str(tmp_path), *apps)
    assert found == {
        "page": 200,
        "cookies": ["landing_visitor"],
        "user": None,
        "session": None,
        "rows": 1,
        "changes": "No changes detected in app 'landing'",
    }


def test_a_project_with_users_needs_no_admin(tmp_path: Path) -> None:
    found = run("without_users", str(tmp_path), "auth", "contenttypes", "sessions")
    assert found["changes"] == "No changes detected in app 'landing'"
    assert (found["page"], found["rows"]) == (200, 1)
