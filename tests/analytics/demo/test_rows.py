"""Demo rows agree with the visits, and are marked as demo data."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from random import Random

import pytest

from landing.analytics import demo
from landing.analytics.demo import Visit
from landing.analytics.write_buffer.insert import PendingRow, insert
from landing.models import DEMO_MARK, Analytics
from tests.analytics.demo.simulated import ANA, NOW, simulate
from tests.analytics.rows import row


def rows(visits: list[Visit]) -> list[PendingRow]:
    return list(demo.analytics_rows(visits, NOW, Random(2)))


def views(visits: list[Visit]) -> list[PendingRow]:
    return [each for each in rows(visits) if each.event == Analytics.Event.PAGE_VIEW]


def test_rows_are_sorted_and_reach_up_to_now() -> None:
    times = [each.at for each in rows(simulate(2_000))]
    assert times == sorted(times)
    assert NOW - timedelta(minutes=30) < times[-1] <= NOW


def test_only_the_first_page_view_of_a_visit_has_a_referrer() -> None:
    visits = simulate()
    first = {(each.visitor, each.begins) for each in visits}
    found = views(visits)
    led = [each for each in found if each.referrer_host]
    assert led
    for each in led:
        assert (each.visitor, int(each.at.timestamp())) in first
    assert len(found) > 1.5 * len(visits)


def test_page_views_have_the_device_of_their_visitor_and_dwell_rows_have_none() -> None:
    devices: dict[bytes, set[tuple[str, str]]] = {}
    for each in rows(simulate()):
        if each.event == Analytics.Event.PAGE_VIEW:
            devices.setdefault(each.visitor, set()).add((each.language, each.width))
        else:
            assert (each.language, each.width, each.utm_source) == ("", "", "")
    assert all(len(found) == 1 for found in devices.values())
    widths = Counter(width for ((_, width),) in devices.values())
    assert set(widths) == {"small", "medium", "large"} and min(widths.values()) > 10


def test_the_rows_of_a_new_user_are_anonymous_until_the_sign_up() -> None:
    begins = int((NOW - timedelta(hours=2)).timestamp())
    visit = Visit(begins, begins + 3_600, ANA, -1, 1, signs_up=True)
    found = rows([visit])
    users = [each.user for each in found]
    signed_in_from = users.index("-1")
    assert [each.path for each in found if each.path][3] == "/welcome"
    assert found[signed_in_from].path == "/welcome"
    assert set(users[:signed_in_from]) == {None} and set(users[signed_in_from:]) == {"-1"}


def test_dwell_rows_cover_the_last_day_with_one_per_visitor_and_due_time() -> None:
    dwell_rows = [each for each in rows(simulate(2_000)) if each.event == Analytics.Event.HEARTBEAT]
    times = {each.at for each in dwell_rows}
    assert NOW - timedelta(days=1) < min(times) and max(times) <= NOW
    assert all(at.timestamp() % 300 == 0 for at in times)
    assert len({(each.at, each.visitor) for each in dwell_rows}) == len(dwell_rows)


@pytest.mark.django_db
@pytest.mark.each_database
def test_rows_fit_the_table_and_are_marked() -> None:
    found = rows(simulate(50, 3))
    insert(found, DEMO_MARK)
    assert demo.stored_rows().count() == len(found)


@pytest.mark.django_db
def test_a_row_with_other_data_is_not_a_demo_row() -> None:
    for data in ({}, {"demo": False}, {"demo": "true"}, {"demo": 1}, {"demo": None}):
        row(data=data)
    row(data={"demo": True, "other": True})
    row(data={"demo": True})
    assert demo.stored_rows().count() == 1
