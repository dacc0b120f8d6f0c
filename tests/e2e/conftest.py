"""A real browser and a real server for the tests in this folder.

Both are started once per test process. Each visitor has its own browser context.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, sync_playwright

from tests.e2e.visitors import NewVisitor, Visitor
from tests.services.browser import FLAGS
from tests.services.site import DaphneServer
from tests.services.site_pool import SitePool

#: Shortens the movement of digits and new items, for which most tests would only wait.
SHORT_ROLL = """
const sheet = new CSSStyleSheet();
sheet.replaceSync(`@media (prefers-reduced-motion: no-preference) {
  :root:not([data-still]) { --roll: 0.1s cubic-bezier(0.2, 0.9, 0.25, 1); }
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
    contexts: list[BrowserContext] = []
    screenshots: bool = request.config.getoption("--screenshots")

    def open_context(server: DaphneServer | None = None, **options: Any) -> Visitor:
        contexts.append(browser.new_context(**{"bypass_csp": True, **options}))
        contexts[-1].add_init_script(f"{{ {SHORT_ROLL} }}")
        return Visitor(contexts[-1], server or request.getfixturevalue("site"), screenshots)

    yield open_context
    for context in contexts:
        context.close()
