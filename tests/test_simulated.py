from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from landing import simulated

YEAR_2000 = datetime(2000, 1, 1)  # noqa: DTZ001  hypothesis adds the zone
NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)


@given(st.integers(0, 10**9), st.datetimes(timezones=st.just(UTC), min_value=YEAR_2000))
def test_demo_data_stay_near_their_base_and_move_by_one_at_most(base: int, now: datetime) -> None:
    people = simulated.people(base, now)
    later = simulated.people(base, now + timedelta(seconds=simulated.STEP_SECONDS))

    assert people >= 0
    assert abs(people - base) <= simulated.RANGE
    assert abs(later - people) <= 1


def test_demo_data_move_at_all_and_are_the_same_everywhere() -> None:
    moments = [NOON + timedelta(minutes=minute) for minute in range(40)]

    seen = [simulated.people(100, moment) for moment in moments]

    assert len(set(seen)) > simulated.RANGE
    assert seen == [simulated.people(100, moment) for moment in moments]
