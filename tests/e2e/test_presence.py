"""Browsers see each other come and go."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Callable

from playwright.sync_api import expect

from tests.e2e.conftest import Visitor
from tests.services.site import DaphneServer

Comes = Callable[..., Visitor]


def test_a_second_browser_raises_the_number_on_both(visitor: Comes) -> None:
    first = visitor().opens()
    first.shows(1)

    second = visitor().opens()

    first.shows(2)
    second.shows(2)


def test_a_second_tab_is_a_connection_and_no_person(visitor: Comes) -> None:
    ana, tom = visitor(), visitor()
    first = ana.opens()
    tom.opens()
    first.gets(people=2, count=2)

    second = ana.opens()

    for tab in (first, second):
        tab.gets(people=2, count=3)
        tab.shows(2)


def test_who_leaves_is_gone_after_the_linger(visitor: Comes) -> None:
    ana, tom = visitor(), visitor()
    tab = ana.opens()
    tom.opens()
    tab.shows(2)

    tom.leaves()

    tab.gets(people=2, count=1)
    tab.shows(1)


def test_a_reload_does_not_move_the_number(visitor: Comes) -> None:
    tab = visitor().opens()
    other = visitor().opens()
    tab.shows(2)
    tab.gets(people=2)
    seen = len(tab.frames)

    for _ in range(3):
        other.page.reload()
        other.shows(2)

    people = {frame["people"] for frame in tab.frames[seen:] if frame["type"] == "connection-count"}
    assert people <= {2}


def test_signing_in_turns_an_anonymous_person_into_a_signed_in_one(
    visitor: Comes, site: DaphneServer
) -> None:
    site.manage(
        "createsuperuser",
        "--noinput",
        "--username=ana",
        "--email=ana@example.org",
        DJANGO_SUPERUSER_PASSWORD="correct horse",
    )
    ana, tom = visitor(), visitor()
    tab = tom.opens()
    ana.opens()
    tab.gets(people=2, signed_in=0, anonymous=2)

    page = ana.context.new_page()
    page.goto(site.url + "/admin/login/?next=/")
    page.fill("[name=username]", "ana")
    page.fill("[name=password]", "correct horse")
    page.click("[type=submit]")
    page.wait_for_url(site.url + "/")

    tab.gets(people=2, signed_in=1, anonymous=1)


def test_the_api_agrees_with_the_last_frame_field_by_field(
    visitor: Comes, site: DaphneServer
) -> None:
    tab = visitor().opens()
    visitor().opens()
    tab.gets(people=2, active=2)

    with urllib.request.urlopen(site.url + "/api/landing/stats/") as answer:
        stats = json.load(answer)

    frame = tab.last_count
    assert stats["online"] == {
        "people": frame["people"],
        "connections": frame["count"],
        "signed_in": frame["signed_in"],
        "anonymous": frame["anonymous"],
    }
    assert stats["active_users_now"] == frame["active"]
    assert stats["source"] == frame["source"] == "live"
    assert stats["version"] == frame["version"]
    assert stats["as_of"] >= frame["timestamp"]


def test_going_back_to_the_page_counts_again(visitor: Comes) -> None:
    other = visitor().opens()
    tab = visitor().opens()
    other.shows(2)

    tab.page.goto("about:blank")
    other.shows(1)
    tab.page.go_back()

    other.shows(2)
    tab.is_in_state("live")
    expect(tab.part("status")).to_have_text("")
