"""The secrets of tokens and shared links, including those that an earlier release created."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db.models import Model
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from landing.models import PublishToken
from landing.tables.shared_links import SharedLink

pytestmark = [pytest.mark.django_db, pytest.mark.each_database]

KEY = "Ab3dE6gH.0123456789abcdefghijABCDEFGHIJkl"
#: As djangorestframework-api-key stored the key, with its own hash and with one of Django.
SHA512 = (
    "sha512$$f71d33fad6a6a5222b5f66676ccf037ea67a2610516411c62de8754a76a8a171"
    "74c952066709a396a3f1f4e3656acb8bd619cf6b17f4fd83de06e77db4a97ac3"
)
PBKDF2 = "pbkdf2_sha256$1000$salt$wEqSpyGw1eyucRNFytrjKERtMwaISJk8zh+Nzu3gMmo="
HASHERS = [f"django.contrib.auth.hashers.{name}PasswordHasher" for name in ("MD5", "PBKDF2")]
MODELS = (PublishToken, SharedLink)


def store(model: type[Model], hashed_key: str, **columns: object) -> None:
    prefix = KEY.partition(".")[0]
    model._default_manager.create(
        id=f"{prefix}.{hashed_key}", prefix=prefix, hashed_key=hashed_key, name="old", **columns
    )


def publish(key: str, scheme: str = "Api-Key") -> int:
    response = Client().post(
        "/api/landing/activities/",
        {"kind": "signup", "text": "joined"},
        content_type="application/json",
        headers={"Authorization": f"{scheme} {key}"},
    )
    return response.status_code


@pytest.mark.parametrize("hashed_key", [SHA512, PBKDF2])
@pytest.mark.parametrize("model", MODELS)
def test_keys_of_an_earlier_release_stay_valid(
    model: type[PublishToken | SharedLink], hashed_key: str, settings: Settings
) -> None:
    settings.PASSWORD_HASHERS = HASHERS
    store(model, hashed_key)
    row = model.objects.get()

    assert not row.is_valid(KEY[:-1] + "X")
    assert model.objects.get().hashed_key == hashed_key
    assert row.is_valid(KEY)
    assert (row.hashed_key, model.objects.get().hashed_key) == (SHA512, SHA512)
    assert model.objects.get().is_valid(KEY)


def test_a_service_publishes_with_a_token_of_an_earlier_release(settings: Settings) -> None:
    settings.PASSWORD_HASHERS = HASHERS
    store(PublishToken, PBKDF2)

    assert [publish(KEY), publish(KEY), publish(KEY[:-1] + "X")] == [201, 201, 401]
    assert publish(KEY, "api-key") == 201


def test_a_new_hash_does_not_undo_a_revocation(settings: Settings) -> None:
    settings.PASSWORD_HASHERS = HASHERS
    store(PublishToken, PBKDF2)
    token = PublishToken.objects.get()
    PublishToken.objects.update(revoked=True, name="new")

    assert token.is_valid(KEY)
    stored = PublishToken.objects.get()
    assert (stored.revoked, stored.name, stored.hashed_key) == (True, "new", SHA512)


@pytest.mark.parametrize("hashed_key", ["", "!", "sha512$$", "sha512$salt$00", "unknown$1$a$b"])
def test_a_damaged_hash_matches_no_key(hashed_key: str) -> None:
    store(PublishToken, hashed_key)

    assert not PublishToken.objects.get().is_valid(KEY)
    assert not PublishToken.objects.get().is_valid("")
    assert publish(KEY) == 401


@pytest.mark.parametrize("model", MODELS)
def test_a_new_key_has_random_parts_and_only_its_hash_is_stored(
    model: type[PublishToken | SharedLink],
) -> None:
    (first, key), (second, other) = (model.objects.create_key(name="crm") for _ in range(2))

    assert re.fullmatch(r"[A-Za-z0-9]{8}\.[A-Za-z0-9]{32}", key)
    assert key.partition(".")[0] == first.prefix != second.prefix
    assert key.partition(".")[2] != other.partition(".")[2]
    assert key.partition(".")[2] not in repr(model.objects.values())
    assert first.is_valid(key)
    assert not first.is_valid(other)


def test_a_row_is_found_unless_it_is_revoked_or_expired() -> None:
    now = timezone.now()
    usable = PublishToken.objects.create_key(name="a", expiry_date=now + timedelta(minutes=1))[0]
    expired = PublishToken.objects.create_key(name="b", expiry_date=now)[0]
    revoked = PublishToken.objects.create_key(name="c", revoked=True)[0]

    assert PublishToken.objects.find_usable(usable.prefix) == usable
    for prefix in (expired.prefix, revoked.prefix, "", "unknown"):
        assert PublishToken.objects.find_usable(prefix) is None


def test_times_are_aware_in_a_project_without_time_zones(settings: Settings) -> None:
    settings.USE_TZ = False
    naive = datetime(2026, 1, 31, 12, tzinfo=UTC).replace(tzinfo=None)
    PublishToken.objects.create_key(name="crm", expiry_date=naive)

    token = PublishToken.objects.get()
    assert token.expiry_date == datetime(2026, 1, 31, 12, tzinfo=UTC)
    assert token.created.tzinfo is not None
    assert token.has_expired
    assert PublishToken(expiry_date=naive).has_expired


@pytest.mark.parametrize("model", MODELS)
def test_a_revoked_row_stays_revoked(model: type[PublishToken | SharedLink]) -> None:
    row, _ = model.objects.create_key(name="crm")
    before = model.objects.get()
    row.revoked = True
    row.save(update_fields=["revoked"])

    row.name = "renamed"
    row.save()
    row.revoked = False
    for change in (row.clean, row.save, before.clean, before.save):
        with pytest.raises(ValidationError, match="stays revoked"):
            change()
    stored = model.objects.get()
    assert (stored.revoked, stored.name) == (True, "renamed")


def test_a_row_without_a_name_is_an_error() -> None:
    with pytest.raises(ValidationError, match="name"):
        PublishToken().full_clean()
