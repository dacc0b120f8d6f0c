from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.db import OperationalError, connection
from hypothesis import given, settings
from hypothesis import strategies as st

from landing import analytics
from landing.identity import Identity
from landing.models import Analytics
from tests.rows import visitor

NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)
record_page_view = async_to_sync(analytics.record_page_view)


@pytest.mark.django_db
def test_a_page_view_is_one_row_written_by_one_query(
    django_user_model: Any, django_assert_num_queries: Any
) -> None:
    ana = django_user_model.objects.create_user("ana")

    with django_assert_num_queries(1):
        record_page_view(
            Identity(visitor(1), user=str(ana.pk)),
            "/pricing",
            "https://News.Example.org/item?id=7",
            now=NOON,
        )

    stored = Analytics.objects.get()
    assert stored.visitor_id == visitor(1)
    assert stored.user == ana
    assert stored.event == Analytics.Event.PAGE_VIEW
    assert stored.path == "/pricing"
    assert stored.referrer_host == "news.example.org"
    assert stored.created_at == NOON
    assert stored.data == {}


@pytest.mark.django_db
def test_an_anonymous_page_view_has_no_user() -> None:
    record_page_view(Identity(visitor(1)), "/", "")

    assert Analytics.objects.get().user_id is None


@pytest.mark.django_db(transaction=True)
def test_a_database_that_fails_costs_the_rows_and_is_logged_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def refuse(*arguments: object) -> None:
        raise OperationalError("the server is gone")

    with connection.execute_wrapper(refuse):
        for _ in range(3):
            record_page_view(Identity(visitor(1)), "/", "")
    record_page_view(Identity(visitor(1)), "/", "")

    assert Analytics.objects.count() == 1
    assert [record.levelname for record in caplog.records] == ["ERROR", "WARNING"]


@pytest.mark.django_db
@settings(max_examples=50)
@given(st.text(alphabet=st.characters(), max_size=600), st.text(alphabet=st.characters()))
def test_whatever_a_browser_sends_can_be_stored(path: str, referrer: str) -> None:
    record_page_view(Identity(visitor(1)), path, referrer)

    assert Analytics.objects.latest("pk").path == analytics.clean_path(path)


@given(st.text(alphabet=st.characters(), max_size=2000))
def test_a_clean_path_is_printable_and_fits(path: str) -> None:
    clean = analytics.clean_path(path)

    assert clean.isprintable()
    assert len(clean) == min(len(path), 512)
    assert analytics.clean_path(clean) == clean


def test_a_path_over_the_columns_length_is_cut() -> None:
    assert analytics.clean_path("/" * 513) == "/" * 512


@pytest.mark.parametrize("path", ["/", "/über/uns", "/人/👩", "/with space", "/%20?"])
def test_an_ordinary_path_is_stored_as_it_is(path: str) -> None:
    assert analytics.clean_path(path) == path


@pytest.mark.parametrize("character", ["\x00", "\n", "\x1b", "\x7f", "\u202e", "\ud800", "\u2028"])
def test_a_character_that_could_break_a_screen_or_a_column_is_replaced(character: str) -> None:
    assert analytics.clean_path(f"/a{character}b") == "/a\N{REPLACEMENT CHARACTER}b"


@pytest.mark.parametrize(
    ("referrer", "host"),
    [
        ("https://example.org/search?q=private#part", "example.org"),
        ("http://user:password@EXAMPLE.org:8080/", "example.org"),
        ("https://example.org.", "example.org"),
        ("https://xn--bcher-kva.example/", "xn--bcher-kva.example"),
        ("http://192.0.2.1/", "192.0.2.1"),
        ("http://[2001:db8::1]:80/", "2001:db8::1"),
        ("", ""),
        ("about:blank", ""),
        ("/relative", ""),
        ("example.org", ""),
        ("javascript:alert(1)", ""),
        ("android-app://com.example/", ""),
        ("http://[broken/", ""),
        ("http://two words/", ""),
        ("http://ex\xe4mple.org/", ""),
        ("https://" + "a" * 254, ""),
        ("https://<script>/", ""),
    ],
)
def test_of_a_referrer_only_the_host_is_kept(referrer: str, host: str) -> None:
    assert analytics.referrer_host(referrer) == host


@given(st.text(alphabet=st.characters()) | st.text().map("https://".__add__))
def test_a_referrer_host_is_a_host_or_nothing(referrer: str) -> None:
    host = analytics.referrer_host(referrer)

    assert host == "" or analytics.HOST.fullmatch(host)
