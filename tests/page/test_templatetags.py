from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import unquote

import pytest
from django.http import HttpRequest
from django.template import Context, RequestContext, Template, TemplateSyntaxError
from django.test import RequestFactory
from django.urls import ResolverMatch
from django.utils import timezone, translation
from pytest_django import Settings

from landing import stats
from landing.activity import recent
from landing.live.current_snapshot import Source
from landing.places import names, tokens
from landing.stats import Online, StatsSnapshot, Today
from landing.templatetags import live_user_counter
from tests.page.markup import Page

AS_OF = datetime(2026, 1, 31, 12, tzinfo=UTC)


def known(people: int | None = 17, active: int | None = 31, **changes: Any) -> StatsSnapshot:
    fields: dict[str, Any] = {
        "active_users_now": active,
        "window_minutes": 15,
        "online": Online(people, people, 0, people),
        "today": Today(412, 980, None),
        "source": Source.LIVE,
        "as_of": AS_OF,
        "version": 7,
        **changes,
    }
    return StatsSnapshot(**fields)


def unknown(**changes: Any) -> StatsSnapshot:
    return known(None, None, source=Source.UNKNOWN, as_of=None, version=0, **changes)


def simulated() -> StatsSnapshot:
    """Return the snapshot if demo data is allowed and no real number is known."""
    return known(10_250, 10_250, source=Source.SIMULATED, as_of=None, version=0)


def render(tag: str, live: StatsSnapshot | None = None, **context: Any) -> Page:
    template = Template("{% load live_user_counter %}{% " + tag + " %}")
    return Page(template.render(Context({"live": live or known(), **context})))


def test_the_counter_renders_its_first_number() -> None:
    page = render("live_user_counter")

    assert page.part("figure").text == "17"
    assert page.part("label").text == "Active Users Right Now"
    assert page.part("more").text == "31 in the last 15 minutes"
    assert page.part("status").text == ""


def test_large_numbers_are_grouped() -> None:
    page = render("live_user_counter", known(people=1234567, active=7654321))

    assert page.part("figure").text == "1,234,567"
    assert page.part("second").text == "7,654,321"


def test_the_active_metric_is_labeled_with_its_window() -> None:
    page = render('live_user_counter metric="active"', known(window_minutes=60))

    assert page.part("figure").text == "31"
    assert page.part("label").text == "in the last 60 minutes"
    assert page.part("more").text == "17 here now"


def test_a_window_of_one_minute_is_singular() -> None:
    page = render("live_user_counter", known(active=1, window_minutes=1))

    assert page.part("more").text == "1 in the last minute"


def test_the_arguments_become_attributes() -> None:
    page = render('live_user_counter metric="active" update_interval=7 minimum=3')

    attributes = page.one("live-user-counter").attributes
    assert attributes["metric"] == "active"
    assert attributes["update-interval"] == "7"
    assert attributes["minimum"] == "3"


def served(path: str) -> HttpRequest:
    request = RequestFactory().get(path)
    request.resolver_match = ResolverMatch(lambda: None, (), {})
    return request


@pytest.mark.parametrize("path", ["/", "/pricing/?plan=yearly", "/%C3%A9t%C3%A9/"])
def test_the_counter_has_the_signed_place_of_its_page(path: str) -> None:
    page = render("live_user_counter", request=served(path))

    token = page.one("live-user-counter").attributes["data-luc-place"]
    assert tokens.verify(unquote(token)) == names.normalize(path) != ""


def test_a_context_without_the_processor_of_requests_has_the_place_too() -> None:
    template = Template("{% load live_user_counter %}{% live_user_counter %}")
    page = template.render(RequestContext(served("/pricing/"), {"live": known()}))

    assert 'data-luc-place="/pricing:' in page


def test_only_the_first_element_of_a_page_has_the_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recent, "recent_items", lambda limit: ())
    page = render("live_activity_feed %}{% live_user_counter", request=served("/pricing/"))

    assert tokens.verify(page.one("live-activity-feed").attributes["data-luc-place"]) == "/pricing"
    assert "data-luc-place" not in page.one("live-user-counter").attributes


@pytest.mark.parametrize(
    "context",
    [
        {},
        {"request": None},
        {"request": RequestFactory().get("/not-found/")},
        {"request": served("/account/orders/")},
        {"request": served("/blog/invented/"), "exception": "No post matches the given query."},
        {"request": served("/de/checkout/")},
    ],
)
def test_a_page_that_is_elsewhere_names_no_place(context: dict[str, Any]) -> None:
    attributes = render("live_user_counter", **context).one("live-user-counter").attributes

    assert "data-luc-place" not in attributes


def test_without_places_no_page_names_one(settings: Settings) -> None:
    settings.LANDING_MAX_PLACES = 0
    page = render("live_user_counter", request=served("/pricing/"))

    assert "data-luc-place" not in page.one("live-user-counter").attributes


