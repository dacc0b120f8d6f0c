"""The four languages in a real browser: words, numbers, direction, and how they look."""

from __future__ import annotations

import re

import pytest
from django.utils import translation
from playwright.sync_api import expect

from landing.page import formatting
from tests.e2e.played import frame, play_server
from tests.e2e.visitors import SCREENS, NewVisitor
from tests.services.site import DaphneServer

LOCALES = {"en": "en-US", "de": "de-AT", "es": "es-MX", "ar": "ar-EG"}
#: Every other language on a phone, and the one from right to left also on a desktop. The tests of
#: the page have both screens in English.
TRANSLATED = [
    *((language, *SCREENS[0]) for language in ("de", "es", "ar")),
    *(("ar", *screen) for screen in SCREENS[1:]),
]
FUTURE = 9_000_000_000_000


#: Returns the visible digits of the counter.
SHOWN_BY_REELS = """() => [...document.querySelectorAll("[part=digits]")]
  .filter((digits) => getComputedStyle(digits).display !== "none")
  .flatMap((digits) => [...digits.children])
  .map((slot) =>
    slot.className === "luc-reel" ? slot.style.getPropertyValue("--luc-digit") : slot.textContent)
  .join("")"""


@pytest.mark.parametrize(("language", "width", "height", "scheme"), TRANSLATED)
def test_the_page_is_accessible_and_fits_in_every_other_language(
    new_visitor: NewVisitor, language: str, width: int, height: int, scheme: str
) -> None:
    visitor = new_visitor(
        locale=LOCALES[language],
        color_scheme=scheme,
        reduced_motion="reduce",
        viewport={"width": width, "height": height},
    )
    tab = visitor.open()
    tab.expect_state("live")
    tab.save_screenshot(f"language-{language}-{width}-{scheme}")

    assert tab.accessibility_violations() == []
    assert tab.page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("language", LOCALES)
def test_a_number_is_formatted_as_the_server_does(new_visitor: NewVisitor, language: str) -> None:
    visitor = new_visitor(locale=LOCALES[language])
    sockets = play_server(visitor, frame(17, FUTURE))
    tab = visitor.open()
    for later, people in enumerate([999, 1_000, 10_247, 1_234_567], start=1):
        with translation.override(language):
            written = formatting.number(people)

        sockets[0].send(frame(people, FUTURE + later))

        expect(tab.part("figure")).to_have_text(written)
        expect(tab.part("second")).to_have_text(written)
        assert tab.page.evaluate(SHOWN_BY_REELS) == written


def test_a_connection_problem_is_shown_in_the_language_of_the_page(
    new_visitor: NewVisitor, site: DaphneServer
) -> None:
    patterns = {
        "en": r"You’re offline · counted \d+ seconds? ago",
        "de": r"Du bist offline · gezählt vor \d+ Sekunden?",
        "es": r"Estás sin conexión · recuento de hace \d+ segundos?",
        "ar": r"أنت غير متصل بالإنترنت · آخر عدّ قبل .*(ثانية|ثانيتين|ثوانِ).*",
    }
    tabs = {}
    for language, locale in LOCALES.items():
        visitor = new_visitor(locale=locale)
        tabs[language] = visitor.open()
        tabs[language].expect_state("live")
    site.kill()

    for language, tab in tabs.items():
        tab.expect_state("reconnecting")
        # Chromium without a network keeps a core busy as long as it has open sockets.
        tab.page.context.set_offline(True)
        tab.expect_state("offline")
        expect(tab.part("status")).to_have_text(re.compile(patterns[language]))


def test_a_language_is_chosen_in_the_footer_and_kept(new_visitor: NewVisitor) -> None:
    tab = new_visitor(locale="es-ES", java_script_enabled=False).open("/nowhere/?a=1")
    expect(tab.page.locator("h1")).to_have_text("Página no encontrada")

    tab.page.get_by_role("button", name="Deutsch").click()

    expect(tab.page.locator("h1")).to_have_text("Seite nicht gefunden")
    assert tab.page.url.endswith("/nowhere/?a=1")
    tab.page.get_by_role("link", name="Zur Startseite").click()
    expect(tab.page.locator("h1")).to_have_text("Wie viele von uns sind hier?")
