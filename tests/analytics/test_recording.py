from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from landing.analytics import recording, referrers
from landing.analytics.write_buffer.insert import PendingRow
from landing.models import Analytics
from landing.visitors.identity import Identity
from tests.analytics.page_views import NOON, Refuse, stored, view
from tests.analytics.rows import row, visitor

pytestmark = pytest.mark.each_database


@pytest.mark.django_db
def test_a_page_view_is_one_row_and_takes_no_query(
    django_user_model: Any, django_assert_num_queries: Any
) -> None:
    ana = django_user_model.objects.create_user("ana")

    with django_assert_num_queries(0):
        view(1, "/pricing", "news.example.org", user=str(ana.pk))

    row = stored().get()
    assert row.visitor_id == visitor(1)
    assert row.user == ana
    assert row.event == Analytics.Event.PAGE_VIEW
    assert row.path == "/pricing"
    assert row.referrer_host == "news.example.org"
    assert row.created_at == NOON
    assert row.data == {}


@pytest.mark.django_db
def test_a_row_has_the_time_of_the_view_not_of_its_insert() -> None:
    before = timezone.now()
    recording.record_page_view(Identity(visitor(1)), "/", "")
    after = timezone.now()

    assert before <= stored().get().created_at <= after


@pytest.mark.django_db
def test_an_anonymous_page_view_has_no_user() -> None:
    view()

    assert stored().get().user_id is None


@pytest.mark.django_db
def test_many_views_take_one_insert(django_assert_max_num_queries: Any) -> None:
    for number in range(90):
        view(number, f"/{number}")

    # The transaction takes two more queries.
    with django_assert_max_num_queries(3):
        recording.writer.flush()
    assert [row.path for row in Analytics.objects.order_by("pk")] == [f"/{n}" for n in range(90)]


@pytest.mark.django_db
def test_dwell_rows_share_one_time(django_user_model: Any) -> None:
    ana = django_user_model.objects.create_user("ana")
    recording.record_dwell([Identity(visitor(1), str(ana.pk)), Identity(visitor(2))], NOON)

    rows = list(stored())
    assert [(row.visitor_id, row.user_id) for row in rows] == [
        (visitor(1), ana.pk),
        (visitor(2), None),
    ]
    assert {(row.event, row.path, row.referrer_host) for row in rows} == {("heartbeat", "", "")}
    assert {row.created_at for row in rows} == {NOON}


@pytest.mark.django_db(transaction=True)
def test_no_dwell_rows_are_recorded_during_an_outage(refuse: Refuse) -> None:
    """Dwell rows would displace page views from a full buffer."""
    with connection.execute_wrapper(refuse):
        recording.record_page_view(Identity(visitor(1)), "/", "")
        assert not recording.writer.flush()
        recording.record_dwell([Identity(visitor(2))], NOON)
    recording.writer.flush()
    recording.record_dwell([Identity(visitor(3))], NOON)
    recording.writer.flush()

    visitors = Analytics.objects.order_by("pk").values_list("visitor_id", flat=True)
    assert [bytes(each) for each in visitors] == [visitor(1), visitor(3)]


@pytest.mark.django_db(transaction=True)
def test_a_page_view_with_a_duplicate_key_is_counted_as_dropped() -> None:
    """Keys collide after a load of rows with keys; only dwell rows may be duplicates."""
    taken = row(1).pk + 1
    row(2, pk=taken)
    for _ in range(2):
        recording.record_page_view(Identity(visitor(3)), "/", "")
    dropped = recording.writer.dropped_rows
    recording.writer.flush()

    stored = Analytics.objects.filter(visitor_id=visitor(3)).count()
    assert stored + recording.writer.dropped_rows - dropped == 2


@pytest.mark.django_db
def test_a_visitor_on_two_workers_leaves_one_dwell_row() -> None:
    for _ in range(2):
        recording.record_dwell([Identity(visitor(1))], NOON)
        view(1)
        stored()
    recording.record_dwell([Identity(visitor(1)), Identity(visitor(2))], NOON)

    assert stored().filter(event=Analytics.Event.HEARTBEAT).count() == 2
    assert stored().filter(event=Analytics.Event.PAGE_VIEW).count() == 2
    assert recording.writer.dropped_rows == 0


@pytest.mark.django_db(transaction=True)
def test_rows_wait_during_an_outage_that_is_logged_once(
    refuse: Refuse, caplog: pytest.LogCaptureFixture
) -> None:
    with connection.execute_wrapper(refuse):
        for number in range(3):
            view(number)
            assert not recording.writer.flush()

    assert [row.visitor_id for row in stored()] == [visitor(0), visitor(1), visitor(2)]
    assert [record.levelname for record in caplog.records] == ["ERROR", "WARNING"]


@pytest.mark.django_db(transaction=True)
def test_after_an_error_the_next_attempt_uses_a_new_connection(refuse: Refuse) -> None:
    connection.ensure_connection()
    before = connection.connection
    view()
    with connection.execute_wrapper(refuse):
        assert not recording.writer.flush()
    assert connection.connection is None

    assert stored().count() == 1
    assert connection.connection not in (None, before)


BAD = {
    "a visitor of 15 bytes": {"visitor": bytes(15)},
    "a user that is not a key": {"user": "ana"},
    "an unknown event": {"event": "purchase"},
    "no path": {"path": None},
}


@pytest.mark.django_db
@pytest.mark.parametrize("bad", BAD.values(), ids=BAD)
def test_an_invalid_row_is_the_only_one_dropped(bad: dict[str, Any]) -> None:
    good = PendingRow(visitor(1), None, "page_view", "/", "", NOON)
    recording.writer.extend([good] * 5 + [good._replace(**bad)] + [good] * 5)

    assert stored().count() == 10
    assert recording.writer.dropped_rows == 1


@pytest.mark.django_db
@settings(max_examples=50)
@given(st.text(alphabet=st.characters(), max_size=600), st.text(alphabet=st.characters()))
def test_any_path_and_referrer_can_be_stored(path: str, referrer: str) -> None:
    view(1, path, referrers.parse_host(referrer))

    assert stored().latest("pk").path == recording.clean_path(path)
    assert recording.writer.dropped_rows == 0


@given(st.text(alphabet=st.characters(), max_size=2000))
def test_a_clean_path_is_printable_and_fits_the_column(path: str) -> None:
    clean = recording.clean_path(path)

    assert clean.isprintable()
    assert len(clean) == min(len(path), 512)
    assert recording.clean_path(clean) == clean


def test_a_long_path_is_cut_to_the_column() -> None:
    assert recording.clean_path("/" * 513) == "/" * 512


@pytest.mark.parametrize("path", ["/", "/über/uns", "/人/👩", "/with space", "/%20?"])
def test_a_printable_path_is_stored_unchanged(path: str) -> None:
    assert recording.clean_path(path) == path


@pytest.mark.parametrize("character", ["\x00", "\n", "\x1b", "\x7f", "\u202e", "\ud800", "\u2028"])
def test_control_bidi_and_invalid_characters_are_replaced(character: str) -> None:
    assert recording.clean_path(f"/a{character}b") == "/a\N{REPLACEMENT CHARACTER}b"