def test_settings_define_the_missing_arguments(settings: Settings) -> None:
    settings.LANDING_COUNTER_METRIC = "active"
    settings.LANDING_COUNTER_MINIMUM = 40
    settings.LANDING_COUNTER_UPDATE_SECONDS = 7
    settings.LANDING_SIMULATED_BASE_COUNT = 98_765
    settings.LANDING_SIMULATED_INCREMENT = 4
    attributes = render("live_user_counter").one("live-user-counter").attributes

    assert (attributes["metric"], attributes["minimum"]) == ("active", "40")
    assert attributes["update-interval"] == "7"
    assert "below" in attributes
    assert (
        render("live_user_counter minimum=1").one("live-user-counter").attributes["minimum"] == "1"
    )
    demo = render("live_user_counter", simulated()).one("live-user-counter").attributes
    assert (demo["base-count"], demo["increment-amount"]) == ("98765", "4")


def test_a_setting_defines_the_length_of_the_feed(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recent, "recent_items", lambda limit: ())
    settings.LANDING_FEED_LIMIT = 3

    assert render("live_activity_feed").one("live-activity-feed").attributes["limit"] == "3"
    assert render("live_activity_feed limit=2").one("live-activity-feed").attributes["limit"] == "2"


def test_a_captured_text_may_be_used_in_an_attribute() -> None:
    template = Template(
        "{% load live_user_counter_page %}<i>{% capture kept %}{{ text }}{% endcapture %}</i>"
        '<b title="{{ kept }}"></b>'
        '{% capture kept %}a "b" <u>{% endcapture %}<s title="{{ kept }}">'
    )

    html = template.render(Context({"text": 'Tom & "Ana"'}))

    assert '<i>Tom &amp; &quot;Ana&quot;</i><b title="Tom &amp; &quot;Ana&quot;">' in html
    assert '<s title="a &quot;b&quot; <u>">' in html


def test_the_script_gets_the_snapshot_of_the_api() -> None:
    page = render("live_user_counter")

    snapshot = json.loads(page.one("live-user-counter").attributes["snapshot"])
    assert snapshot == known().as_dict()


@pytest.mark.parametrize(
    ("people", "minimum", "words"), [(0, 1, True), (1, 1, False), (4, 5, True), (0, 0, False)]
)
def test_below_the_minimum_a_text_replaces_the_number(
    people: int, minimum: int, words: bool
) -> None:
    page = render(f"live_user_counter minimum={minimum}", known(people=people))

    assert ("below" in page.one("live-user-counter").attributes) is words
    assert page.part("words").text == "You’re early"
    assert page.part("figure").text == str(people)


def test_unknown_numbers_are_dashes() -> None:
    page = render("live_user_counter", unknown())

    assert page.part("figure").text == "–"
    assert page.part("second").text == "–"
    assert "below" not in page.one("live-user-counter").attributes


@pytest.mark.parametrize(
    ("language", "one", "two"),
    [
        ("en", "Active User Right Now", "Active Users Right Now"),
        ("de", "Gerade aktiver Nutzer", "Gerade aktive Nutzer"),
        ("es", "Usuario activo ahora mismo", "Usuarios activos ahora mismo"),
        ("ar", "مستخدم نشط الآن", "مستخدمان نشطان الآن"),
    ],
)
def test_the_label_has_the_plural_form_of_the_number(language: str, one: str, two: str) -> None:
    with translation.override(language):
        labels = [
            render("live_user_counter", known(people=people)).part("label").text
            for people in (1, 2)
        ]

    assert labels == [one, two]


def test_the_counter_is_a_group_with_a_name() -> None:
    attributes = render("live_user_counter").one("live-user-counter").attributes

    assert (attributes["role"], attributes["aria-label"]) == ("group", "Live count")


def test_stale_numbers_show_their_age() -> None:
    two_minutes_ago = timezone.now() - timedelta(minutes=2, seconds=5)
    page = render("live_user_counter", known(source=Source.STALE, as_of=two_minutes_ago))

    assert page.part("status").text == "counted 2 minutes ago"
    assert page.part("figure").text == "17"


def test_the_subtext_comes_from_the_setting_and_is_escaped(settings: Settings) -> None:
    settings.LANDING_COUNTER_SUBTEXT = "<b>Tom & Ana</b>"
    page = render("live_user_counter")

    assert page.part("subtext").text == "<b>Tom & Ana</b>"
    assert not list(page.all("b"))


@pytest.mark.parametrize(
    ("language", "text"),
    [("en", "Made in Porto"), ("de-at", "Aus Porto"), ("es", "Made in Porto"), ("ar", "")],
)
def test_the_subtext_may_differ_per_language(settings: Settings, language: str, text: str) -> None:
    settings.LANDING_COUNTER_SUBTEXT = {"en": "Made in Porto", "de": "Aus Porto", "ar": ""}
    with translation.override(language):
        assert render("live_user_counter").part("subtext").text == text


