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

pytestmark = pytest.mark.django_db


def sign_up(name: str = "ana@example.com", **columns: Any) -> User:
    return User.objects.create_user(name, **{"first_name": "Ana", "last_name": "Ruiz"} | columns)


@pytest.fixture
def _announced(settings: Settings) -> None:
    settings.LANDING_ACTIVITY_SIGNUPS = True


def test_it_is_off_unless_it_is_asked_for() -> None:
    sign_up()

    assert not Activity.objects.exists()


@pytest.mark.usefixtures("_announced")
class TestAnnounced:
    def test_a_new_user_is_one_activity_with_the_first_name_only(self, settings: Settings) -> None:
        settings.LANDING_ACTIVITY_ACTOR_DISPLAY = "full"
        sign_up()

        stored = Activity.objects.get()
        assert (stored.kind, stored.text, stored.actor) == ("signup", "joined", "Ana")
        assert (stored.data, stored.external_id) == ({}, None)
        assert recent.item_of(stored).actor == "Ana"

    def test_without_a_name_it_is_someone_and_never_the_login_name(self) -> None:
        sign_up(first_name="")

        assert recent.item_of(Activity.objects.get()).actor == "Someone"

    @pytest.mark.parametrize(
        "columns", [{"is_staff": True}, {"is_superuser": True, "is_staff": True}]
    )
    def test_staff_are_none(self, columns: dict[str, bool]) -> None:
        sign_up(**columns)

        assert not Activity.objects.exists()

    def test_who_has_still_to_confirm_is_none(self) -> None:
        sign_up(is_active=False)

        assert not Activity.objects.exists()

    def test_a_change_of_a_user_is_none(self) -> None:
        user = sign_up()
        user.first_name = "Ann"
        user.save()
        user.set_password("other")
        user.save()

        assert Activity.objects.count() == 1

    def test_fixtures_are_none(self, tmp_path: Path) -> None:
        fixture = tmp_path / "users.json"
        fields = {"username": "ana", "password": "", "first_name": "Ana"}
        fixture.write_text(json.dumps([{"model": "auth.user", "pk": 7, "fields": fields}]))

        call_command("loaddata", fixture, verbosity=0)

        assert User.objects.exists()
        assert not Activity.objects.exists()

    def test_nothing_is_left_of_a_sign_up_that_was_rolled_back(self) -> None:
        with transaction.atomic():
            sign_up()
            transaction.set_rollback(True)

        assert not User.objects.exists()
        assert not Activity.objects.exists()

    def test_nothing_that_was_published_before_keeps_anybody_from_signing_up(self) -> None:
        """Keys are given again, as after a table was emptied."""
        first = sign_up()
        first.delete()
        publishing.publish(kind="campaign", text="x", external_id=f"user-{first.pk}")
        sign_up("ben", id=first.pk, first_name="Ben")

        assert Activity.objects.filter(kind="signup").count() == 2
