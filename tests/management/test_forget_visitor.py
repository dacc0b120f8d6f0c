"""``manage.py forget_visitor``."""

from __future__ import annotations

from collections.abc import Callable
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from landing.models import Analytics, Event
from landing.visitors import visitor_cookie

pytestmark = [pytest.mark.django_db, pytest.mark.each_database]

ANA, BEN = b"a" * 16, b"b" * 16


def forget(visitor: str) -> str:
    output = StringIO()
    call_command("forget_visitor", visitor, stdout=output)
    return output.getvalue()


@pytest.fixture(autouse=True)
def _rows() -> None:
    Analytics.objects.bulk_create(
        Analytics(visitor_id=visitor, event=Event.PAGE_VIEW, path="/")
        for visitor in (ANA, ANA, BEN)
    )


@pytest.mark.parametrize("written", [bytes.hex, visitor_cookie.dump_cookie], ids=["id", "cookie"])
def test_all_rows_of_one_visitor_are_deleted(written: Callable[[bytes], str]) -> None:
    argument = written(ANA)
    assert "Deleted 2 rows." in forget(argument)
    assert list(Analytics.objects.values_list("visitor_id", flat=True)) == [BEN]
    assert "Deleted 0 rows." in forget(argument)


def test_without_redis_the_command_states_that_servers_are_not_informed() -> None:
    assert "Running servers were not informed" in forget(ANA.hex())


@pytest.mark.parametrize("argument", ["", "ab", "6" * 31, "x" * 32, ANA.hex() + "00", "a:b:c"])
def test_another_argument_is_an_error_that_repeats_it(argument: str) -> None:
    with pytest.raises(CommandError, match="32 hex digits"):
        forget(argument)
    assert Analytics.objects.count() == 3
