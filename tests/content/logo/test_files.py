from __future__ import annotations

import pytest
from pytest_django import DjangoAssertNumQueries

from landing.content import current
from landing.content.logo import files, picture
from landing.content.logo.files import ShownFile
from landing.models import Page
from landing.tables.page import Logo
from tests.content.logo.samples import SVG, draw

pytestmark = [pytest.mark.django_db, pytest.mark.each_database]

FIRST, SECOND, THIRD = (picture.parse(each) for each in (SVG, draw("PNG"), draw("GIF")))


@pytest.fixture(autouse=True)
def shown(monkeypatch: pytest.MonkeyPatch) -> ShownFile:
    shown = ShownFile()
    monkeypatch.setattr(files, "shown", shown)
    return shown


def upload(page: Page, upload: picture.Picture | None) -> None:
    files.replace(page, upload)
    page.save()


def names() -> set[str]:
    return set(Logo.objects.values_list("name", flat=True))


def test_the_table_has_the_logo_and_the_one_before() -> None:
    page = Page()
    for each, stored in (
        (FIRST, {FIRST.name}),
        (SECOND, {FIRST.name, SECOND.name}),
        (THIRD, {SECOND.name, THIRD.name}),
        (None, {THIRD.name}),
        (None, set[str]()),
    ):
        upload(page, each)
        assert names() == stored
        assert Page.objects.get().logo_file_id == (each and each.name)


def test_the_same_file_is_stored_once() -> None:
    page = Page()
    for each in (FIRST, SECOND, FIRST, FIRST):
        upload(page, each)
    assert FIRST.name in names() and len(names()) <= 2
    assert files.read(FIRST.name) == FIRST.content


def test_a_new_logo_costs_one_query_and_later_reads_none(
    shown: ShownFile, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    upload(Page(), FIRST)
    with django_assert_num_queries(2):
        assert current.read().logo_file == FIRST.name
    with django_assert_num_queries(1):
        assert current.read().logo_file == FIRST.name
    assert shown.get(FIRST.name) == FIRST.content
    assert shown.get(SECOND.name) is None
    Page.objects.all().delete()
    assert current.read().logo_file == ""
    assert shown.get(FIRST.name) is None
    assert shown.get("") is None


def test_a_missing_file_is_not_shown() -> None:
    """The row was replaced between the two reads."""
    assert files.shown.load(FIRST.name) is False
    assert files.shown.get(FIRST.name) is None
