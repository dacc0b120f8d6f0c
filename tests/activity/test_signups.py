"""New users as activities."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import transaction
from pytest_django import Settings

from landing.activity import publishing, recent
from landing.models import Activity

pytestmark = [pytest.mark.django_db, pytest.mark.each_database]


def sign_up(name: str = "ana@example.com", **columns: Any) -> User:
    return User.objects.create_user(name, **{"first_name": "Ana", "last_name": "Ruiz"} | columns)


@pytest.fixture
def _enabled(settings: Settings) -> None:
    settings.LANDING_ACTIVITY_SIGNUPS = True


def test_sign_ups_are_not_published_by_default() -> None:
    sign_up()

    assert not Activity.objects.exists()


@pytest.mark.usefixtures("_enabled")
class TestEnabled:
    def test_a_new_user_is_published_with_the_first_name_only(self, settings: Settings) -> None:
        settings.LANDING_ACTIVITY_ACTOR_DISPLAY = "full"
        sign_up()

        stored = Activity.objects.get()
        assert (stored.kind, stored.text, stored.actor) == ("signup", "joined", "Ana")
        assert (stored.data, stored.external_id) == ({}, None)
        assert recent.item_of(stored).actor == "Ana"

    def test_a_user_without_a_first_name_is_someone(self) -> None:
        sign_up(first_name="")

        assert recent.item_of(Activity.objects.get()).actor == "Someone"

    @pytest.mark.parametrize(
        "columns", [{"is_staff": True}, {"is_superuser": True, "is_staff": True}]
    )
    def test_staff_are_not_published(self, columns: dict[str, bool]) -> None:
        sign_up(**columns)

        assert not Activity.objects.exists()

    def test_inactive_users_are_not_published(self) -> None:
        sign_up(is_active=False)

        assert not Activity.objects.exists()

    def test_changing_a_user_publishes_nothing(self) -> None:
        user = sign_up()
        user.first_name = "Ann"
        user.save()
        user.set_password("other")
        user.save()

        assert Activity.objects.count() == 1

    def test_users_from_fixtures_are_not_published(self, tmp_path: Path) -> None:
        fixture = tmp_path / "users.json"
        fields = {"username": "ana", "password": "", "first_name": "Ana"}
        fixture.write_text(json.dumps([{"model": "auth.user", "pk": 7, "fields": fields}]))

        call_command("loaddata", fixture, verbosity=0)

        assert User.objects.exists()
        assert not Activity.objects.exists()

    def test_a_rolled_back_sign_up_leaves_no_activity(self) -> None:
        with transaction.atomic():
            sign_up()
            transaction.set_rollback(True)

        assert not User.objects.exists()
        assert not Activity.objects.exists()

    def test_an_earlier_external_id_does_not_block_a_sign_up(self) -> None:
        """Primary keys repeat, for example after a table was emptied."""
        first = sign_up()
        first.delete()
        publishing.publish(kind="campaign", text="x", external_id=f"user-{first.pk}")
        sign_up("ben", id=first.pk, first_name="Ben")

        assert Activity.objects.filter(kind="signup").count() == 2
