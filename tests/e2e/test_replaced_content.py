"""Other scripts replace the content of the elements: both draw it again before the next paint."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from importlib.util import find_spec
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.e2e.painted import PAINTED, expect_painted
from tests.e2e.played_feed import Feed, PlayedServer, five, item
from tests.e2e.visitors import NewVisitor, Visitor


def static_file(package: str, path: str) -> Path:
    """Return a static file of an installed package, without importing it."""
    spec = find_spec(package)
    assert spec is not None and spec.origin is not None
    return Path(spec.origin).parent / "static" / path


LIBRARIES = {
    "htmx 2": static_file("django_htmx", "django_htmx/htmx-2.min.js"),
    "htmx 4": static_file("django_htmx", "django_htmx/htmx-4.min.js"),
    "Turbo": static_file("turbo", "turbo/js/turbo.min.js"),
}
#: Morphs an element in place, as idiomorph, morphdom, and Turbo 8 do: nodes are kept if their
#: names match, and texts and attributes become those of the server.
MORPH = """
const morph = (old, fresh) => {
  if (old.nodeType !== 1) {
    if (old.nodeValue !== fresh.nodeValue) old.nodeValue = fresh.nodeValue;
    return;
  }
  for (const { name } of [...old.attributes]) {
    if (!fresh.hasAttribute(name)) old.removeAttribute(name);
  }
  for (const { name, value } of fresh.attributes) {
    if (old.getAttribute(name) !== value) old.setAttribute(name, value);
  }
  const news = [...fresh.childNodes];
  news.forEach((node, index) => {
    const match = old.childNodes[index];
    if (!match) old.append(node);
    else if (match.nodeName === node.nodeName) morph(match, node);
    else match.replaceWith(node);
  });
  while (old.childNodes.length > news.length) old.lastChild.remove();
};
"""
#: Each replaces one element of the page. `fresh` is the same element as the server renders it.
#: The tests share a page, so each also follows the ones above.
SWAPS = {
    "innerHTML": "element.innerHTML = fresh.innerHTML",
    "replaceChildren": "element.replaceChildren(...fresh.childNodes)",
    "one child": "element.children[1].replaceWith(fresh.children[1])",
    "emptied": "element.innerHTML = ''",
    "emptied node by node": "while (element.firstChild) element.firstChild.remove()",
    "replaceWith": "element.replaceWith(fresh)",
    "inserted before, then removed": "element.before(fresh); element.remove()",
    "parent": "element.parentElement.innerHTML = fresh.parentElement.innerHTML",
    "parsed again": "element.parentElement.innerHTML += ''",
    "cloned": "element.replaceWith(element.cloneNode(true))",
    "morphed": "morph(element, fresh)",
    "attributes": """
        for (const name of ["state", "below", "paused"]) element.removeAttribute(name);
        element.querySelector("[drawn]")?.removeAttribute("drawn");
        element.querySelector("button").hidden = element.hasAttribute("kinds");
    """,
    # Last, because the elements stay there.
    "moved": "document.querySelector('main').append(element)",
}
#: These take several steps, and other tasks run in between.
SLOW_SWAPS = {
    "emptied and filled later": """
        element.innerHTML = "";
        await paint();
        element.innerHTML = fresh.innerHTML;
    """,
    "filled node by node": """
        const nodes = [...fresh.childNodes];
        fresh.replaceChildren();
        element.replaceWith(fresh);
        for (const node of nodes) {
          fresh.append(node);
          await paint();
        }
    """,
    "morphed twice": "morph(element, fresh.cloneNode(true)); await paint(); morph(element, fresh)",
}
#: The same by libraries, for one element each.
LIBRARY_SWAPS = {
    ("htmx 2", "innerHTML"): "htmx.swap(element, fresh.innerHTML, { swapStyle: 'innerHTML' })",
    ("htmx 2", "outerHTML"): "htmx.swap(element, fresh.outerHTML, { swapStyle: 'outerHTML' })",
    ("htmx 4", "innerMorph"): """
        await htmx.swap({
          sourceElement: element, target: element, swap: "innerMorph", text: fresh.innerHTML,
        })
    """,
    ("htmx 4", "outerMorph"): """
        await htmx.swap({
          sourceElement: element, target: element, swap: "outerMorph", text: fresh.outerHTML,
        })
    """,
    ("Turbo", "stream"): """
        await Turbo.renderStreamMessage(`
          <turbo-stream action="update" targets="${element.localName}">
            <template>${fresh.innerHTML}</template>
          </turbo-stream>`)
    """,
}
#: These replace the whole page.
PAGE_SWAPS = {
    ("htmx 2", "boost"): """
        htmx.swap(document.body, page.body.innerHTML, { swapStyle: "innerHTML" })
    """,
    ("Turbo", "visit"): """
        await new Promise((resolve) => {
          document.addEventListener("turbo:load", resolve, { once: true });
          Turbo.visit("/", { action: "replace" });
        })
    """,
}
#: Runs one swap and returns the numbers that the browser would paint now.
RUN = """async (selector) => {{
  {morph}
  const paint = () => new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
  const html = await (await fetch("/")).text();
  const page = new DOMParser().parseFromString(html, "text/html");
  const element = document.querySelector(selector);
  const fresh = page.querySelector(selector);
  {swap};
  await null;  // Only what was queued by now runs before this continues.
  return ({painted})();
}}"""
ELEMENTS = ("live-user-counter", "live-activity-feed")
#: As in content-watch.js.
ANSWER_MS = 1_000


class Replaced:
    """A page with a known count of people, and with a feed that is paused before its next item."""

    def __init__(self, visitor: Visitor, library: str | None = None) -> None:
        self.people = 1_234
        self.newest = 5
        self.server = PlayedServer(visitor, *five(), people=self.people)
        visitor.context.clock.install()
        self.tab = visitor.open()
        self.feed = Feed(self.tab)
        if library:
            self.tab.page.add_script_tag(path=LIBRARIES[library])
        self._expect_newest(self.newest)
        self._pause()
        expect_painted(self.tab, self.figure)

    @property
    def figure(self) -> str:
        return f"{self.people:,}"

    def swap(self, script: str, selector: str) -> list[str]:
        """Return the painted numbers just after the swap."""
        # A change that follows another one at once is drawn later.
        self.tab.page.clock.fast_forward(ANSWER_MS)
        run = RUN.format(morph=MORPH, swap=script, painted=PAINTED)
        shown: list[str] = self.tab.page.evaluate(run, selector)
        return shown

    def expect_unchanged(self) -> None:
        """Wait until both elements show the same as before, and are live. Pause the feed again."""
        expect_painted(self.tab, self.figure)
        self.tab.expect_state("live")
        self._expect_newest(self.newest - 1)
        expect(self.feed.button).to_have_accessible_name("Resume activity, 1 new")
        # A doubled listener would pause the feed again.
        self.feed.button.click()
        self._expect_newest(self.newest)
        self.people += 1
        self.server.count(self.people)
        expect_painted(self.tab, self.figure)
        assert self.server.opened == 1
        assert self.tab.console_messages == []
        self._pause()

    def _pause(self) -> None:
        """Pause the feed, and publish the next item."""
        self.feed.button.click()
        self.newest += 1
        self.server.publish(item(self.newest, minutes_ago=0))
        self.feed.expect_waiting("1 new")

    def _expect_newest(self, newest: int) -> None:
        self.feed.expect_items(*range(newest, newest - 5, -1))


@pytest.fixture(scope="module")
def pages() -> dict[str | None, Replaced]:
    """Return the open pages by library. Tests replace the content of one page after another."""
    return {}


@pytest.fixture
def use_page(
    pages: dict[str | None, Replaced], new_lasting_visitor: NewVisitor
) -> Callable[..., AbstractContextManager[Replaced]]:
    """Lend the page of a library that earlier tests have used, in a with statement."""

    @contextmanager
    def use(library: str | None = None) -> Iterator[Replaced]:
        replaced = pages.pop(library, None) or Replaced(new_lasting_visitor(), library)
        yield replaced
        replaced.expect_unchanged()
        # After a failure, nobody uses this page again.
        pages[library] = replaced

    return use


UsePage = Callable[..., AbstractContextManager[Replaced]]


@pytest.mark.parametrize("swap", SWAPS)
def test_replaced_content_is_drawn_at_once(use_page: UsePage, swap: str) -> None:
    with use_page() as replaced:
        for selector in ELEMENTS:
            assert replaced.swap(SWAPS[swap], selector) == [replaced.figure]


@pytest.mark.parametrize("swap", SLOW_SWAPS)
def test_content_that_is_replaced_in_steps_is_drawn(use_page: UsePage, swap: str) -> None:
    with use_page() as replaced:
        for selector in ELEMENTS:
            assert replaced.swap(SLOW_SWAPS[swap], selector) != [""]


@pytest.mark.parametrize(("library", "swap"), LIBRARY_SWAPS)
def test_libraries_can_replace_elements(use_page: UsePage, library: str, swap: str) -> None:
    with use_page(library) as replaced:
        for selector in ELEMENTS:
            shown = replaced.swap(LIBRARY_SWAPS[library, swap], selector)
            assert shown == [replaced.figure]


@pytest.mark.parametrize(("library", "swap"), PAGE_SWAPS)
def test_libraries_can_replace_the_page(use_page: UsePage, library: str, swap: str) -> None:
    with use_page(library) as replaced:
        assert replaced.swap(PAGE_SWAPS[library, swap], "main") == [replaced.figure]


def test_a_morph_brings_new_numbers_and_texts(new_visitor: NewVisitor) -> None:
    replaced = Replaced(new_visitor())
    replaced.server.disconnect()
    tab = replaced.tab
    expect(tab.part("status")).to_contain_text("Reconnecting…")

    tab.counter.evaluate(
        """(counter) => {
          const snapshot = JSON.parse(counter.getAttribute("snapshot"));
          snapshot.online.people = 1_300;
          snapshot.version = 9_100_000_000_000;
          snapshot.as_of = new Date().toISOString();
          counter.setAttribute("snapshot", JSON.stringify(snapshot));
          counter.setAttribute("words", '{"reconnecting": "Gleich wieder da"}');
        }"""
    )

    expect_painted(tab, "1,300")
    expect(tab.part("status")).to_contain_text("Gleich wieder da")


def test_two_scripts_that_answer_each_other_leave_the_page_responsive(
    new_visitor: NewVisitor,
) -> None:
    replaced = Replaced(new_visitor())
    tab = replaced.tab

    tab.page.evaluate(
        """() => {
          window.answers = 0;
          for (const part of document.querySelectorAll("[part=figure], [part=actor]")) {
            const answer = () => {
              if (part.textContent === "translated") return;
              window.answers += 1;
              part.textContent = "translated";
            };
            new MutationObserver(answer).observe(part, { childList: true });
            answer();
          }
        }"""
    )
    replaced.server.count(1_235)

    digits = tab.part("digits").locator("span")
    expect(digits.nth(4)).to_have_attribute("style", "--luc-digit: 5;")
    # Rows are not written again, so that translated texts stay.
    replaced.feed.button.click()
    expect(replaced.feed.part("actor").nth(1)).to_have_text("translated")
    assert tab.page.evaluate("window.answers") < 50
    assert tab.console_messages == []
