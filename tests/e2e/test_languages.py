"""The four languages in a real browser: words, numbers, direction, and how they look."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from django.utils import translation
from playwright.sync_api import expect

from landing.page import formatting
from tests.e2e.conftest import Visitor
from tests.e2e.test_elements import frame, said_by_the_server
from tests.services.site import DaphneServer

Comes = Callable[..., Visitor]

LOCALES = {"en": "en-US", "de": "de-AT", "es": "es-MX", "ar": "ar-EG"}
FUTURE = 9_000_000_000_000


#: What the eye reads, where it reads digits.
SHOWN_BY_REELS = """() => [...document.querySelectorAll("[part=digits]")]
  .filter((digits) => getComputedStyle(digits).display !== "none")
  .flatMap((digits) => [...digits.children])
  .map((slot) =>
    slot.className === "reel" ? slot.style.getPropertyValue("--digit") : slot.textContent)
  .join("")"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("language", LOCALES)
def test_the_page_is_accessible_and_fits_in_every_language(
    visitor: Comes, language: str, scheme: str
) -> None:
    for width in (360, 1440):
        came = visitor(
            locale=LOCALES[language],
            color_scheme=scheme,
            reduced_motion="reduce",
            viewport={"width": width, "height": 900},
        )
        tab = came.opens()
        tab.is_in_state("live")
        tab.looks(f"language-{language}-{width}-{scheme}")

        assert tab.barriers() == []
        assert tab.page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("language", LOCALES)
def test_a_number_looks_as_the_server_would_have_written_it(visitor: Comes, language: str) -> None:
    came = visitor(locale=LOCALES[language])
    sockets = said_by_the_server(came, frame(17, FUTURE))
    tab = came.opens()
    for later, people in enumerate([999, 1_000, 10_247, 1_234_567], start=1):
        with translation.override(language):
            written = formatting.number(people)

        sockets[0].send(frame(people, FUTURE + later))

        expect(tab.part("figure")).to_have_text(written)
        expect(tab.part("second")).to_have_text(written)
        assert tab.page.evaluate(SHOWN_BY_REELS) == written


def test_trouble_is_told_in_the_language_of_the_page(visitor: Comes, site: DaphneServer) -> None:
    said = {
        "en": r"You’re offline · counted \d+ seconds? ago",
        "de": r"Du bist offline · gezählt vor \d+ Sekunden?",
        "es": r"Estás sin conexión · recuento de hace \d+ segundos?",
        "ar": r"أنت غير متصل بالإنترنت · آخر عدّ قبل .*(ثانية|ثانيتين|ثوانِ).*",
    }
    tabs = {}
    for language, locale in LOCALES.items():
        came = visitor(locale=locale)
        tabs[language] = came.opens()
        tabs[language].is_in_state("live")
        came.context.set_offline(True)
    site.kill()

    for language, tab in tabs.items():
        tab.is_in_state("offline", within_ms=15_000)
        expect(tab.part("status")).to_have_text(re.compile(said[language]))


def test_a_language_is_chosen_in_the_footer_and_kept(visitor: Comes) -> None:
    tab = visitor(locale="es-ES", java_script_enabled=False).opens("/nowhere/?a=1")
    expect(tab.page.locator("h1")).to_have_text("Página no encontrada")

    tab.page.get_by_role("button", name="Deutsch").click()

    expect(tab.page.locator("h1")).to_have_text("Seite nicht gefunden")
    assert tab.page.url.endswith("/nowhere/?a=1")
    tab.page.get_by_role("link", name="Zur Startseite").click()
    expect(tab.page.locator("h1")).to_have_text("Wie viele von uns sind hier?")
