"""Changes of a browser's session: how a response shows them, and how they travel."""

from __future__ import annotations

import time
from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.core import signing
from django.test import Client
from django.test.utils import override_settings

from landing.live import worker
from landing.live.registry import Registry
from landing.visitors import visitor_cookie
from landing.visitors.sessions import change
from landing.visitors.sessions.change import SessionChange
from tests.live.fake_worker import FakeWorker
from tests.live.presence.simulation import new_connection

pytestmark = pytest.mark.django_db

PASSWORD = "a long enough password"
VISITOR = b"v" * 16
ENGINES = ("db", "cached_db", "cache", "file", "signed_cookies")


class ChangeCollector(FakeWorker):
    """A worker that collects the published changes."""

    def __init__(self) -> None:
        self.changes: list[SessionChange] = []
        self.registry = Registry()

    def connections(self) -> Registry:
        return self.registry

    def publish_change(self, change: SessionChange) -> None:
        self.changes.append(change)


@pytest.fixture(params=ENGINES)
def changes(
    request: Any, settings: Any, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> Iterator[list[SessionChange]]:
    settings.SESSION_ENGINE = f"django.contrib.sessions.backends.{request.param}"
    settings.SESSION_FILE_PATH = str(tmp_path)
    # Signed cookies contain the second in which they were written.
    seconds = count(int(time.time()))
    monkeypatch.setattr(
        signing.TimestampSigner, "timestamp", lambda signer: signing.b62_encode(next(seconds))
    )
    with ChangeCollector().installed() as collector:
        yield collector.changes


@pytest.fixture
def browser(settings: Any) -> Client:
    settings.DEBUG = True  # cookies without Secure
    settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = False
    browser = Client()
    browser.cookies["landing_visitor"] = visitor_cookie.dump_cookie(VISITOR)
    return browser


def new_staff(name: str) -> Any:
    return get_user_model().objects.create_superuser(name, password=PASSWORD)


def session_of(browser: Client) -> str | None:
    cookie = browser.cookies.get("sessionid")
    return cookie.value or None if cookie else None


def sign_in(browser: Client, name: str) -> None:
    response = browser.post("/admin/login/?next=/", {"username": name, "password": PASSWORD})
    assert response.status_code == 302


def names_user(session: str | None, name: str) -> bool:
    """Return whether a session, as its browser stored it, names this user."""
    client = Client()
    assert session is not None
    client.cookies["sessionid"] = session
    user = get_user_model().objects.get_by_natural_key(name)
    return client.session.get("_auth_user_id") == str(user.pk)


def test_signing_in_gives_the_browser_a_session_that_is_saved(
    changes: list[SessionChange], browser: Client
) -> None:
    new_staff("ana")
    sign_in(browser, "ana")

    (found,) = changes
    assert (found.visitor, found.old) == (VISITOR, None)
    assert names_user(found.new, "ana")


def test_signing_out_leaves_the_browser_without_a_session(
    changes: list[SessionChange], browser: Client
) -> None:
    new_staff("ana")
    sign_in(browser, "ana")
    old = session_of(browser)
    changes.clear()
    browser.post("/admin/logout/")

    (found,) = changes
    assert (found.visitor, found.old) == (VISITOR, old)
    assert found.new is None or not names_user(found.new, "ana")


def test_switching_accounts_gives_the_browser_another_session(
    changes: list[SessionChange], browser: Client
) -> None:
    new_staff("ana")
    new_staff("ben")
    sign_in(browser, "ana")
    old = session_of(browser)
    changes.clear()
    sign_in(browser, "ben")

    (found,) = changes
    assert (found.visitor, found.old) == (VISITOR, old)
    assert names_user(found.new, "ben")


def test_changing_ones_own_password_keeps_the_browser_signed_in(
    changes: list[SessionChange], browser: Client
) -> None:
    new_staff("ana")
    sign_in(browser, "ana")
    changes.clear()
    new = "another long enough password"
    browser.post(
        "/admin/password_change/",
        {"old_password": PASSWORD, "new_password1": new, "new_password2": new},
    )

    (found,) = changes
    assert names_user(found.new, "ana")


def test_a_new_secret_key_gives_the_browser_another_session(
    changes: list[SessionChange], browser: Client, settings: Any
) -> None:
    new_staff("ana")
    sign_in(browser, "ana")
    changes.clear()
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "the new key"
    assert browser.get("/admin/").status_code == 200

    (found,) = changes
    assert names_user(found.new, "ana")
    browser.get("/admin/")
    assert len(changes) == 1


def test_requests_that_keep_the_session_report_nothing(
    changes: list[SessionChange], browser: Client
) -> None:
    new_staff("ana")
    sign_in(browser, "ana")
    changes.clear()
    session = browser.session
    session["basket"] = ["a book"]
    session.save()
    browser.cookies["sessionid"] = session.session_key or ""
    browser.get("/admin/")
    browser.get("/")

    assert changes == []


@pytest.mark.parametrize("has_session", [True, False])
def test_a_page_reports_a_session_that_an_open_connection_lacks(
    changes: list[SessionChange], browser: Client, has_session: bool
) -> None:
    new_staff("ana")
    sign_in(browser, "ana")
    changes.clear()
    session_key = browser.session.session_key
    connection = new_connection(VISITOR.decode())
    connection.session_key = session_key if has_session else None
    worker.current().connections().add(connection)

    browser.get("/")

    expected = [] if has_session else [SessionChange(VISITOR, None, session_key)]
    assert changes == expected


def test_a_wrong_password_reports_nothing(changes: list[SessionChange], browser: Client) -> None:
    new_staff("ana")
    browser.post("/admin/login/", {"username": "ana", "password": "wrong"})

    assert changes == []


def test_a_browser_without_a_visitor_cookie_is_reported_by_its_old_session(
    changes: list[SessionChange], browser: Client
) -> None:
    new_staff("ana")
    del browser.cookies["landing_visitor"]
    sign_in(browser, "ana")
    assert changes == []
    old = session_of(browser)
    browser.post("/admin/logout/")

    assert [(found.visitor, found.old) for found in changes] == [(None, old)]


# -- messages


@pytest.mark.parametrize(
    "sent",
    [
        SessionChange(VISITOR, None, "a-new-key"),
        SessionChange(VISITOR, "an-old-key", None),
        SessionChange(None, "an-old-key", "a-new-key" * 300),
    ],
)
def test_a_sealed_change_is_unsealed_and_shows_no_session_key(sent: SessionChange) -> None:
    sealed = change.seal(sent)

    assert change.unseal(sealed) == sent
    assert change.seal(sent) != sealed
    assert "a-new-key" not in sealed and "an-old-key" not in sealed and VISITOR.hex() not in sealed


@pytest.mark.parametrize("text", ["", "x", "gAAAAA", "ä" * 100])
def test_a_text_that_was_not_sealed_here_is_ignored(text: str) -> None:
    assert change.unseal(text) is None


def test_processes_with_the_old_and_the_new_secret_key_understand_each_other() -> None:
    sent = SessionChange(VISITOR, "old", "new")
    with override_settings(SECRET_KEY="the old key"):
        sealed = change.seal(sent)
    with override_settings(SECRET_KEY="the new key", SECRET_KEY_FALLBACKS=["the old key"]):
        assert change.unseal(sealed) == sent
    with override_settings(SECRET_KEY="the new key", SECRET_KEY_FALLBACKS=[]):
        assert change.unseal(sealed) is None
