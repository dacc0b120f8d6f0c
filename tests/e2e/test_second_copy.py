"""The scripts loaded more than once: the page keeps one connection, and nothing fails."""

from __future__ import annotations

from playwright.sync_api import WebSocket, expect

from tests.e2e.loading import DASHBOARD, ELEMENTS, LOAD, load_again
from tests.e2e.painted import expect_painted
from tests.e2e.visitors import Arrive, NewVisitor


def test_the_page_keeps_one_socket(new_visitor: NewVisitor, arrive: Arrive) -> None:
    tab = new_visitor().open()
    tab.expect_state("live")
    sockets: list[WebSocket] = []
    tab.page.on("websocket", lambda socket: sockets.append(socket))

    load_again(tab, ELEMENTS)
    copy = "document.querySelector('main').append(document.createElement('live-user-counter'))"
    tab.page.evaluate(copy)

    arrive()
    expect_painted(tab, "2", "2")
    assert (sockets, tab.console_messages) == ([], [])


def test_the_script_of_the_dashboard_does_nothing_on_another_page(new_visitor: NewVisitor) -> None:
    tab = new_visitor().open()
    tab.expect_state("live")

    tab.page.evaluate(LOAD, [DASHBOARD])

    assert tab.console_messages == []


def test_a_page_with_two_bundles_opens_one_socket(new_visitor: NewVisitor) -> None:
    # Chromium does not attribute a rewritten page to the local network of this server.
    visitor = new_visitor(permissions=["local-network-access"])
    tags = "".join(
        f'<script type="module" src="{ELEMENTS}{query}"></script>' for query in ("", "?v=2")
    )
    visitor.rewrite_page({"</head>": f"{tags}</head>"})
    page = visitor.context.new_page()
    sockets: list[WebSocket] = []
    page.on("websocket", lambda socket: sockets.append(socket))
    errors: list[str] = []
    page.on("console", lambda message: errors.append(message.text))
    page.on("pageerror", lambda error: errors.append(str(error)))

    page.goto(visitor.site.url)

    expect(page.locator("live-user-counter")).to_have_attribute("state", "live")
    page.wait_for_load_state("networkidle")
    assert len(sockets) == 1
    assert errors == []


def test_paused_animations_stay_paused(new_visitor: NewVisitor) -> None:
    visitor = new_visitor()
    blocked = "Object.defineProperty(window, 'sessionStorage', { get() { throw new Error(); } })"
    visitor.context.add_init_script(blocked)
    tab = visitor.open()
    tab.part("motion").click()

    load_again(tab, ELEMENTS)

    expect(tab.page.locator("html")).to_have_attribute("data-luc-still", "")


def test_an_element_of_another_script_keeps_its_name(new_visitor: NewVisitor) -> None:
    visitor = new_visitor()
    visitor.context.add_init_script(
        "customElements.define('live-user-counter', class extends HTMLElement {})"
    )
    tab = visitor.open()

    expect(tab.page.locator("live-activity-feed:defined")).to_have_count(1)
    tab.page.wait_for_load_state("networkidle")
    assert tab.console_messages == []
