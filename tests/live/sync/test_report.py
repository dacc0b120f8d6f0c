"""The reports of a worker: changes, acknowledgments, and resyncs."""

from __future__ import annotations

from typing import Any

import pytest

from landing.limits.network import network_key
from landing.live.presence.contract import MAX_CHANGES, Answer, Change, KeyType, Lease, Report
from landing.live.registry import Registry
from landing.live.sync.report import ReportBuilder
from tests.live.presence.simulation import new_connection, visitor_key


@pytest.fixture
def registry() -> Registry:
    return Registry()


@pytest.fixture
def builder(registry: Registry) -> ReportBuilder:
    return ReportBuilder("worker", registry)


def next_report(builder: ReportBuilder) -> Report:
    return builder.next_report(seen=0, aggregates=None, events=True)


def acknowledge_next(builder: ReportBuilder, **lease: Any) -> Report:
    report = next_report(builder)
    builder.acknowledge(report, Answer(snapshot=None, lease=Lease(**lease)))
    return report


def test_a_report_has_the_state_of_each_key_changed_since_the_last_acknowledged_report(
    builder: ReportBuilder, registry: Registry
) -> None:
    ana = new_connection("ana")
    builder.mark_dirty(registry.add(ana))
    first = next_report(builder)
    builder.handle_failure()
    builder.mark_dirty(registry.remove(ana))
    second = next_report(builder)
    assert [change.present for change in first.changes] == [True]
    assert [change.present for change in second.changes] == [False]
    assert (second.seq, second.acked) == (2, 0)


def test_a_network_that_is_crowded_during_a_sync_is_in_the_next_report(
    builder: ReportBuilder, registry: Registry
) -> None:
    builder.mark_dirty(registry.add(new_connection("ana", network="192.0.2.1")))
    sent = next_report(builder)
    builder.mark_dirty(registry.add(new_connection("ben", network="192.0.2.1")))
    builder.acknowledge(sent, Answer(snapshot=None))
    assert [change.network for change in sent.changes] == [b""]
    assert {change.key: change.network for change in next_report(builder).changes} == {
        visitor_key(name): network_key("192.0.2.1") for name in ("ana", "ben")
    }


def test_a_report_has_the_place_of_each_present_visitor_and_user(
    builder: ReportBuilder, registry: Registry
) -> None:
    builder.mark_dirty(registry.add(new_connection("ana", "7", place="/pricing")))
    assert {change.key.kind: change.place for change in next_report(builder).changes} == {
        KeyType.VISITOR: "/pricing",
        KeyType.USER: "/pricing",
        KeyType.SIGNED: "",
    }


def test_a_person_who_moves_during_a_sync_is_in_the_next_report(
    builder: ReportBuilder, registry: Registry
) -> None:
    builder.mark_dirty(registry.add(new_connection("ana", place="/")))
    sent = next_report(builder)
    newer = new_connection("ana", place="/pricing")
    builder.mark_dirty(registry.add(newer))
    builder.acknowledge(sent, Answer(snapshot=None))
    (moved,) = acknowledge_next(builder).changes
    assert ([change.place for change in sent.changes], moved.place) == (["/"], "/pricing")
    assert not builder.has_changes


def test_an_absent_key_has_no_place(builder: ReportBuilder, registry: Registry) -> None:
    ana = new_connection("ana", place="/")
    builder.mark_dirty(registry.add(ana))
    acknowledge_next(builder)
    builder.mark_dirty(registry.remove(ana))
    assert next_report(builder).changes == (Change(visitor_key("ana"), False),)


def test_a_resync_has_every_place(builder: ReportBuilder, registry: Registry) -> None:
    builder.mark_dirty(registry.add(new_connection("ana", place="/")))
    acknowledge_next(builder)
    acknowledge_next(builder, resync=True)
    assert [change.place for change in next_report(builder).changes] == ["/"]


def test_a_change_during_a_sync_is_in_the_next_report(
    builder: ReportBuilder, registry: Registry
) -> None:
    ana = new_connection("ana")
    builder.mark_dirty(registry.add(ana))
    sent = next_report(builder)
    builder.mark_dirty(registry.remove(ana))
    builder.acknowledge(sent, Answer(snapshot=None))
    (change,) = next_report(builder).changes
    assert change == Change(visitor_key("ana"), False)


def test_after_an_acknowledgment_no_change_is_left(
    builder: ReportBuilder, registry: Registry
) -> None:
    assert not builder.has_changes
    builder.mark_dirty(registry.add(new_connection("ana")))
    assert builder.has_changes
    acknowledge_next(builder)
    assert not builder.has_changes


def test_a_second_tab_changes_only_the_number_of_connections(
    builder: ReportBuilder, registry: Registry
) -> None:
    builder.mark_dirty(registry.add(new_connection("ana")))
    acknowledge_next(builder)
    builder.mark_dirty(registry.add(new_connection("ana")))
    assert builder.has_changes
    second = acknowledge_next(builder)
    assert second.changes == () and second.connections == 2
    assert not builder.has_changes


def test_a_report_has_a_maximum_size_and_the_next_report_has_the_rest(
    builder: ReportBuilder, registry: Registry
) -> None:
    for number in range(MAX_CHANGES + 7):
        builder.mark_dirty(registry.add(new_connection(f"v{number}")))
    assert len(acknowledge_next(builder).changes) == MAX_CHANGES
    assert builder.is_behind
    assert len(acknowledge_next(builder).changes) == 7
    assert not builder.is_behind


def test_a_visitor_and_its_signed_in_key_are_in_the_same_report(
    builder: ReportBuilder, registry: Registry
) -> None:
    first = [new_connection(f"v{number}") for number in range(MAX_CHANGES)]
    for each in first:
        builder.mark_dirty(registry.add(each))
    builder.mark_dirty(registry.add(new_connection("v0", "7")))
    keys = [
        change.key for change in next_report(builder).changes if change.key.id == first[0].visitor
    ]
    assert [key.kind for key in keys] == [KeyType.VISITOR, KeyType.SIGNED]


def test_a_resync_reports_all_keys_in_chunks(builder: ReportBuilder, registry: Registry) -> None:
    for number in range(MAX_CHANGES + 1):
        builder.mark_dirty(registry.add(new_connection(f"v{number}")))
    acknowledge_next(builder)
    acknowledge_next(builder)
    acknowledge_next(builder, resync=True)
    chunks = [acknowledge_next(builder), acknowledge_next(builder)]
    assert [(chunk.begin, chunk.complete) for chunk in chunks] == [(True, False), (False, True)]
    assert sum(len(chunk.changes) for chunk in chunks) == MAX_CHANGES + 1
    assert not builder.is_behind


def test_the_report_after_a_resync_requests_no_events(builder: ReportBuilder) -> None:
    acknowledge_next(builder, resync=True)
    assert not next_report(builder).events


def test_a_resync_restarts_after_a_lost_answer(builder: ReportBuilder, registry: Registry) -> None:
    for number in range(MAX_CHANGES + 1):
        builder.mark_dirty(registry.add(new_connection(f"v{number}")))
    acknowledge_next(builder, resync=True)
    acknowledge_next(builder)
    next_report(builder)
    builder.handle_failure()
    restarted = next_report(builder)
    assert restarted.begin and not restarted.complete


def test_a_report_has_the_epoch_of_the_last_answer(builder: ReportBuilder) -> None:
    assert acknowledge_next(builder, epoch="one").epoch == ""
    assert acknowledge_next(builder, epoch="one").epoch == "one"
