"""A site's own templates may query, and the shipped page needs no thread."""

from __future__ import annotations

import copy
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.contrib.auth.models import User
from django.http import HttpResponse
from django.template import loader
from django.template.backends.django import DjangoTemplates
from django.template.loaders.filesystem import Loader
from django.template.response import TemplateResponse
from django.test import Client
from pytest_django import Settings

from landing.page import rendering
from landing.page.rendering import SHIPPED_TEMPLATES, PageRenderer, is_as_shipped
from landing_site import home
from tests.analytics.rows import row
from tests.page.markup import Page
from tests.page.test_views import Screen
from tests.services.site import ROOT
from tests.site.client import new_client

pytestmark = pytest.mark.django_db

Override = Callable[[str, str], None]
BASE = '{% extends "landing/home.html" %}{% block headline %}'
END = "{% endblock %}"


@pytest.fixture(autouse=True)
def _seventeen_people() -> Iterator[None]:
    with Screen().installed():
        yield


@pytest.fixture(autouse=True)
def _new_renderer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(home, "renderer", PageRenderer("landing/home.html"))


@pytest.fixture
def threads(monkeypatch: pytest.MonkeyPatch) -> list[HttpResponse]:
    """Return the responses that Django renders in a thread."""
    found: list[HttpResponse] = []

    def respond(*arguments: Any) -> HttpResponse:
        found.append(TemplateResponse(*arguments))
        return found[-1]

    monkeypatch.setattr(rendering, "TemplateResponse", respond)
    return found


@pytest.fixture
def override(settings: Settings, tmp_path: Path) -> Override:
    """Return a function that adds a template in front of the shipped ones."""

    def write(name: str, text: str) -> None:
        file = tmp_path / "own" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        change_templates(settings, tmp_path / "own")

    return write


def change_templates(settings: Settings, *first: Path, processors: tuple[str, ...] = ()) -> None:
    templates = copy.deepcopy(settings.TEMPLATES)
    templates[0]["DIRS"] = [*first, *templates[0]["DIRS"]]
    templates[0]["OPTIONS"]["context_processors"] += processors
    settings.TEMPLATES = templates


def staff() -> User:
    return User.objects.create_superuser("ana", password="of-a-test")


def page_of(path: str = "/", user: User | None = None) -> Page:
    client = new_client()
    if user is not None:
        client.force_login(user)
    response = async_to_sync(client.get)(path)
    assert response.status_code == 200
    return Page(response.content.decode())


# -- the page at "/"


@pytest.mark.parametrize(
    ("block", "signed_in", "signed_out"),
    [
        ("{{ user.username }}", "ana", ""),
        ("{{ user }}", "ana", "AnonymousUser"),
        ("{% if user.is_authenticated and user.is_staff %}staff{% else %}guest{% endif %}",)
        + ("staff", "guest"),
        ("{% if perms.auth.add_user and user.is_active %}may add{% endif %}", "may add", ""),
        ("{{ request.session.items|length }}", "3", "0"),
        ("{{ request.user.groups.count }} groups", "0 groups", "0 groups"),
        ("{% for message in messages %}{{ message }}{% endfor %}", "", ""),
    ],
)
def test_an_own_page_may_show_the_user(
    block: str, signed_in: str, signed_out: str, override: Override
) -> None:
    override("landing/home.html", BASE + block + END)

    assert page_of(user=staff()).one("h1").text == signed_in
    assert page_of().one("h1").text == signed_out


@pytest.mark.parametrize("name", ["base.html", "landing/partials/languages.html"])
def test_any_template_of_the_page_may_be_replaced(name: str, override: Override) -> None:
    override(name, "{% if user.is_authenticated and user.is_staff %}<h1>staff</h1>{% endif %}")

    assert [*page_of(user=staff()).all("h1")][-1].text == "staff"


def test_an_own_context_processor_may_query(settings: Settings, override: Override) -> None:
    row(1)
    override("own.html", "")
    change_templates(settings, processors=("tests.page.own_views.provide_rows",))
    override("landing/home.html", BASE + "{% if rows and live %}{{ rows|length }}{% endif %}" + END)

    assert page_of().one("h1").text == "1"


class QueryingLoader(Loader):
    """A loader that queries the database before it reads a file."""

    def get_contents(self, origin: Any) -> str:
        User.objects.exists()
        return super().get_contents(origin)


def test_templates_may_come_from_the_database(
    settings: Settings, threads: list[HttpResponse]
) -> None:
    templates = copy.deepcopy(settings.TEMPLATES)
    templates[0]["APP_DIRS"] = False
    templates[0]["OPTIONS"]["loaders"] = [
        f"{__name__}.QueryingLoader",
        "django.template.loaders.app_directories.Loader",
    ]
    settings.TEMPLATES = templates

    assert page_of().one("h1")
    assert threads


@pytest.mark.parametrize("is_cached", [False, True])
def test_a_page_in_memory_is_not_as_shipped(is_cached: bool) -> None:
    in_memory: Any = ("django.template.loaders.locmem.Loader", {"landing/home.html": "own"})
    files = "django.template.loaders.filesystem.Loader"
    loaders = [in_memory, files]
    if is_cached:
        loaders = [("django.template.loaders.cached.Loader", loaders)]
    engine = DjangoTemplates(
        {"NAME": "own", "DIRS": [ROOT / "templates"], "APP_DIRS": False}
        | {"OPTIONS": {"loaders": loaders}}
    )
    assert not is_as_shipped(engine.get_template("landing/home.html"))


