"""The reports of a worker."""

from __future__ import annotations

from typing import Any

import pytest

from landing.live.presence.contract import MAX_CHANGES, Answer, KeyType, Lease, Report
from landing.live.registry import Registry
from landing.live.sync.report import ReportBuilder
from tests.live.presence.simulation import socket, visitor_key


@pytest.fixture
def registry() -> Registry:
    return Registry()


@pytest.fixture
def builder(registry: Registry) -> ReportBuilder:
    return ReportBuilder("worker", registry)


def report(builder: ReportBuilder) -> Report:
    return builder.next_report(seen=0, aggregates=None, events=True)


def answered(builder: ReportBuilder, **lease: Any) -> Report:
    sent = report(builder)
    builder.acknowledge(sent, Answer(snapshot=None, lease=Lease(**lease)))
    return sent


def test_a_report_has_every_key_that_changed_since_the_acknowledged_one(
    builder: ReportBuilder, registry: Registry
) -> None:
    ana = socket("ana")
    builder.mark_dirty(registry.add(ana))
    first = report(builder)
    builder.handle_failure()
    builder.mark_dirty(registry.remove(ana))
    second = report(builder)
    assert [change.present for change in first.changes] == [True]
    assert [change.present for change in second.changes] == [False]
    assert (second.seq, second.acked) == (2, 0)


def test_changes_during_a_report_go_into_the_next(
    builder: ReportBuilder, registry: Registry
) -> None:
    ana = socket("ana")
    builder.mark_dirty(registry.add(ana))
    sent = report(builder)
    builder.mark_dirty(registry.remove(ana))
    builder.acknowledge(sent, Answer(snapshot=None))
    (change,) = report(builder).changes
    assert change == (visitor_key("ana"), False)


def test_no_key_is_dirty_after_the_last_acknowledgment(
    builder: ReportBuilder, registry: Registry
) -> None:
    assert not builder.has_changes
    builder.mark_dirty(registry.add(socket("ana")))
    assert builder.has_changes
    answered(builder)
    assert not builder.has_changes


def test_a_second_tab_changes_only_the_connections(
    builder: ReportBuilder, registry: Registry
) -> None:
    builder.mark_dirty(registry.add(socket("ana")))
    answered(builder)
    builder.mark_dirty(registry.add(socket("ana")))
    assert builder.has_changes
    second = answered(builder)
    assert second.changes == () and second.connections == 2
    assert not builder.has_changes


def test_a_report_has_a_bounded_size_and_the_rest_follows(
    builder: ReportBuilder, registry: Registry
) -> None:
    for number in range(MAX_CHANGES + 7):
        builder.mark_dirty(registry.add(socket(f"v{number}")))
    assert len(answered(builder).changes) == MAX_CHANGES
    assert builder.is_behind
    assert len(answered(builder).changes) == 7
    assert not builder.is_behind


def test_a_visitor_and_its_signed_in_mark_are_in_one_report(
    builder: ReportBuilder, registry: Registry
) -> None:
    early = [socket(f"v{number}") for number in range(MAX_CHANGES)]
    for each in early:
        builder.mark_dirty(registry.add(each))
    builder.mark_dirty(registry.add(socket("v0", "7")))
    kinds = [change.key for change in report(builder).changes if change.key.id == early[0].visitor]
    assert [key.kind for key in kinds] == [KeyType.VISITOR, KeyType.SIGNED]


def test_a_resync_reports_everything_in_chunks(builder: ReportBuilder, registry: Registry) -> None:
    for number in range(MAX_CHANGES + 1):
        builder.mark_dirty(registry.add(socket(f"v{number}")))
    answered(builder)
    answered(builder)
    answered(builder, resync=True)
    chunks = [answered(builder), answered(builder)]
    assert [(chunk.begin, chunk.complete) for chunk in chunks] == [(True, False), (False, True)]
    assert sum(len(chunk.changes) for chunk in chunks) == MAX_CHANGES + 1
    assert not builder.is_behind


def test_a_resync_is_silent(builder: ReportBuilder) -> None:
    answered(builder, resync=True)
    assert not report(builder).events


def test_a_resync_with_a_lost_answer_restarts(builder: ReportBuilder, registry: Registry) -> None:
    for number in range(MAX_CHANGES + 1):
        builder.mark_dirty(registry.add(socket(f"v{number}")))
    answered(builder, resync=True)
    answered(builder)
    report(builder)
    builder.handle_failure()
    again = report(builder)
    assert again.begin and not again.complete


def test_a_report_has_the_epoch_of_the_last_answer(builder: ReportBuilder) -> None:
    assert answered(builder, epoch="one").epoch == ""
    assert answered(builder, epoch="one").epoch == "one"
