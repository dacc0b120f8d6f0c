"""What a worker still has to report."""

from __future__ import annotations

import pytest

from landing.live.presence.contract import MAX_CHANGES, Answer, KeyType, Report
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


def answered(share: ReportBuilder, **answer: object) -> Report:
    sent = report(share)
    share.acknowledge(sent, Answer(snapshot=None, **answer))  # type: ignore[arg-type]
    return sent


def test_a_report_carries_the_state_of_every_key_since_the_last_acknowledged_one(
    share: ReportBuilder, registry: Registry
) -> None:
    ana = socket("ana")
    share.touch(registry.add(ana))
    first = report(share)
    share.lost()
    share.touch(registry.remove(ana))
    second = report(share)
    assert [change.present for change in first.changes] == [True]
    assert [change.present for change in second.changes] == [False]
    assert (second.seq, second.acked) == (2, 0)


def test_what_flips_while_a_report_is_under_way_goes_into_the_next(
    share: ReportBuilder, registry: Registry
) -> None:
    ana = socket("ana")
    share.touch(registry.add(ana))
    sent = report(share)
    share.touch(registry.remove(ana))
    share.acknowledge(sent, Answer(snapshot=None))
    (change,) = report(share).changes
    assert change == (visitor_key("ana"), False)


def test_nothing_is_dirty_once_everything_is_acknowledged(
    share: ReportBuilder, registry: Registry
) -> None:
    assert not share.dirty
    share.touch(registry.add(socket("ana")))
    assert share.dirty
    answered(share)
    assert not share.dirty


def test_a_second_tab_is_a_change_of_connections_alone(
    share: ReportBuilder, registry: Registry
) -> None:
    share.touch(registry.add(socket("ana")))
    answered(share)
    share.touch(registry.add(socket("ana")))
    assert share.dirty
    second = answered(share)
    assert second.changes == () and second.connections == 2
    assert not share.dirty


def test_a_report_has_a_bounded_size_and_the_rest_follows(
    share: ReportBuilder, registry: Registry
) -> None:
    for number in range(MAX_CHANGES + 7):
        share.touch(registry.add(socket(f"v{number}")))
    assert len(answered(share).changes) == MAX_CHANGES
    assert share.behind
    assert len(answered(share).changes) == 7
    assert not share.behind


def test_a_browser_and_its_signed_in_mark_travel_together(
    share: ReportBuilder, registry: Registry
) -> None:
    early = [socket(f"v{number}") for number in range(MAX_CHANGES)]
    for each in early:
        share.touch(registry.add(each))
    share.touch(registry.add(socket("v0", "7")))
    kinds = [change.key for change in report(share).changes if change.key.id == early[0].visitor]
    assert [key.kind for key in kinds] == [KeyType.VISITOR, KeyType.SIGNED]


def test_a_resync_reports_everything_in_chunks(share: ReportBuilder, registry: Registry) -> None:
    for number in range(MAX_CHANGES + 1):
        share.touch(registry.add(socket(f"v{number}")))
    answered(share)
    answered(share)
    answered(share, resync=True)
    chunks = [answered(share), answered(share)]
    assert [(chunk.begin, chunk.complete) for chunk in chunks] == [(True, False), (False, True)]
    assert sum(len(chunk.changes) for chunk in chunks) == MAX_CHANGES + 1
    assert not share.behind


def test_a_resync_is_silent(share: ReportBuilder) -> None:
    answered(share, resync=True)
    assert not report(share).events


def test_a_resync_with_a_lost_answer_begins_again(share: ReportBuilder, registry: Registry) -> None:
    for number in range(MAX_CHANGES + 1):
        share.touch(registry.add(socket(f"v{number}")))
    answered(share, resync=True)
    answered(share)
    report(share)
    share.lost()
    again = report(share)
    assert again.begin and not again.complete


def test_the_epoch_is_the_one_last_answered(share: ReportBuilder) -> None:
    assert answered(share, epoch="one").epoch == ""
    assert answered(share, epoch="one").epoch == "one"
