from __future__ import annotations

from typing import Any

import pytest
from django.db import IntegrityError, connection

from landing.models import Analytics
from tests.rows import row, visitor

pytestmark = pytest.mark.django_db


def test_a_visitor_is_read_as_the_bytes_that_were_written() -> None:
    row(7)

    read = Analytics.objects.get().visitor_id

    assert isinstance(read, bytes)
    assert read == visitor(7)


def test_a_visitor_reads_as_32_hex_digits() -> None:
    stored = row(255)

    assert stored.visitor == "0" * 30 + "ff"
    assert str(Analytics(visitor_id=visitor(255), event="page_view", path="/")) == (
        "page_view / by " + "0" * 30 + "ff"
    )


@pytest.mark.parametrize("wrong", [b"", b"short", b"x" * 17])
def test_the_database_refuses_a_visitor_of_another_length(wrong: bytes) -> None:
    with pytest.raises(IntegrityError):
        row(visitor_id=wrong)


def test_the_database_refuses_an_unknown_event() -> None:
    with pytest.raises(IntegrityError):
        row(event="guess")


def test_deleting_a_user_leaves_the_rows_without_a_name(django_user_model: Any) -> None:
    ana = django_user_model.objects.create_user("ana")
    row(user=ana)

    ana.delete()

    assert Analytics.objects.get().user_id is None


def test_a_row_of_a_user_who_is_gone_can_still_be_written() -> None:
    row(user_id=4711)
    connection.check_constraints()

    assert Analytics.objects.select_related("user").get().user is None


def test_no_column_could_hold_an_address_or_a_user_agent() -> None:
    columns = {field.column for field in Analytics._meta.get_fields()}

    assert columns == {
        "id",
        "visitor_id",
        "user_id",
        "event",
        "path",
        "referrer_host",
        "created_at",
        "data",
    }
