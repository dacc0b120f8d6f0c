"""The e-mail with the figures of a week."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.core.mail import EmailMultiAlternatives
from django.test import override_settings
from django.utils import translation

from landing.activity.goals import KindCount
from landing.activity.kinds import KINDS
from landing.admin.dashboard.lists.entries import TopEntry
from landing.admin.dashboard.ranges import CUSTOM, Range
from landing.analytics.history import Peak
from landing.analytics.stays.storage import Stays
from landing.content.current import show_draft
from landing.content.values import Content
from landing.summary import message
from tests.admin.dashboard.samples import dashboard_data, figures
from tests.page.markup import Page

pytestmark = pytest.mark.django_db

SUNDAY_EVENING = datetime(2026, 1, 25, 20, 15, tzinfo=UTC)
RECIPIENTS = ("ana@example.com", "bob@example.com")


def build(**changes: Any) -> EmailMultiAlternatives:
    fields: dict[str, Any] = {
        "shown": Range(CUSTOM, date(2026, 1, 19), date(2026, 1, 25)),
        "figures": figures(visitors=1_200, page_views=90, peak=Peak(61, SUNDAY_EVENING)),
        "figures_before": figures(visitors=1_000, page_views=100, peak=None),
        "pages": (TopEntry("/pricing", 60, 30), TopEntry("/<b>", 9, 0)),
        "referrers": (TopEntry("", 70, 1), TopEntry("news.example", 8, 8)),
        "goals": (KindCount("signup", 12, 30),),
    }
    return message.build(dashboard_data(**fields | changes), RECIPIENTS)


def html_of(mail: EmailMultiAlternatives) -> str:
    ((content, kind),) = mail.alternatives
    assert kind == "text/html"
    return str(content)


def test_the_text_has_the_figures_compared_with_the_week_before() -> None:
    mail = build()

    assert mail.subject == "Here, now: the week of 19 Jan – 25 Jan 2026"
    assert mail.to == list(RECIPIENTS)
    lines = [" ".join(line.split()) for line in str(mail.body).splitlines() if line.strip()]
    assert lines == [
        "Here, now: the week of 19 Jan – 25 Jan 2026",
        "Compared with 12 Jan – 18 Jan 2026.",
        "Visitors: 1,200 (+20 %)",
        "Page views: 90 (−10 %)",
        "Most people at once (25 Jan, 20:15): 61",
        "Top pages",
        "60 (+100 %) /pricing",
        "9 (+9) /<b>",
        "Top referrers",
        "8 (±0) news.example",
        "Goals",
        f"12 (−60 %) {KINDS['signup'].name}",
        "Days are those of the time zone UTC.",
    ]


def test_the_page_has_the_same_figures_and_escapes_them() -> None:
    page = Page(html_of(build()))

    text = page.one("html").text
    for part in ("1,200", "+20 %", "(25 Jan, 20:15)", "/pricing", "/<b>", "news.example"):
        assert part in text
    assert not list(page.all("b"))


def test_a_week_with_stays_and_campaigns_has_them() -> None:
    entry = TopEntry("spring <b>", 30, 20)
    mail = build(
        figures=figures(stays=Stays(9, 200.4)),
        figures_before=figures(stays=Stays(9, 100)),
        dimensions={"utm_source": (entry,), "utm_campaign": (entry,), "language": (entry,)},
    )

    text = " ".join(str(mail.body).split())
    assert "Median stay: 3 min 20 sec (+100 %)" in text
    assert "Top sources 30 (+50 %) spring <b> Top campaigns 30 (+50 %) spring <b> Goals" in text
    for part in ("Median stay", "3 min 20 sec", "Top sources", "Top campaigns", "spring <b>"):
        assert part in Page(html_of(mail)).one("html").text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.4, "1 sec"), (59.6, "1 min"), (3_600, "1 hr"), (3_725, "1 hr 2 min"), (None, "")],
)
def test_a_stay_has_two_units_at_most(seconds: float | None, text: str) -> None:
    stays = figures(stays=Stays(9, seconds))
    body = str(build(figures=stays, figures_before=figures(stays=Stays(0, None))).body)

    assert (f"Median stay: {text}\n" in body) is bool(text)
    assert ("Median stay" in body) is bool(text)


def test_an_empty_week_has_notes_instead_of_lists() -> None:
    nothing = figures(visitors=0, page_views=0, peak=None)
    mail = build(figures=nothing, figures_before=nothing, pages=(), referrers=(), goals=())

    for text in (str(mail.body), html_of(mail)):
        assert "No page views." in text and "No visits from other sites." in text
        for title in ("Goals", "Median stay", "sources", "campaigns"):
            assert title not in text
    assert "Most people at once: –" in str(mail.body)


@override_settings(LANDING_BRAND_NAME="Acme & Sons", LANDING_BRAND_COLOR="#c2185b")
def test_the_message_has_the_name_and_the_colors_of_the_brand() -> None:
    expect_brand(build())


def test_the_message_has_the_brand_of_the_page_in_the_admin() -> None:
    with show_draft(Content(brand_name="Acme & Sons", brand_color="#c2185b")):
        expect_brand(build())


def expect_brand(mail: EmailMultiAlternatives) -> None:
    assert mail.subject.startswith("Acme & Sons: ")
    html = html_of(mail)
    assert "Acme &amp; Sons" in html and "#c2185b" in html
    for default in ("Here, now", "0b7a4c", "3fdc94"):
        assert default not in html + str(mail.body)


@override_settings(LANDING_SUMMARY_URL="https://example.com/admin/?a=1&b=2")
def test_a_button_opens_the_dashboard_if_its_address_is_known() -> None:
    mail = build()

    (link,) = Page(html_of(mail)).all("a")
    assert link.attributes["href"] == "https://example.com/admin/?a=1&b=2"
    assert "https://example.com/admin/?a=1&b=2" in str(mail.body)
    with override_settings(LANDING_SUMMARY_URL=""):
        assert not list(Page(html_of(build())).all("a"))


@pytest.mark.parametrize(("language", "direction"), [("de", "ltr"), ("ar", "rtl")])
def test_the_language_is_that_of_the_site(language: str, direction: str) -> None:
    with override_settings(LANGUAGE_CODE=language), translation.override("es"):
        page = Page(html_of(build()))

    html = page.one("html")
    assert (html.attributes["lang"], html.attributes["dir"]) == (language, direction)
    assert "Visitors" not in html.text and "Visitas" not in html.text


def test_demo_data_is_named() -> None:
    note = "The figures include demo data."

    for text in (str(build(has_demo=True).body), html_of(build(has_demo=True))):
        assert note in text
    assert note not in str(build().body)


def test_programs_do_not_answer_the_message() -> None:
    assert build().message()["Auto-Submitted"] == "auto-generated"


def test_a_line_break_in_the_brand_adds_no_header() -> None:
    with override_settings(LANDING_BRAND_NAME="Acme\r\nBcc: eve@example.com"):
        mail = build()

    assert mail.subject.startswith("Acme Bcc: eve@example.com: the week")
    assert "Bcc" not in mail.message()
