"""Whether the user of a session may see the dashboard."""

from __future__ import annotations

from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.contrib.auth.models import Permission
from django.db import OperationalError

from landing.visitors import session_user
from landing.visitors.sessions import permissions
from tests.visitors.sessions.sign_ins import new_user, sign_in

pytestmark = [pytest.mark.django_db(transaction=True)]

may_view_analytics = async_to_sync(permissions.may_view_analytics)


def new_staff() -> Any:
    """Return a staff member with the permission."""
    user = new_user("ana", is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="view_analytics"))
    return user


def test_staff_with_the_permission_may() -> None:
    assert may_view_analytics(sign_in(new_staff())) is True


def test_nobody_else_may() -> None:
    staff, person = new_user("ana", is_staff=True), new_user("eve")
    person.user_permissions.add(Permission.objects.get(codename="view_analytics"))

    assert may_view_analytics(sign_in(staff)) is False
    assert may_view_analytics(sign_in(person)) is False


@pytest.mark.parametrize("session_key", ["", "unknown", "a\0b", "é" * 500])
def test_an_invented_session_may_not(session_key: str) -> None:
    assert may_view_analytics(session_key) is False


def test_a_user_who_has_become_inactive_may_no_longer() -> None:
    user = new_staff()
    session_key = sign_in(user)
    user.is_active = False
    user.save()

    assert may_view_analytics(session_key) is False


def test_during_an_outage_the_answer_is_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(session_key: str) -> Any:
        raise OperationalError("no such table")

    monkeypatch.setattr(session_user, "find_user", fail)

    assert may_view_analytics("s") is None
    permissions.outage.record_success()
