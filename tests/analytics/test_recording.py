from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.db.models import QuerySet
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from landing.analytics import recording, referrers
from landing.analytics.write_buffer.buffer import WriteBuffer
from landing.analytics.write_buffer.insert import PendingRow
from landing.models import Analytics
from landing.visitors.identity import Identity
from tests.analytics.rows import row, visitor
from tests.services.redis import RedisServer

pytestmark = pytest.mark.each_database

NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)
Refuse = Callable[..., Any]


def view(number: int = 1, path: str = "/", referrer_host: str = "", **more: Any) -> None:
    """Record one page view."""
    recording.record_page_view(Identity(visitor(number), **more), path, referrer_host, NOON)


def stored() -> QuerySet[Analytics]:
    """Write the waiting rows, and return all rows."""
    assert recording.writer.flush()
    return Analytics.objects.order_by("pk")


# -- recording


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


# -- database errors


@pytest.fixture
def refuse() -> Refuse:
    def fail(*arguments: object) -> None:
        raise OperationalError("the server is gone")

    return fail


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


# -- the limit of a network over all processes

OFFICE, HOME = "192.0.2.1", "192.0.2.2"


class Processes:
    """Server processes with one Redis, one after the other."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._monkeypatch = monkeypatch
        self.start_next()

    def start_next(self) -> None:
        recording._reset()
        writer = WriteBuffer(recording.store, in_background=False)
        self._monkeypatch.setattr(recording, "writer", writer)


@pytest.fixture
def processes(
    monkeypatch: pytest.MonkeyPatch, redis_server: RedisServer, settings: Any
) -> Iterator[Processes]:
    settings.REDIS_URL = redis_server.url
    settings.LANDING_NETWORK_MAX_PEOPLE = 3
    yield Processes(monkeypatch)
    recording._reset()


def come(*numbers: int, network: str = OFFICE) -> list[int]:
    """View a page as these visitors; return those that this process admits."""
    admitted = [each for each in numbers if recording.visitors.admit(network, visitor(each))]
    for number in admitted:
        view(number, network=network)
    return admitted


def stored_visitors() -> list[bytes]:
    return [bytes(row.visitor_id) for row in stored()]


@pytest.mark.django_db
def test_two_processes_add_no_more_visitors_of_a_network_than_its_maximum(
    processes: Processes, caplog: pytest.LogCaptureFixture
) -> None:
    come(1, 2)
    assert len(stored_visitors()) == 2
    processes.start_next()
    come(3, 4, 5)
    come(3, 4, 5, network=HOME)
    recording.record_dwell([Identity(visitor(5), network=OFFICE)], NOON)

    expected = [1, 2, 3, 3, 4, 5]
    assert stored_visitors() == [visitor(number) for number in expected]
    assert recording.writer.waiting_rows == recording.writer.dropped_rows == 0
    (line,) = caplog.messages
    assert line.startswith("A network has LANDING_NETWORK_MAX_PEOPLE new visitors")


@pytest.mark.django_db
def test_a_refused_visitor_leaves_no_more_rows_to_the_writer(processes: Processes) -> None:
    come(1, 2, 3)
    stored()
    processes.start_next()
    assert come(4) == [4]
    assert len(stored_visitors()) == 3

    assert come(4, 5) == []
    assert come(4, network=HOME) == [4]


@pytest.mark.django_db(transaction=True)
def test_a_batch_that_the_database_refuses_has_the_same_visitors_when_it_is_repeated(
    processes: Processes, refuse: Refuse
) -> None:
    come(1, 2)
    stored()
    processes.start_next()
    come(3, 4)
    with connection.execute_wrapper(refuse):
        for _ in range(2):
            assert not recording.writer.flush()
    invalid = PendingRow(bytes(15), None, "page_view", "/", "", NOON)
    recording.writer.extend([invalid])

    assert stored_visitors() == [visitor(1), visitor(2), visitor(3)]


@pytest.mark.django_db
def test_without_redis_each_process_limits_the_visitors_for_itself(
    processes: Processes, settings: Any
) -> None:
    settings.REDIS_URL = ""
    for _ in range(2):
        processes.start_next()
        assert come(1, 2, 3, 4) == [1, 2, 3]
        stored()

    assert recording.shared_visitors() is None
    assert len(stored_visitors()) == 6


@pytest.mark.django_db
def test_an_outage_of_redis_costs_no_rows(processes: Processes, redis_server: RedisServer) -> None:
    redis_server.stop()
    assert come(1, 2, 3, 4) == [1, 2, 3]

    assert len(stored_visitors()) == 3


# -- paths


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
