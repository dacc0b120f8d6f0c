from __future__ import annotations

from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.base import SessionBase
from django.db import OperationalError, connection
from django.test import Client

from landing.visitors import session_user
from landing.visitors.session_user import NOBODY, SessionUser

# A socket's look-up closes its connection afterwards: nothing may be in a transaction.
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def session(client: Client, django_user_model: Any) -> SessionBase:
    client.force_login(django_user_model.objects.create_user("ana", is_staff=True))
    session: SessionBase = type(client.session)(client.session.session_key)
    return session


def refuse(*arguments: object) -> None:
    raise OperationalError("the server is gone")


def test_the_stored_user_costs_one_query(
    session: SessionBase, django_user_model: Any, django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(1):
        user = async_to_sync(session_user.as_stored)(session)

    assert user == SessionUser(str(django_user_model.objects.get().pk), is_staff=False)


def test_the_verified_user_costs_two_queries_and_is_known_as_staff(
    session: SessionBase, django_user_model: Any, django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(2):
        user = async_to_sync(session_user.verified)(session)

    assert user == SessionUser(str(django_user_model.objects.get().pk), is_staff=True)


def test_a_session_without_a_user_is_nobody(client: Client) -> None:
    session = client.session
    session["basket"] = ["a book"]
    session.save()

    assert async_to_sync(session_user.as_stored)(session) == NOBODY
    assert async_to_sync(session_user.verified)(session) == NOBODY
    assert async_to_sync(session_user.by_key)(session.session_key) == NOBODY


def test_a_user_of_another_kind_of_primary_key_is_nobody(session: SessionBase) -> None:
    session[SESSION_KEY] = "5d9c68c6-c50e-4d3d-8a5d-3a1a2f6f2a35"
    session.save()

    assert async_to_sync(session_user.as_stored)(session) == NOBODY
    assert async_to_sync(session_user.by_key)(session.session_key) == NOBODY


def test_a_database_that_fails_makes_everybody_nobody_and_is_logged_once(
    session: SessionBase, caplog: pytest.LogCaptureFixture
) -> None:
    with connection.execute_wrapper(refuse):
        found = [async_to_sync(session_user.by_key)(session.session_key) for _ in range(3)]
    again = async_to_sync(session_user.by_key)(session.session_key)

    assert found == [NOBODY] * 3
    assert again != NOBODY
    assert [record.levelname for record in caplog.records] == ["ERROR", "WARNING"]
