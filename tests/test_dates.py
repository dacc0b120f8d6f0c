from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from landing import dates

TIMES = st.datetimes(min_value=datetime(1970, 1, 2), timezones=st.timezones())  # noqa: DTZ001
#: From 1970 to the year 2109.
UNIX_MS = st.integers(0, 2**42)


@given(UNIX_MS)
def test_unix_milliseconds_survive_a_round_trip(unix_ms: int) -> None:
    assert dates.to_unix_ms(dates.from_unix_ms(unix_ms)) == unix_ms


@given(TIMES)
def test_unix_milliseconds_are_rounded_down(time: datetime) -> None:
    assert (
        timedelta(0)
        <= time - dates.from_unix_ms(dates.to_unix_ms(time))
        < timedelta(milliseconds=1)
    )


@given(TIMES)
def test_a_unix_minute_starts_at_or_before_its_times(time: datetime) -> None:
    start = dates.from_unix_minute(dates.unix_minute(time))

    assert timedelta(0) <= time - start < timedelta(minutes=1)


@given(UNIX_MS)
def test_a_formatted_time_parses_to_itself(unix_ms: int) -> None:
    parsed = datetime.fromisoformat(dates.isoformat(unix_ms))

    assert parsed == dates.from_unix_ms(unix_ms)


def test_times_are_formatted_in_utc_with_a_z() -> None:
    tokyo = datetime.fromisoformat("2026-01-31T05:00:00.000005+09:00")

    assert dates.format_utc(tokyo, "microseconds") == "2026-01-30T20:00:00.000005Z"
    assert dates.isoformat(dates.to_unix_ms(datetime(2026, 1, 31, 12, tzinfo=UTC))) == (
        "2026-01-31T12:00:00.000Z"
    )
