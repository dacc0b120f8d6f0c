"""docs/examples/form_view.py works in a site that includes its URLs."""

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
    """Return a client of a site that has only the example's pages and checks CSRF tokens."""
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
    """Load the page, fill in its form, and submit it."""
    page = browser.get("/join/").content.decode()
    (token,) = re.findall(r'name="csrfmiddlewaretoken" value="(\w+)"', page)
    for name in FILLED_IN:
        assert f'name="{name}"' in page
    return browser.post("/join/", FILLED_IN | {"csrfmiddlewaretoken": token} | changes)


def test_joining_publishes_an_activity_and_redirects(browser: Client) -> None:
    answer = post(browser)

    stored = Activity.objects.get()
    assert (stored.kind, stored.text, stored.actor) == ("signup", "joined", "Ana")
    assert User.objects.get().username == "ana@example.com"
    assert (answer.status_code, answer["Location"]) == (302, "/join/welcome/")
    assert "Welcome" in browser.get(answer["Location"]).content.decode()


def test_joining_without_the_checkbox_publishes_nothing(browser: Client) -> None:
    assert post(browser, is_shown="").status_code == 302

    assert User.objects.exists()
    assert not Activity.objects.exists()


def test_an_invalid_form_stores_and_publishes_nothing(browser: Client) -> None:
    answer = post(browser, password2="another one")

    assert answer.status_code == 200
    assert "didn’t match" in answer.content.decode()
    assert not User.objects.exists()
    assert not Activity.objects.exists()


def test_joining_twice_publishes_once(browser: Client) -> None:
    post(browser)

    assert "already exists" in post(browser).content.decode()
    assert Activity.objects.count() == 1


def test_a_failed_publication_rolls_back_the_user(
    browser: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*arguments: object, **fields: object) -> None:
        raise RuntimeError("the table is gone")

    monkeypatch.setattr(sys.modules["form_view_example"], "publish", refuse)
    with pytest.raises(RuntimeError):
        post(browser)

    assert not User.objects.exists()


def test_a_form_of_another_site_is_rejected(browser: Client) -> None:
    assert browser.post("/join/", FILLED_IN).status_code == 403
    assert not User.objects.exists()
