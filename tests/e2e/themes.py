"""Accessibility in the light and the dark theme."""

from __future__ import annotations

from tests.e2e.visitors import Tab


def check_both_themes(tab: Tab, state: str) -> None:
    """Check accessibility with light and dark colors."""
    section = tab.page.locator("section", has=tab.counter)
    tab.save_screenshot(f"state-{state}-light", section)
    assert tab.accessibility_violations() == []
    tab.page.emulate_media(color_scheme="dark")
    tab.save_screenshot(f"state-{state}-dark", section)
    assert tab.accessibility_violations(["color-contrast"]) == []
    tab.page.emulate_media(color_scheme="light")
