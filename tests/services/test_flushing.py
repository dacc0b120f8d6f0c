"""A flush keeps the permissions and deletes all other rows."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Permission, User
from django.contrib.contenttypes.models import ContentType
from django.test import TransactionTestCase

from landing.models import Analytics
from tests.analytics.rows import row
from tests.services import flushing


@pytest.mark.each_database
@pytest.mark.django_db(transaction=True)
def test_a_flush_deletes_all_rows_but_the_permissions() -> None:
    def read() -> list[list[dict[str, object]]]:
        return [list(model.objects.order_by("pk").values()) for model in (Permission, ContentType)]

    kept = read()
    assert all(kept)
    ana = User.objects.create_user("ana")
    ana.user_permissions.set(Permission.objects.filter(codename="view_analytics"))
    row(1)
    with flushing.keeping_permissions():
        TransactionTestCase()._fixture_teardown()
    for model in (User, User.user_permissions.through, Analytics):
        assert not model.objects.exists()
    assert read() == kept