def test_an_edited_template_that_queries_is_rendered_in_a_thread_from_then_on(
    settings: Settings, tmp_path: Path, threads: list[HttpResponse]
) -> None:
    shutil.copytree(ROOT / "templates", tmp_path / "templates")
    home = tmp_path / "templates/landing/home.html"
    query = "{% load own %}{% stored_rows as rows %}{{ rows|length }} rows"
    home.write_text(
        home.read_text().replace("{% block headline %}", "{% block headline %}" + query)
    )
    templates = copy.deepcopy(settings.TEMPLATES)
    templates[0]["DIRS"] = [tmp_path / "templates"]
    templates[0]["OPTIONS"]["libraries"] = {"own": "tests.page.own_views"}
    settings.TEMPLATES = templates
    assert is_as_shipped(loader.get_template("landing/home.html"))

    for count in (1, 2):
        assert "0 rows" in page_of().one("h1").text
        assert len(threads) == count


def test_the_shipped_page_needs_no_thread_without_a_session(
    threads: list[HttpResponse], monkeypatch: pytest.MonkeyPatch
) -> None:
    examined: list[Any] = []
    monkeypatch.setattr(
        rendering, "is_as_shipped", lambda each: examined.append(each) or is_as_shipped(each)
    )
    for _ in range(3):
        assert page_of().part("figure").text == "17"
    assert not threads
    assert len(examined) == 1, "finding replaced templates takes longer than the page"

    assert page_of(user=staff()).part("figure").text == "17"
    assert len(threads) == 1


#: The other pages, an e-mail, and a tag that the page does not use.
OTHER_PAGES = {
    "landing/app_page.html",
    "landing/error_page.html",
    "live_user_counter/base.html",
    "live_user_counter/partials/places.html",
    "live_user_counter/privacy.html",
    "live_user_counter/shared_link.html",
    "live_user_counter/summary/weekly.html",
}


def test_every_template_of_the_page_is_known() -> None:
    shipped = (ROOT / "templates").rglob("*.html")
    names = {file.relative_to(ROOT / "templates").as_posix() for file in shipped}
    pages = {name for name in names if name.startswith(("base", "landing/", "live_user_counter/"))}
    admin = {name for name in names if name.startswith("live_user_counter/admin/")}
    assert set(SHIPPED_TEMPLATES) == pages - admin - OTHER_PAGES


# -- views of the site


@pytest.fixture
def _own_views(settings: Settings, override: Override) -> None:
    settings.ROOT_URLCONF = "tests.page.own_views"
    override("own.html", BASE + "Own {{ live }}" + END)


@pytest.mark.usefixtures("_own_views")
@pytest.mark.parametrize("path", ["/sync", "/async", "/lazy", "/class", "/live"])
def test_any_view_may_extend_the_page_without_its_context(path: str) -> None:
    under_wsgi = Client().get(path)
    assert under_wsgi.status_code == 200

    for page in (page_of(path), Page(under_wsgi.content.decode())):
        assert page.one("h1").text in ("Own", "Own tonight")
        assert page.part("figure").text == "17"
        assert "In the last 15 minutes" in [heading.text for heading in page.all("h3")]


@pytest.mark.parametrize("path", ["/sync", "/lazy", "/class"])
def test_an_own_view_may_show_the_user(path: str, settings: Settings, override: Override) -> None:
    settings.ROOT_URLCONF = "tests.page.own_views"
    override("own.html", BASE + "{{ user.username }} {{ user.groups.count }}" + END)

    assert page_of(path, user=staff()).one("h1").text == "ana 0"


@pytest.mark.usefixtures("_own_views")
def test_own_content_goes_before_and_after_the_counter_and_into_sections(
    override: Override,
) -> None:
    blocks = ("logo", "before_counter", "counter", "after_counter", "sections")
    own = (f"{{% block {name} %}}<b>{name}</b>{{{{ block.super }}}}{END}" for name in blocks)
    title = "{% block title %}Own {{ live.online.people }}{% endblock %}"
    override("own.html", '{% extends "landing/home.html" %}' + "".join(own) + title)

    page = page_of("/live")
    order = [each.text or each.tag for each in page.elements if each.tag in {"b", "h1"}]
    assert [each for each in order if each != "b"] == [
        "logo",
        "How many of us are here?",
        "before_counter",
        "counter",
        "after_counter",
        "sections",
    ]
    assert page.part("figure").text == "17"
    (card,) = (e for e in page.all("meta") if e.attributes.get("property") == "og:title")
    assert card.attributes["content"] == page.one("title").text == "Own"


def test_a_template_without_a_request_has_no_broken_address(override: Override) -> None:
    override("own.html", BASE + END)

    page = Page(loader.render_to_string("own.html"))

    assert page.part("figure").text == "17"
    addresses = [each.attributes.get("content", "") for each in page.all("meta")]
    assert not [address for address in addresses if address.startswith("://")]
