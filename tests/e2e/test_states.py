"""Each state of the counter as people meet it: seen, heard, in both themes, and in its place."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import SCREENSHOTS, Tab, Visitor
from tests.e2e.played import API, KNOWING_NOTHING, SOCKET, VERSION, frame, said_by_the_server
from tests.services.ports import free_port
from tests.services.redis import RedisServer
from tests.services.site import DaphneServer

Comes = Callable[..., Visitor]

#: Beyond the patience of a page that knows no number.
LONG = "00:16"
#: What a centred line that becomes a digit longer moves; 0.1 is what people begin to mind.
HARDLY = 0.0005
MOVING = "document.getAnimations().filter((each) => each.effect.target.matches('[part]')).length"


def is_well_shown(tab: Tab, state: str) -> None:
    """Keep a picture in each theme, in which axe-core finds nothing."""
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    for scheme in ("light", "dark"):
        tab.page.emulate_media(color_scheme=scheme)
        path = SCREENSHOTS / f"state-{state}-{scheme}.png"
        tab.page.locator("section", has=tab.counter).screenshot(path=path, animations="disabled")
        assert tab.barriers() == []
    tab.page.emulate_media(color_scheme="light")


def says(tab: Tab, text: str) -> None:
    expect(tab.part("status")).to_have_text(text)


def place(tab: Tab) -> object:
    """Where on the page the counter is, and how large."""
    return tab.counter.evaluate("(all) => [all.offsetTop, all.offsetWidth, all.offsetHeight]")


def shifts(page: Page) -> float:
    """How much has shifted since the page began, as Chromium counts it."""
    shift = page.evaluate("window.shift")
    assert isinstance(shift, (int, float))
    return shift


@pytest.fixture
def shifts_are_counted() -> Callable[[Visitor], None]:
    def count(came: Visitor) -> None:
        came.context.add_init_script(
            """window.shift = 0;
            new PerformanceObserver((list) => {
              for (const entry of list.getEntries()) window.shift += entry.value;
            }).observe({ type: "layout-shift", buffered: true });"""
        )

    return count


def test_loading_is_a_placeholder_of_the_number_s_own_size(
    visitor: Comes, shifts_are_counted: Callable[[Visitor], None]
) -> None:
    came = visitor()
    shifts_are_counted(came)
    came.gets_a_page_where(KNOWING_NOTHING)
    sockets = said_by_the_server(came)
    tab = came.opens()

    tab.is_in_state("loading")
    expect(tab.part("figure")).to_have_text("–")
    says(tab, "")
    before = place(tab)
    is_well_shown(tab, "loading")

    sockets[0].send(frame(17))
    tab.shows(17)
    tab.is_in_state("live")
    assert place(tab) == before
    assert shifts(tab.page) < HARDLY


def test_live_has_a_dot_and_the_other_number_and_moves_when_somebody_comes(
    visitor: Comes,
) -> None:
    tab = visitor().opens()
    tab.is_in_state("live")
    tab.shows(1)
    expect(tab.part("dot")).to_be_visible()
    expect(tab.part("more")).to_have_text("1 active in the last 15 minutes")
    is_well_shown(tab, "live")
    tab.page.wait_for_function(f"{MOVING} === 0")

    visitor().opens()

    tab.shows(2)
    tab.page.wait_for_function(f"{MOVING} > 0")
    says(tab, "")


def test_connecting_is_said_when_a_call_is_not_answered(visitor: Comes, site: DaphneServer) -> None:
    tab = visitor().opens()
    tab.is_in_state("live")
    tab.shows(1)
    tab.page.evaluate(
        "window.taken = document.querySelectorAll('live-user-counter, live-activity-feed');"
        "window.parent = document.querySelector('.hero');"
        "for (const each of window.taken) each.remove();"
    )
    site.pause()
    try:
        tab.page.evaluate(
            "window.parent.insertBefore(window.taken[0], window.parent.lastElementChild)"
        )
        tab.is_in_state("connecting")
        expect(tab.part("status")).to_contain_text("Connecting… · counted ")
        tab.shows(1)
        is_well_shown(tab, "connecting")
    finally:
        site.resume()

    tab.is_in_state("live", within_ms=30_000)
    says(tab, "")


def test_reconnecting_is_said_when_the_server_goes(visitor: Comes, site: DaphneServer) -> None:
    tab = visitor().opens()
    tab.is_in_state("live")
    tab.shows(1)

    site.kill()

    tab.is_in_state("reconnecting")
    expect(tab.part("status")).to_contain_text("Reconnecting… · counted ")
    tab.shows(1)
    is_well_shown(tab, "reconnecting")


def test_offline_is_said_when_the_network_goes(visitor: Comes, site: DaphneServer) -> None:
    came = visitor()
    tab = came.opens()
    tab.is_in_state("live")
    tab.shows(1)

    came.context.set_offline(True)
    site.kill()

    tab.is_in_state("offline", within_ms=15_000)
    expect(tab.part("status")).to_contain_text("You’re offline · counted ")
    tab.shows(1)
    is_well_shown(tab, "offline")


def test_stale_says_as_of_when_and_grows_older(
    visitor: Comes, site: DaphneServer, redis_server: RedisServer
) -> None:
    site.kill()
    site.environment["REDIS_URL"] = redis_server.url
    site.start()
    came = visitor()
    came.context.clock.install()
    tab = came.opens()
    tab.is_in_state("live")
    tab.shows(1)

    redis_server.pause()

    tab.is_in_state("stale", within_ms=20_000)
    expect(tab.part("status")).to_contain_text("counted ")
    came.context.clock.fast_forward("02:05")
    says(tab, "counted 2 minutes ago")
    tab.shows(1)
    is_well_shown(tab, "stale")

    redis_server.resume()
    tab.is_in_state("live", within_ms=20_000)
    says(tab, "")


def test_simulated_is_labelled_and_neither_glows_nor_moves(visitor: Comes) -> None:
    came = visitor()
    sockets = said_by_the_server(came, frame(10_247, source="simulated"))
    tab = came.opens()

    tab.is_in_state("simulated")
    says(tab, "demo data")
    expect(tab.part("figure")).to_have_text("10,247")
    expect(tab.part("dot")).to_be_hidden()
    is_well_shown(tab, "simulated")
    sockets[0].send(frame(10_249, VERSION + 1, source="simulated"))
    expect(tab.part("figure")).to_have_text("10,249")
    pulsing = "document.getAnimations().filter((each) => each.animationName).length"
    assert tab.page.evaluate(pulsing) == 0


def test_error_is_said_when_the_server_itself_knows_no_number(
    visitor: Comes, site: DaphneServer
) -> None:
    site.kill()
    site.environment["REDIS_URL"] = f"redis://127.0.0.1:{free_port()}"
    site.start()
    came = visitor()
    came.context.clock.install()
    tab = came.opens()
    tab.is_in_state("loading")

    came.context.clock.fast_forward(LONG)

    tab.is_in_state("error")
    says(tab, "Can’t load the count right now")
    expect(tab.part("figure")).to_have_text("–")
    is_well_shown(tab, "error")


def test_error_is_said_when_nothing_but_garbage_comes_and_ends_with_the_first_number(
    visitor: Comes,
) -> None:
    came = visitor()
    came.context.clock.install()
    came.gets_a_page_where(KNOWING_NOTHING)
    came.context.route(API, lambda route: route.fulfill(body="<html>Sign in to the Wi-Fi"))
    sockets = said_by_the_server(came, "<html>", frame(-1), frame(3, anonymous="3"))
    tab = came.opens()
    tab.is_in_state("loading")

    came.context.clock.fast_forward(LONG)
    tab.is_in_state("error")
    assert len(tab.complaints) == 1

    sockets[-1].send(frame(3))
    tab.shows(3)
    tab.is_in_state("live")
    says(tab, "")


def test_error_is_said_when_the_server_refuses_everything(visitor: Comes) -> None:
    came = visitor()
    came.context.clock.install()
    came.gets_a_page_where(KNOWING_NOTHING)
    came.context.route(API, lambda route: route.fulfill(status=503))
    came.context.route_web_socket(SOCKET, lambda socket: socket.close(code=4429))
    tab = came.opens()
    tab.is_in_state("connecting")

    came.context.clock.fast_forward(LONG)

    tab.is_in_state("error")


def test_few_people_are_words_and_no_number(visitor: Comes) -> None:
    came = visitor()
    sockets = said_by_the_server(came, frame(0))
    tab = came.opens()

    expect(tab.part("words")).to_have_text("You’re early")
    expect(tab.part("words")).to_be_visible()
    expect(tab.part("digits")).to_be_hidden()
    is_well_shown(tab, "below")

    sockets[0].send(frame(1, VERSION + 1))
    tab.shows(1)
    expect(tab.part("words")).to_be_hidden()


def test_nothing_shifts_from_state_to_state(
    visitor: Comes, shifts_are_counted: Callable[[Visitor], None]
) -> None:
    came = visitor()
    shifts_are_counted(came)
    came.gets_a_page_where(KNOWING_NOTHING)
    sockets = said_by_the_server(came)
    tab = came.opens()
    tab.is_in_state("loading")
    before = place(tab)

    steps: list[dict[str, Any]] = [
        {"people": 8},
        {"people": 1_000},
        {"people": 9, "source": "stale"},
        {"people": 0},
        {"people": 7, "source": "simulated"},
        {"people": 6},
    ]
    for number, step in enumerate(steps):
        sockets[0].send(json.dumps(json.loads(frame(0)) | step | {"version": VERSION + number}))
        tab.is_in_state(step.get("source", "live"))
        tab.page.wait_for_timeout(100)
        assert place(tab) == before, step

    assert shifts(tab.page) < HARDLY


def test_figures_are_as_wide_as_each_other(visitor: Comes) -> None:
    came = visitor()
    sockets = said_by_the_server(came, frame(111))
    tab = came.opens()
    tab.shows(111)
    widths = []
    for number, people in enumerate((111, 888, 404, 999)):
        sockets[0].send(frame(people, VERSION + number))
        tab.shows(people)
        box = tab.part("digits").locator(".reel").first.bounding_box()
        assert box is not None
        widths.append(box)

    assert widths == widths[:1] * 4


def test_numbers_are_written_as_the_page_s_language_does(visitor: Comes) -> None:
    came = visitor()
    came.gets_a_page_where({'<html lang="[^"]*"': '<html lang="de"'})
    said_by_the_server(came, frame(1_234_567))
    tab = came.opens()

    expect(tab.part("figure")).to_have_text("1.234.567")


def test_what_moves_can_be_stopped_by_keyboard_for_the_whole_visit(visitor: Comes) -> None:
    came = visitor()
    sockets = said_by_the_server(came, frame(1))
    tab = came.opens()
    tab.shows(1)
    button = tab.page.get_by_role("button", name="Pause animation")
    expect(button).to_have_attribute("aria-pressed", "false")

    button.focus()
    tab.page.keyboard.press("Enter")
    expect(button).to_have_attribute("aria-pressed", "true")
    is_well_shown(tab, "still")
    sockets[0].send(frame(2, VERSION + 1))
    tab.shows(2)
    assert tab.page.evaluate("document.getAnimations().length") == 0

    tab.page.reload()
    tab.shows(1)
    expect(button).to_have_attribute("aria-pressed", "true")
    button.click()
    expect(button).to_have_attribute("aria-pressed", "false")
    sockets[-1].send(frame(2, VERSION + 1))
    tab.page.wait_for_function("document.getAnimations().length > 0")


def test_who_wants_no_motion_is_not_asked_to_stop_it(visitor: Comes) -> None:
    tab = visitor(reduced_motion="reduce").opens()
    tab.is_in_state("live")

    expect(tab.part("motion")).to_be_hidden()


def test_a_screen_reader_is_told_of_large_changes_only(visitor: Comes) -> None:
    came = visitor()
    came.context.clock.install()
    sockets = said_by_the_server(came, frame(40))
    tab = came.opens()
    tab.shows(40)
    # The page came with words, as nobody was here: the first number is worth a word.
    came.context.clock.run_for(31_000)
    expect(tab.part("announcement")).to_have_text("40 Active Users Right Now")

    sockets[-1].send(frame(44, VERSION + 1))
    tab.shows(44)
    came.context.clock.run_for(31_000)
    expect(tab.part("announcement")).to_have_text("40 Active Users Right Now")

    sockets[-1].send(frame(45, VERSION + 2))
    tab.shows(45)
    came.context.clock.run_for(100)
    expect(tab.part("announcement")).to_have_text("45 Active Users Right Now")


def test_attributes_may_change_while_the_counter_lives(visitor: Comes) -> None:
    came = visitor()
    said_by_the_server(came, frame(17, active=31))
    tab = came.opens()
    tab.shows(17)

    def sets(name: str, value: str) -> None:
        tab.counter.evaluate(f"(counter) => counter.setAttribute('{name}', '{value}')")

    sets("metric", "active")
    tab.shows(31)
    expect(tab.part("label")).to_have_text("active in the last 15 minutes")
    expect(tab.part("more")).to_have_text("17 here right now")
    sets("minimum", "32")
    expect(tab.part("words")).to_be_visible()
    sets("minimum", "no number")
    expect(tab.part("words")).to_be_hidden()
    sets("metric", "online")
    tab.shows(17)
    expect(tab.part("label")).to_have_text("Active Users Right Now")
    expect(tab.part("more")).to_have_text("31 active in the last 15 minutes")
    assert tab.complaints == []


def test_an_interval_that_changes_counts_for_the_next_question(visitor: Comes) -> None:
    came = visitor()
    asked: list[str] = []
    came.context.on("request", lambda request: asked.append(request.url))
    came.context.route_web_socket(SOCKET, lambda socket: socket.close())
    tab = came.opens()
    tab.page.wait_for_timeout(1_500)
    assert not [url for url in asked if url.endswith("/stats/")]

    tab.counter.evaluate("(counter) => counter.setAttribute('update-interval', '1')")

    with tab.page.expect_response(API):
        pass


def test_a_counter_that_a_script_makes_furnishes_itself(visitor: Comes, site: DaphneServer) -> None:
    tab = visitor().opens()
    tab.shows(1)
    tab.page.evaluate(
        """() => {
          const alone = document.createElement("live-user-counter");
          alone.id = "alone";
          alone.setAttribute("metric", "active");
          const bare = document.createElement("live-user-counter");
          bare.id = "bare";
          bare.innerHTML = "<b part=figure></b> of us";
          window.told = [];
          bare.addEventListener("countchange", ({ detail }) => window.told.push(detail));
          document.querySelector(".lead").after(alone, bare);
          document.querySelector("live-user-counter[snapshot]").remove();
        }"""
    )
    alone, bare = tab.page.locator("#alone"), tab.page.locator("#bare")

    expect(alone).to_have_attribute("state", "live")
    expect(alone.locator("[part=figure]")).to_have_text("1")
    expect(alone.locator("[part=label]")).to_have_text("active recently")
    expect(alone.get_by_role("button", name="Pause animation")).to_be_visible()
    expect(bare).to_have_text("1 of us")
    assert tab.barriers() == []
    other = visitor()
    other.opens()
    expect(bare).to_have_text("2 of us")
    other.leaves()
    expect(bare).to_have_text("1 of us")
    told = tab.page.evaluate("window.told")
    assert told == [{"value": 2, "previous": 1}, {"value": 1, "previous": 2}]
    assert tab.complaints == []
