"""What a worker still has to report."""

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
def share(registry: Registry) -> ReportBuilder:
    return ReportBuilder("worker", registry)


def report(share: ReportBuilder) -> Report:
    return share.next_report(seen=0, aggregates=None, events=True)


def answered(share: ReportBuilder, **lease: Any) -> Report:
    sent = report(share)
    share.acknowledge(sent, Answer(snapshot=None, lease=Lease(**lease)))
    return sent


def test_a_report_carries_the_state_of_every_key_since_the_last_acknowledged_one(
    share: ReportBuilder, registry: Registry
) -> None:
    ana = socket("ana")
    share.mark_dirty(registry.add(ana))
    first = report(share)
    share.handle_failure()
    share.mark_dirty(registry.remove(ana))
    second = report(share)
    assert [change.present for change in first.changes] == [True]
    assert [change.present for change in second.changes] == [False]
    assert (second.seq, second.acked) == (2, 0)


def test_what_flips_while_a_report_is_under_way_goes_into_the_next(
    share: ReportBuilder, registry: Registry
) -> None:
    ana = socket("ana")
    share.mark_dirty(registry.add(ana))
    sent = report(share)
    share.mark_dirty(registry.remove(ana))
    share.acknowledge(sent, Answer(snapshot=None))
    (change,) = report(share).changes
    assert change == (visitor_key("ana"), False)


def test_nothing_is_dirty_once_everything_is_acknowledged(
    share: ReportBuilder, registry: Registry
) -> None:
    assert not share.has_changes
    share.mark_dirty(registry.add(socket("ana")))
    assert share.has_changes
    answered(share)
    assert not share.has_changes


def test_a_second_tab_is_a_change_of_connections_alone(
    share: ReportBuilder, registry: Registry
) -> None:
    share.mark_dirty(registry.add(socket("ana")))
    answered(share)
    share.mark_dirty(registry.add(socket("ana")))
    assert share.has_changes
    second = answered(share)
    assert second.changes == () and second.connections == 2
    assert not share.has_changes


def test_a_report_has_a_bounded_size_and_the_rest_follows(
    share: ReportBuilder, registry: Registry
) -> None:
    for number in range(MAX_CHANGES + 7):
        share.mark_dirty(registry.add(socket(f"v{number}")))
    assert len(answered(share).changes) == MAX_CHANGES
    assert share.is_behind
    assert len(answered(share).changes) == 7
    assert not share.is_behind


def test_a_browser_and_its_signed_in_mark_travel_together(
    share: ReportBuilder, registry: Registry
) -> None:
    early = [socket(f"v{number}") for number in range(MAX_CHANGES)]
    for each in early:
        share.mark_dirty(registry.add(each))
    share.mark_dirty(registry.add(socket("v0", "7")))
    kinds = [change.key for change in report(share).changes if change.key.id == early[0].visitor]
    assert [key.kind for key in kinds] == [KeyType.VISITOR, KeyType.SIGNED]


def test_a_resync_reports_everything_in_chunks(share: ReportBuilder, registry: Registry) -> None:
    for number in range(MAX_CHANGES + 1):
        share.mark_dirty(registry.add(socket(f"v{number}")))
    answered(share)
    answered(share)
    answered(share, resync=True)
    chunks = [answered(share), answered(share)]
    assert [(chunk.begin, chunk.complete) for chunk in chunks] == [(True, False), (False, True)]
    assert sum(len(chunk.changes) for chunk in chunks) == MAX_CHANGES + 1
    assert not share.is_behind


def test_a_resync_is_silent(share: ReportBuilder) -> None:
    answered(share, resync=True)
    assert not report(share).events


def test_a_resync_with_a_lost_answer_begins_again(share: ReportBuilder, registry: Registry) -> None:
    for number in range(MAX_CHANGES + 1):
        share.mark_dirty(registry.add(socket(f"v{number}")))
    answered(share, resync=True)
    answered(share)
    report(share)
    share.handle_failure()
    again = report(share)
    assert again.begin and not again.complete


def test_the_epoch_is_the_one_last_answered(share: ReportBuilder) -> None:
    assert answered(share, epoch="one").epoch == ""
    assert answered(share, epoch="one").epoch == "one"
