"""Reads the numbers that the counters of a page paint."""

from __future__ import annotations

from tests.e2e.visitors import TIMEOUT_MS, Tab

#: Returns the text that each counter of the page paints. A text that is painted twice is there
#: twice, and a blank counter is an empty text.
PAINTED = """() => {
  const isPainted = (part) => {
    if (!part?.checkVisibility({ opacityProperty: true, visibilityProperty: true })) return false;
    const { width, height, right, bottom } = part.getBoundingClientRect();
    const isInside = width > 2 && height > 2 && right + scrollX > 0 && bottom + scrollY > 0;
    return isInside && getComputedStyle(part).clipPath === "none";
  };
  const read = {
    figure: (part) => part.textContent,
    words: (part) => part.textContent,
    digits: (part) => [...part.children].filter(isPainted).map(readSlot).join(""),
  };
  const readSlot = (slot) => slot.textContent || slot.style.getPropertyValue("--luc-digit");
  return [...document.querySelectorAll("live-user-counter")].map((counter) =>
    Object.entries(read)
      .flatMap(([name, readPart]) =>
        [...counter.querySelectorAll(`[part=${name}]`)].filter(isPainted).map(readPart))
      .filter(Boolean)
      .join(" "));
}"""


def painted(tab: Tab) -> list[str]:
    """Return the text that each counter of the page paints now."""
    texts: list[str] = tab.page.evaluate(PAINTED)
    return texts


def expect_painted(tab: Tab, *texts: str) -> None:
    """Wait until the counters of the page paint exactly these texts."""
    for _ in range(TIMEOUT_MS // 50):
        if painted(tab) == list(texts):
            return
        tab.page.wait_for_timeout(50)
    raise AssertionError(f"expected {list(texts)}, painted {painted(tab)}")
