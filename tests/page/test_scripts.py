"""The tags load the script of the elements once per page, or the modules."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.template import Context, RequestContext, Template
from django.template.backends.django import DjangoTemplates
from django.test import AsyncClient, RequestFactory
from django.utils.functional import SimpleLazyObject
from pytest_django import Settings

from landing import conf, stats
from landing.activity import recent
from landing.page.assets import own_files, scripts
from scripts import bundle
from tests.page.test_templatetags import known
from tests.services.site import ROOT

BUNDLE = '<script defer src="/static/live_user_counter/live-user-counter.js"></script>'
MAIN = '<script type="module" src="/static/live_user_counter/js/main.js"></script>'
PLACES = MAIN.replace("main", "elements/live-places")


@pytest.fixture(autouse=True)
def _no_activities(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recent, "recent_items", lambda limit: ())


@pytest.fixture
def classic(settings: Settings) -> None:
    settings.LANDING_SCRIPT = "classic"


def render(*tags: str, **context: Any) -> list[str]:
    """Return the ``<script>`` elements of a page with these tags."""
    source = "{% load live_user_counter %}" + "".join("{% " + tag + " %}" for tag in tags)
    page = Template(source).render(Context({"live": known(), **context}))
    return re.findall(r"<script[^>]*></script>", page)


ALL = (
    "live_user_counter",
    "live_activity_feed",
    "live_user_counter metric='active'",
    "live_places",
)


def test_this_site_loads_the_modules_with_each_element() -> None:
    assert render(*ALL) == [MAIN, MAIN, MAIN, PLACES]


@pytest.mark.usefixtures("classic")
@pytest.mark.parametrize("tag", ALL)
def test_each_tag_loads_the_classic_script(tag: str) -> None:
    assert render(tag) == [BUNDLE]


@pytest.mark.parametrize(
    ("page", "classic", "module"),
    [
        ("dashboard", "dashboard.js", "dashboard/main.js"),
        ("live_map", "live-map.js", "js/map/main.js"),
    ],
)
def test_a_page_of_the_admin_loads_its_script(
    settings: Settings, page: str, classic: str, module: str
) -> None:
    template = Template("{% load live_user_counter_admin %}{% counter_script page %}")
    folder = "/static/live_user_counter/"
    rendered = template.render(Context({"page": page, "csp_nonce": "n1"}))
    assert rendered == f'<script type="module" src="{folder}{module}" nonce="n1"></script>'
    settings.LANDING_SCRIPT = "classic"
    rendered = template.render(Context({"page": page, "csp_nonce": "n1"}))
    assert rendered == f'<script defer src="{folder}{classic}" nonce="n1"></script>'


@pytest.mark.parametrize(
    ("script", "end"), [("classic", "/live-user-counter.js"), ("module", "/js/main.js")]
)
def test_a_project_without_collected_files_gets_the_script_from_a_route(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, script: str, end: str
) -> None:
    settings.LIVE_USER_COUNTER = {"SCRIPT": script}
    settings.STATIC_ROOT = None
    monkeypatch.setattr(conf, "is_host", lambda: True)
    monkeypatch.setattr(own_files, "reverse", lambda name, args: "/".join(["/live", *args]))
    [element] = render("live_user_counter")
    assert re.search(rf' src="/live/[0-9a-f]{{12}}{end}"></script>', element)


def test_every_script_exists_in_both_forms() -> None:
    all_scripts = (scripts.MAIN, scripts.PLACES, scripts.DASHBOARD, scripts.LIVE_MAP)
    for name in {name for script in all_scripts for name in script}:
        assert (ROOT / "static" / scripts.FOLDER / name).is_file()
    entries = {(each.name, entry) for each in bundle.BUNDLES for entry in each.entries}
    assert entries == set(all_scripts)


@pytest.mark.usefixtures("classic")
def test_a_page_loads_the_classic_script_once() -> None:
    assert render(*ALL) == [BUNDLE]
    assert render(*ALL) == [BUNDLE], "the next page"


@pytest.mark.usefixtures("classic")
@pytest.mark.parametrize("tags", [("live_counter_head",), ("live_counter_head", *ALL)])
def test_the_head_has_the_script_of_all_tags(tags: tuple[str, ...]) -> None:
    assert render(*tags) == [BUNDLE]


@pytest.mark.usefixtures("classic")
def test_a_fragment_that_is_cached_without_the_script_has_it_from_the_head() -> None:
    cached = (
        "{% load cache live_user_counter %}{% cache 9 f %}{% live_user_counter %}{% endcache %}"
    )
    page = "{% load live_user_counter %}{% live_places %}" + cached
    other = "{% load live_user_counter %}{% live_counter_head %}" + cached
    for source in (page, other):
        rendered = Template(source).render(Context({"live": known()}))
        assert rendered.count(BUNDLE) == 1
        assert "</live-user-counter>" in rendered


def test_the_head_leaves_modules_to_the_elements() -> None:
    assert render("live_counter_head") == []


@pytest.mark.usefixtures("classic")
@pytest.mark.parametrize(
    "page",
    [
        "{% include 'counter' %}{% include 'counter' %}",
        "{% include 'counter' only %}{% include 'counter' with a=1 only %}",
        "{% for each in 'ab' %}{% include 'counter' %}{% endfor %}",
        "{% load live_user_counter %}{% with a=1 %}{% live_places %}{% endwith %}{% live_places %}",
        "{% extends 'base' %}{% block content %}{% include 'counter' %}{% endblock %}",
    ],
)
def test_included_and_extended_templates_are_of_the_same_page(
    page: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    counter = "{% load live_user_counter %}{% live_user_counter %}"
    templates = {
        "counter": counter,
        "base": counter + "{% block content %}{% endblock %}" + counter,
        "page": page,
    }
    loaders = [
        ("django.template.loaders.locmem.Loader", templates),
        "django.template.loaders.filesystem.Loader",
    ]
    options = {"NAME": "page", "APP_DIRS": False, "OPTIONS": {"loaders": loaders}}
    engine = DjangoTemplates({**options, "DIRS": [ROOT / "templates"]}).engine
    monkeypatch.setattr(stats, "snapshot", known)
    monkeypatch.setattr(stats, "places_of_page", lambda place="": None)
    rendered = engine.get_template("page").render(Context())
    assert re.findall(r"<script[^>]*></script>", rendered) == [BUNDLE]


class LazyNonce(SimpleLazyObject):
    """The nonce of Django 6: false until a page uses it."""

    def __bool__(self) -> bool:
        return False


@pytest.mark.parametrize("script", ["classic", "module"])
def test_the_nonce_of_the_policy_is_written(settings: Settings, script: str) -> None:
    settings.LANDING_SCRIPT = script
    [element] = render("live_user_counter", csp_nonce=LazyNonce(lambda: "a1+/b2=="))
    assert element.endswith(' nonce="a1+/b2=="></script>')


@pytest.mark.usefixtures("classic")
def test_the_nonce_of_the_request_is_written_too() -> None:
    request = RequestFactory().get("/")
    request.csp_nonce = LazyNonce(lambda: "c3")  # type: ignore[attr-defined]
    template = Template("{% load live_user_counter %}{% live_user_counter %}")
    assert 'nonce="c3"' in template.render(RequestContext(request, {"live": known()}))


@pytest.mark.usefixtures("classic")
def test_a_nonce_is_text() -> None:
    [element] = render("live_user_counter", csp_nonce='"><b>')
    assert 'nonce="&quot;&gt;&lt;b&gt;"' in element


def test_a_page_without_a_nonce_has_no_attribute() -> None:
    assert "nonce" not in render("live_user_counter", csp_nonce=None)[0]


@pytest.mark.usefixtures("classic")
@pytest.mark.django_db
async def test_browsers_fetch_the_classic_script_at_once(async_client: AsyncClient) -> None:
    response = await async_client.get("/")
    expected = "</static/live_user_counter/live-user-counter.js>; rel=preload; as=script"
    assert response.headers["Link"] == expected
    assert response.content.decode().count(BUNDLE) == 1
