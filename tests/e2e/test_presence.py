"""Browsers see each other come and go."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Callable
from typing import Any

from playwright.sync_api import expect

from tests.e2e.visitors import Arrive, NewVisitor, wait_for_people
from tests.services import http, staff
from tests.services.site import DaphneServer

PERSON = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/140.0.0.0 Safari/537.36"


def test_a_second_browser_raises_the_number_on_both(new_visitor: NewVisitor) -> None:
    first = new_visitor().open()
    first.expect_people(1)

    second = new_visitor().open()

    first.expect_people(2)
    second.expect_people(2)


def test_a_second_tab_adds_a_connection_but_no_person(new_visitor: NewVisitor) -> None:
    ana, tom = new_visitor(), new_visitor()
    first = ana.open()
    tom.open()
    first.expect_count(people=2, count=2)

    second = ana.open()

    for tab in (first, second):
        tab.expect_count(people=2, count=3)
        tab.expect_people(2)


def test_people_are_on_the_page_that_they_opened(
    new_visitor: NewVisitor, site: DaphneServer
) -> None:
    tabs = [new_visitor().open() for _ in range(4)]
    for tab in tabs:
        tab.expect_people(4)

    stats = http.get(f"{site.url}/api/landing/stats/?place=/").json()
    places = http.get(f"{site.url}/api/landing/places/").json()

    assert stats["here"] == stats["online"]["people"] == 4
    assert (places["elsewhere"], places["places"]) == (0, [{"place": "/", "people": 4}])


def test_headless_browsers_and_lighthouse_do_not_count_in_production(
    new_visitor: NewVisitor, daphne: Callable[..., DaphneServer]
) -> None:
    server = daphne(LANDING_COUNT_HEADLESS_BROWSERS="false", LANDING_ANALYTICS_BATCH_SECONDS="0.1")
    lighthouse = f"{PERSON} Chrome-Lighthouse"
    programs = [
        new_visitor(server).open(),
        new_visitor(server, user_agent=lighthouse).open(),
    ]
    person = new_visitor(server, user_agent=PERSON).open()

    for tab in (*programs, person):
        tab.expect_count(people=1, count=1, active=1)
        tab.expect_people(1)


def test_a_person_who_leaves_counts_until_the_grace_period_ends(new_visitor: NewVisitor) -> None:
    ana, tom = new_visitor(), new_visitor()
    tab = ana.open()
    tom.open()
    tab.expect_people(2)

    tom.close()

    tab.expect_count(people=2, count=1)
    tab.expect_people(1)


def test_a_reload_does_not_change_the_number(new_visitor: NewVisitor) -> None:
    tab = new_visitor().open()
    other = new_visitor().open()
    tab.expect_people(2)
    tab.expect_count(people=2)
    seen = len(tab.frames)

    for _ in range(3):
        other.page.reload()
        other.expect_people(2)

    people = {frame["people"] for frame in tab.frames[seen:] if frame["type"] == "connection-count"}
    assert people <= {2}


def test_signing_in_turns_an_anonymous_person_into_a_signed_in_one(
    new_visitor: NewVisitor, site: DaphneServer
) -> None:
    ana, tom = new_visitor(), new_visitor()
    tab = tom.open()
    ana.open()
    tab.expect_count(people=2, signed_in=0, anonymous=2)

    page = ana.context.new_page()
    page.goto(site.url + "/admin/login/?next=/")
    page.fill("[name=username]", staff.USERNAME)
    page.fill("[name=password]", staff.PASSWORD)
    page.click("[type=submit]")
    page.wait_for_url(site.url + "/")

    tab.expect_count(people=2, signed_in=1, anonymous=1)


def read_stats(site: DaphneServer) -> dict[str, Any]:
    with urllib.request.urlopen(site.url + "/api/landing/stats/") as answer:
        stats: dict[str, Any] = json.load(answer)
    return stats


def test_the_api_agrees_with_the_last_frame_field_by_field(
    new_visitor: NewVisitor, arrive: Arrive, site: DaphneServer
) -> None:
    tab = new_visitor().open()
    arrive()
    tab.expect_count(people=2)

    # The visitors of earlier tests are active, too, and their count may change meanwhile.
    while (stats := read_stats(site))["version"] != tab.latest_count["version"]:
        tab.page.wait_for_timeout(20)

    frame = tab.latest_count
    assert stats["online"] == {
        "people": frame["people"],
        "connections": frame["count"],
        "signed_in": frame["signed_in"],
        "anonymous": frame["anonymous"],
        "suspect": frame.get("suspect", 0),
    }
    assert stats["active_users_now"] == frame["active"]
    assert stats["source"] == frame["source"] == "live"
    assert stats["version"] == frame["version"]
    assert stats["as_of"] >= frame["timestamp"]


def test_going_back_to_the_page_counts_again(new_visitor: NewVisitor, arrive: Arrive) -> None:
    other = arrive()
    tab = new_visitor().open()
    wait_for_people(other, 2)

    tab.page.goto("about:blank")
    wait_for_people(other, 1)
    tab.page.go_back()

    wait_for_people(other, 2)
    tab.expect_state("live")
    expect(tab.part("status")).to_have_text("")
