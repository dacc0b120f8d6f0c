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

# A WebSocket's lookup closes its connection, so no test may use a transaction.
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def session(client: Client, django_user_model: Any) -> SessionBase:
    client.force_login(django_user_model.objects.create_user("ana", is_staff=True))
    session: SessionBase = type(client.session)(client.session.session_key)
    return session


def refuse(*arguments: object) -> None:
    raise OperationalError("the server is gone")


def test_the_stored_user_takes_one_query(
    session: SessionBase, django_user_model: Any, django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(1):
        user = async_to_sync(session_user.aread_stored)(session)

    assert user == SessionUser(str(django_user_model.objects.get().pk), is_staff=False)


def test_the_verified_user_takes_two_queries_and_may_be_staff(
    session: SessionBase, django_user_model: Any, django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(2):
        user = async_to_sync(session_user.aload_verified)(session)

    assert user == SessionUser(str(django_user_model.objects.get().pk), is_staff=True)


def test_a_session_without_a_user_has_nobody(client: Client) -> None:
    session = client.session
    session["basket"] = ["a book"]
    session.save()

    assert async_to_sync(session_user.aread_stored)(session) == NOBODY
    assert async_to_sync(session_user.aload_verified)(session) == NOBODY
    assert async_to_sync(session_user.load_by_key)(session.session_key) == NOBODY


def test_a_user_key_of_another_type_has_nobody(session: SessionBase) -> None:
    session[SESSION_KEY] = "5d9c68c6-c50e-4d3d-8a5d-3a1a2f6f2a35"
    session.save()

    assert async_to_sync(session_user.aread_stored)(session) == NOBODY
    assert async_to_sync(session_user.load_by_key)(session.session_key) == NOBODY


def test_a_database_outage_makes_users_anonymous_and_is_logged_once(
    session: SessionBase, caplog: pytest.LogCaptureFixture
) -> None:
    with connection.execute_wrapper(refuse):
        found = [async_to_sync(session_user.load_by_key)(session.session_key) for _ in range(3)]
    again = async_to_sync(session_user.load_by_key)(session.session_key)

    assert found == [NOBODY] * 3
    assert again != NOBODY
    assert [record.levelname for record in caplog.records] == ["ERROR", "WARNING"]
