"""The users of sessions with other authentication backends or another user model, and failures."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.db import OperationalError

from landing.visitors.session_user import NOBODY, SessionUser
from landing.visitors.sessions import data, users
from landing.visitors.sessions.round_robin import RoundRobin
from tests.services.site import python
from tests.visitors.sessions import backends
from tests.visitors.sessions.sign_ins import MODEL_BACKEND, OURS, new_user, read, read_one, sign_in

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.each_database]


def test_a_backend_with_its_own_users_is_asked_in_turn(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.AUTHENTICATION_BACKENDS = [f"{OURS}.DirectoryBackend", MODEL_BACKEND]
    monkeypatch.setattr(users, "_round_robin", RoundRobin(2))
    people = [new_user(f"user{number}") for number in range(3)]
    keys = [sign_in(each, f"{OURS}.DirectoryBackend") for each in people]
    of_model = sign_in(people[0])
    backends.DirectoryBackend.asked.clear()
    backends.DirectoryBackend.gone.clear()

    found = [read(*keys, of_model) for _ in range(2)]

    assert len(backends.DirectoryBackend.asked) == 4
    assert all(each[of_model] == SessionUser(str(people[0].pk), False) for each in found)
    assert set().union(*found) == {*keys, of_model}
    backends.DirectoryBackend.gone.update(each.pk for each in people)
    assert {key: user for _ in range(2) for key, user in read(*keys).items()} == dict.fromkeys(
        keys, NOBODY
    )


def test_a_backend_may_reject_users_in_its_own_way(settings: Any) -> None:
    path = f"{OURS}.SuspendingBackend"
    settings.AUTHENTICATION_BACKENDS = [path]
    ana = new_user()
    key = sign_in(ana, path)

    assert read_one(key) == SessionUser(str(ana.pk), is_staff=False)
    get_user_model().objects.update(last_name="Suspended")
    assert read_one(key) == NOBODY


def test_a_session_of_a_removed_backend_has_nobody(settings: Any) -> None:
    key = sign_in(new_user(), f"{OURS}.SuspendingBackend")
    settings.AUTHENTICATION_BACKENDS = [MODEL_BACKEND]

    assert read_one(key) == NOBODY


def test_a_user_model_with_another_key_and_its_own_rights_is_respected(tmp_path: Any) -> None:
    program = "tests.visitors.sessions.custom_user"
    done = python("-m", program, str(tmp_path / "db.sqlite3"))
    assert done.returncode == 0, done.stderr
    (before, after), key = json.loads(done.stdout)

    assert before == [key, False]
    assert after == [None, False]


def refuse(*arguments: object) -> None:
    raise OperationalError("the server is gone")


def test_an_outage_of_the_database_changes_nothing_and_is_logged_once(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = sign_in(new_user())
    with monkeypatch.context() as patch:
        patch.setattr(data, "load", refuse)
        assert [read(key) for _ in range(3)] == [{}, {}, {}]

    assert read_one(key) is not None
    assert [record.levelname for record in caplog.records] == ["ERROR", "WARNING"]


def test_a_backend_that_fails_changes_nothing(settings: Any) -> None:
    settings.AUTHENTICATION_BACKENDS = [f"{OURS}.BrokenBackend"]

    assert read(sign_in(new_user(), f"{OURS}.BrokenBackend")) == {}
