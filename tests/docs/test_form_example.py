"""docs/examples/form_view.py does what it says, as a site would include it."""

from __future__ import annotations

import importlib.util
import re
import sys
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from pytest_django import Settings

from landing.models import Activity
from tests.services.site import ROOT

pytestmark = pytest.mark.django_db

FILLED_IN = {
    "username": "ana@example.com",
    "first_name": "Ana",
    "password1": "a long and odd one",
    "password2": "a long and odd one",
    "is_shown": "on",
}


@pytest.fixture
def browser(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Client:
    """A browser on a site of the example's pages alone, which checks CSRF tokens."""
    found = importlib.util.spec_from_file_location(
        "form_view_example", ROOT / "docs" / "examples" / "form_view.py"
    )
    assert found is not None and found.loader is not None
    module = importlib.util.module_from_spec(found)
    monkeypatch.setitem(sys.modules, "form_view_example", module)
    found.loader.exec_module(module)
    settings.ROOT_URLCONF = "form_view_example"
    return Client(enforce_csrf_checks=True)


def post(browser: Client, **changes: str) -> Any:
    """Fill in the form of the page as it came, and send it."""
    page = browser.get("/join/").content.decode()
    (token,) = re.findall(r'name="csrfmiddlewaretoken" value="(\w+)"', page)
    for name in FILLED_IN:
        assert f'name="{name}"' in page
    return browser.post("/join/", FILLED_IN | {"csrfmiddlewaretoken": token} | changes)


def test_who_joins_is_told_of_and_sent_to_another_page(browser: Client) -> None:
    answer = post(browser)

    stored = Activity.objects.get()
    assert (stored.kind, stored.text, stored.actor) == ("signup", "joined", "Ana")
    assert User.objects.get().username == "ana@example.com"
    assert (answer.status_code, answer["Location"]) == (302, "/join/welcome/")
    assert "Welcome" in browser.get(answer["Location"]).content.decode()


def test_who_does_not_want_to_be_shown_is_not(browser: Client) -> None:
    assert post(browser, is_shown="").status_code == 302

    assert User.objects.exists()
    assert not Activity.objects.exists()


def test_nothing_is_published_of_what_nobody_did(browser: Client) -> None:
    answer = post(browser, password2="another one")

    assert answer.status_code == 200
    assert "didn’t match" in answer.content.decode()
    assert not User.objects.exists()
    assert not Activity.objects.exists()


def test_joining_twice_is_told_once(browser: Client) -> None:
    post(browser)

    assert "already exists" in post(browser).content.decode()
    assert Activity.objects.count() == 1


def test_if_it_cannot_be_published_nobody_has_joined(
    browser: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*arguments: object, **fields: object) -> None:
        raise RuntimeError("the table is gone")

    monkeypatch.setattr(sys.modules["form_view_example"], "publish", refuse)
    with pytest.raises(RuntimeError):
        post(browser)

    assert not User.objects.exists()


def test_another_site_cannot_post_it(browser: Client) -> None:
    assert browser.post("/join/", FILLED_IN).status_code == 403
    assert not User.objects.exists()
