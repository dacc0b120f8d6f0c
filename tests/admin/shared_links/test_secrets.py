"""The secrets of shared links."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import RequestFactory

from landing.admin.shared_links import secrets
from landing.dates import utc_now
from landing.tables.shared_links import SharedLink

pytestmark = pytest.mark.django_db


def create(**fields: object) -> tuple[SharedLink, str]:
    link = SharedLink(name="board", **fields)
    address = secrets.create(link, RequestFactory().get("/"))
    return link, address.partition("#")[2]


def test_the_address_ends_with_a_secret_that_is_stored_as_a_hash() -> None:
    link = SharedLink(name="board")
    address = secrets.create(link, RequestFactory().get("/"))

    path, _, secret = address.partition("#")
    assert path == f"http://testserver/shared-dashboard/{link.prefix}/"
    assert secrets.SECRET.fullmatch(secret)
    assert secret not in repr(SharedLink.objects.values().get())


def test_only_the_secret_of_the_link_is_right() -> None:
    link, secret = create()
    other, _ = create()

    assert secrets.is_right(link, secret)
    assert not secrets.is_right(other, secret)
    for wrong in ("", secret[:-1], secret.swapcase(), f"{link.prefix}.{secret}", secret + "\0"):
        assert not secrets.is_right(link, wrong)


def test_a_revoked_or_expired_link_is_not_usable() -> None:
    in_a_minute = utc_now() + timedelta(minutes=1)
    usable, _ = create(expiry_date=in_a_minute)
    expired, _ = create(expiry_date=utc_now() - timedelta(seconds=1))
    revoked, _ = create(revoked=True)

    assert SharedLink.objects.find_usable(usable.prefix) == usable
    for prefix in (expired.prefix, revoked.prefix, "unknown"):
        assert SharedLink.objects.find_usable(prefix) is None


def test_the_last_use_is_stored_to_the_minute() -> None:
    create()

    def last_use() -> object:
        secrets.record_use(SharedLink.objects.get())
        return SharedLink.objects.get().last_used_at

    first = last_use()
    assert first is not None and last_use() == first
    SharedLink.objects.update(last_used_at=utc_now() - timedelta(minutes=2))
    assert last_use() > first  # type: ignore[operator]
