"""A real browser and a real server for the tests in this folder.

Both are started once per test process. Each visitor has its own browser context.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, sync_playwright

from tests.e2e.played_feed import Feed, PlayedServer, five
from tests.e2e.visitors import Arrive, NewVisitor, ReusedVisitor, Visitor
from tests.services.browser import FLAGS
from tests.services.raw_websocket import RawWebSocket
from tests.services.site import DaphneServer
from tests.services.site_pool import SitePool

#: Shortens the movement of digits and new items, for which most tests would only wait. Stops the
#: pulse of a lost connection, which the browser would draw 60 times a second.
SHORT_ROLL = """
const sheet = new CSSStyleSheet();
sheet.replaceSync(`@media (prefers-reduced-motion: no-preference) {
  :root:not([data-luc-still]) { --luc-roll: 0.1s cubic-bezier(0.2, 0.9, 0.25, 1); }
  :root:not([data-luc-still]) [fresh] svg { animation-duration: 0.1s; }
  :is([state=connecting], [state=reconnecting]) [part=dot]::before {
    animation-play-state: paused !important;
  }
}`);
document.adoptedStyleSheets = [sheet];
"""


@pytest.fixture(scope="package")
def launch(chromium_path: Path) -> Iterator[Callable[..., Browser]]:
    """``launch(**options)`` starts Chromium with these options of Playwright's ``launch``."""
    # Not for the whole session: Playwright leaves a running loop behind in this thread.
    with sync_playwright() as playwright:
        launch = partial(playwright.chromium.launch, args=FLAGS)
        yield lambda **options: launch(**{"executable_path": chromium_path, **options})


@pytest.fixture(scope="package")
def browser(launch: Callable[..., Browser]) -> Iterator[Browser]:
    browser = launch()
    yield browser
    browser.close()


@pytest.fixture(scope="package")
def site_pool(
    production: dict[str, str], staffed_database: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[SitePool]:
    pool = SitePool(production, staffed_database, tmp_path_factory.mktemp("sites"))
    yield pool
    pool.close()


@pytest.fixture
def site(site_pool: SitePool) -> DaphneServer:
    """Return a running server without visitors. A test may pause, stop, kill, and restart it.

    Other tests use the same server before and after this one. A test that needs another
    environment or an empty database starts its own with ``daphne``.
    """
    return site_pool.take()


@pytest.fixture
def new_visitor(browser: Browser, request: pytest.FixtureRequest) -> Iterator[NewVisitor]:
    """``new_visitor(java_script_enabled=False)`` opens a browser context with these options.

    The visitor is on ``site``, or on the server that is passed as ``server``. Many tests change a
    page with inline code, so its policy applies only with ``bypass_csp=False``.
    """
    with visits(browser, lambda: request.getfixturevalue("site"), request.config) as open_context:
        yield open_context


@pytest.fixture
def arrive(request: pytest.FixtureRequest) -> Iterator[Arrive]:
    """``arrive()`` connects one more person, who stays until ``leave()`` or the end of the test.

    It takes a server, like ``new_visitor``, but needs no browser.
    """
    with ExitStack() as stack:

        def connect(server: DaphneServer | None = None) -> RawWebSocket:
            site: DaphneServer = server or request.getfixturevalue("site")
            return stack.enter_context(RawWebSocket(site.port))

        yield connect


@pytest.fixture(scope="module")
def new_lasting_visitor(
    browser: Browser, site_pool: SitePool, request: pytest.FixtureRequest
) -> Iterator[NewVisitor]:
    """Like ``new_visitor``, but the visitor stays until the end of the module.

    Only for tests that play the server, because other tests need a server without visitors.
    """
    with visits(browser, site_pool.take, request.config) as open_context:
        yield open_context


@pytest.fixture(scope="module")
def _reused_context(new_lasting_visitor: NewVisitor) -> BrowserContext:
    return new_lasting_visitor().context


@pytest.fixture
def player(
    _reused_context: BrowserContext, site: DaphneServer, request: pytest.FixtureRequest
) -> Iterator[Visitor]:
    """Return a visitor for a test that plays the server, with one page at a time.

    All tests of a module load their pages in one process of the browser, which halves the time.
    A clock, an init script, and the network of its context would stay for the next test: tests
    that change them use ``new_visitor``.
    """
    visitor = ReusedVisitor(_reused_context, site, request.config.getoption("--screenshots"))
    yield visitor
    visitor.forget()


@contextmanager
def visits(
    browser: Browser, find_site: Callable[[], DaphneServer], config: pytest.Config
) -> Iterator[NewVisitor]:
    """Open browser contexts, and close all of them at the end."""
    contexts: list[BrowserContext] = []
    screenshots: bool = config.getoption("--screenshots")

    def open_context(server: DaphneServer | None = None, **options: Any) -> Visitor:
        contexts.append(browser.new_context(**{"bypass_csp": True, **options}))
        contexts[-1].add_init_script(f"{{ {SHORT_ROLL} }}")
        return Visitor(contexts[-1], server or find_site(), screenshots)

    yield open_context
    for context in contexts:
        context.close()


@pytest.fixture
def feed_server(player: Visitor) -> PlayedServer:
    """Return a played server that has sent five items to ``feed``."""
    return PlayedServer(player, *five())


@pytest.fixture
def feed(player: Visitor, feed_server: PlayedServer) -> Feed:
    """Return a feed with five items."""
    feed = Feed(player.open())
    feed.expect_items(5, 4, 3, 2, 1)
    return feed