def test_without_a_text_of_the_default_language_the_subtext_is_empty(settings: Settings) -> None:
    settings.LANDING_COUNTER_SUBTEXT = {"de": "Aus Porto"}

    assert render("live_user_counter").part("subtext").text == ""


def test_an_empty_subtext_stays_empty_in_every_language(settings: Settings) -> None:
    settings.LANDING_COUNTER_SUBTEXT = ""
    with translation.override("de"):
        assert render("live_user_counter").part("subtext").text == ""


@pytest.mark.parametrize("live", [known(), known(people=0), unknown()])
def test_the_base_count_is_hidden_unless_allowed(live: StatsSnapshot) -> None:
    template = Template("{% load live_user_counter %}{% live_user_counter base_count=98765 %}")
    html = template.render(Context({"live": live}))

    assert "98765" not in html
    assert "98,765" not in html
    assert "base-count" not in html


def test_an_allowed_base_count_is_shown_and_labeled() -> None:
    page = render("live_user_counter base_count=98765 increment_amount=4", simulated())

    attributes = page.one("live-user-counter").attributes
    assert page.part("figure").text == "98,765"
    assert page.part("status").text == "demo data"
    assert page.part("second").text == "–"
    assert attributes["state"] == "simulated"
    assert attributes["base-count"] == "98765"
    assert attributes["increment-amount"] == "4"
    assert "below" not in attributes


@pytest.mark.parametrize("people", [0, 17])
def test_a_real_number_is_never_replaced_by_the_base_count(settings: Settings, people: int) -> None:
    settings.LANDING_SIMULATED_FALLBACK = True
    page = render("live_user_counter base_count=98765", known(people=people))

    assert page.part("figure").text == str(people)
    assert page.part("status").text == ""
    assert "base-count" not in page.one("live-user-counter").attributes


@pytest.mark.parametrize(
    ("tag", "name"),
    [
        ('live_user_counter metric="visitors"', "metric"),
        ("live_user_counter metric=5", "metric"),
        ("live_user_counter update_interval=-30", "update_interval"),
        ("live_user_counter update_interval=0", "update_interval"),
        ("live_user_counter update_interval=1.5", "update_interval"),
        ('live_user_counter base_count="many"', "base_count"),
        ("live_user_counter base_count=-1", "base_count"),
        ("live_user_counter increment_amount=-2", "increment_amount"),
        ("live_user_counter minimum=None", "minimum"),
        ("live_user_counter minimum=True", "minimum"),
        ("live_activity_feed limit=0", "limit"),
        ('live_activity_feed limit="5"', "limit"),
        ("live_activity_feed limit=21", "limit"),
    ],
)
def test_an_invalid_argument_is_named_in_the_error(tag: str, name: str) -> None:
    with pytest.raises(TemplateSyntaxError, match=rf"{tag.split()[0]}: {name} must be "):
        render(tag)


def test_arguments_can_be_variables() -> None:
    page = render("live_user_counter minimum=least", least=20)

    assert page.one("live-user-counter").attributes["minimum"] == "20"


def test_without_a_snapshot_the_tag_reads_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(stats, "snapshot", lambda: known(people=3))
    template = Template("{% load live_user_counter %}{% live_user_counter %}")

    for context in ({}, {"live": "something of the page's own"}):
        assert Page(template.render(Context(context))).part("figure").text == "3"


async def test_in_an_async_view_the_counter_makes_no_query() -> None:
    template = Template("{% load live_user_counter %}{% live_user_counter %}")

    assert Page(template.render(Context())).part("figure").text == "–"


def test_numbers_for_the_script_are_never_grouped(settings: Settings) -> None:
    settings.USE_THOUSAND_SEPARATOR = True
    with translation.override("de"):
        options = "base_count=10247 update_interval=3600 increment_amount=2000 minimum=1000"
        counter = render(f"live_user_counter {options}", simulated()).one("live-user-counter")

    assert counter.attributes["base-count"] == "10247"
    assert counter.attributes["update-interval"] == "3600"
    assert counter.attributes["increment-amount"] == "2000"
    assert counter.attributes["minimum"] == "1000"


def test_each_tag_loads_its_script(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recent, "recent_items", lambda limit: ())
    for tag in ("live_user_counter", "live_activity_feed"):
        script = render(tag).one("script")
        assert script.attributes["type"] == "module"
        assert script.attributes["src"].endswith("live_user_counter/js/main.js")


def test_the_library_for_projects_replaces_no_tag_of_theirs() -> None:
    names = {*live_user_counter.register.tags, *live_user_counter.register.filters}
    assert "live_user_counter" in names
    assert {name for name in names if not name.startswith("live_")} == set()


def test_the_older_name_has_the_tags_of_both_libraries() -> None:
    tags = "{% live_user_counter %}{% landing_brand as brand %}<b>{{ brand.name }}</b>"
    page = Template("{% load landing %}" + tags).render(Context({"live": known()}))
    assert "<live-user-counter" in page
    assert "<b></b>" not in page
