"""Loads the scripts of a page again, under other addresses."""

from __future__ import annotations

from tests.e2e.visitors import Tab

ELEMENTS = "/static/live_user_counter/js/main.js"
DASHBOARD = "/static/live_user_counter/dashboard/main.js"
#: Loads a script again under each address, and waits until all have run.
LOAD = """async (addresses) => {
  for (const address of addresses) {
    await new Promise((resolve, reject) => {
      const script = Object.assign(document.createElement("script"), { type: "module" });
      script.onload = resolve;
      script.onerror = reject;
      script.src = address;
      document.head.append(script);
    });
  }
}"""


def load_again(tab: Tab, script: str) -> None:
    """Load a script of the page again: unhashed, with a query, and with a fragment."""
    loaded: list[str] = tab.page.evaluate(
        "() => [...document.querySelectorAll('script[type=module]')].map(({ src }) => src)"
    )
    stem = script.removesuffix(".js").rpartition("/static/")[2]
    hashed = next(url for url in loaded if stem in url)
    tab.page.evaluate(LOAD, [script, f"{script}?v=2", f"{hashed}?v=2", f"{hashed}#again"])
