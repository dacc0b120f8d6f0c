"""The visitor counts add up to distinct visitors, for any range and any order of rows."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta

from django.test import override_settings
from hypothesis import given
from hypothesis import strategies as st

from landing.analytics.rollups import changes
from landing.analytics.rollups.changes import MAX_GAP, FirstSeen, Row
from landing.models import Event

NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)

visits = st.lists(st.tuples(st.integers(1, 4), st.integers(0, 200), st.booleans()), max_size=40)


def row(visitor: int, day: int, is_signed_in: bool = False) -> Row:
    at = NOON + timedelta(days=day)
    user = 1 if is_signed_in else None
    return Row(1, bytes([visitor]), user, Event.PAGE_VIEW, "/", "", at, {})


def count_distinct(
    counts: Counter[tuple[int, int, int, bool]], first: int, last: int, is_signed_in: bool
) -> int:
    return sum(
        visitors
        for (day, _, gap, signed), visitors in counts.items()
        if first <= day <= last and signed is is_signed_in and (gap == 0 or gap > day - first)
    )


@given(visits, st.integers(0, 200), st.integers(0, MAX_GAP - 1), st.integers(1, 9))
def test_the_counts_of_any_range_add_up_to_its_distinct_visitors(
    found: list[tuple[int, int, bool]], first: int, length: int, batch: int
) -> None:
    stored: dict[bytes, changes.Days] = {}
    counts: Counter[tuple[int, int, int, bool]] = Counter()
    for begin in range(0, len(found), batch):
        new = changes.count(row(*visit) for visit in found[begin : begin + batch]).visitors
        before = {visitor: stored.get(visitor, {}) for visitor in new}
        after = {visitor: changes.merge(before[visitor], new[visitor]) for visitor in new}
        counts.update(changes.compare(before.values(), after.values()))
        stored |= after

    origin = NOON.toordinal()
    for is_signed_in in (False, True):
        wanted = {
            visitor
            for visitor, day, signed in found
            if first <= day <= first + length and (signed or not is_signed_in)
        }
        begin, end = origin + first, origin + first + length
        assert count_distinct(counts, begin, end, is_signed_in) == len(wanted)
    assert all(visitors >= 0 for visitors in counts.values())


def test_removing_a_visitor_removes_all_counts() -> None:
    days = {1: FirstSeen(15, True), 3: FirstSeen(30, False)}
    counts = changes.compare([{}], [days])

    counts.update(changes.compare([days], [{}]))

    assert not +counts and not -counts


def test_page_views_are_counted_by_slot_and_by_page() -> None:
    rows = [
        row(1, 0)._replace(path="/a", created_at=NOON + timedelta(minutes=minutes))
        for minutes in (0, 14, 15)
    ]
    rows.append(row(2, 0)._replace(event=Event.HEARTBEAT, data={"demo": True}))

    counted = changes.count(rows)

    slot = changes.slot_of(NOON)
    assert counted.slots == {slot: 2, slot + 15: 1}
    assert counted.pages == {(NOON.toordinal(), "/a", ""): 3}
    assert set(counted.visitors) == {b"\1", b"\2"}
    assert counted.demo_days == {NOON.toordinal()}


def test_a_day_follows_the_time_zone_of_the_site() -> None:
    slot = changes.slot_of(datetime(2026, 1, 31, 18, 15, tzinfo=UTC))

    assert changes.day_of(slot) == datetime(2026, 1, 31, tzinfo=UTC).toordinal()
    with override_settings(TIME_ZONE="Asia/Kathmandu"):
        assert changes.day_of(slot) == datetime(2026, 2, 1, tzinfo=UTC).toordinal()
        assert changes.day_of(slot - 15) == datetime(2026, 1, 31, tzinfo=UTC).toordinal()
