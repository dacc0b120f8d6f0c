"""The users of many sessions, over all session engines and several authentication backends."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY, get_user_model
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.utils import timezone

from landing.visitors import session_user
from landing.visitors.session_user import NOBODY, SessionUser
from landing.visitors.sessions import data, users
from landing.visitors.sessions.round_robin import RoundRobin
from tests.visitors.sessions import backends
from tests.visitors.sessions.sign_ins import OURS, new_store, new_user, read, read_one, sign_in

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.each_database]


STORED = ("db", "cached_db", "cache", "file")
ENGINES = (*STORED, "signed_cookies")


@pytest.fixture(params=ENGINES)
def engine(request: Any, settings: Any, tmp_path: Any) -> str:
    settings.SESSION_ENGINE = f"django.contrib.sessions.backends.{request.param}"
    settings.SESSION_FILE_PATH = str(tmp_path)
    engine: str = request.param
    return engine


def test_each_session_has_its_user(engine: str) -> None:
    ana, eve = new_user(), new_user("eve", is_staff=True)
    of_ana, of_eve = sign_in(ana), sign_in(eve)

    assert read(of_ana, of_eve) == {
        of_ana: SessionUser(str(ana.pk), is_staff=False),
        of_eve: SessionUser(str(eve.pk), is_staff=True),
    }


def test_a_session_without_a_user_has_nobody(engine: str) -> None:
    store = new_store()
    store["basket"] = ["a book"]
    store.save()

    assert read_one(store.session_key) == NOBODY


def test_the_result_is_that_of_a_single_lookup(engine: str) -> None:
    ana = new_user()
    key = sign_in(ana)

    assert read_one(key) == async_to_sync(session_user.load_by_key)(key) != NOBODY


def deactivate(user: Any) -> None:
    user.is_active = False
    user.save()


def deactivate_in_sql(user: Any) -> None:
    get_user_model().objects.filter(pk=user.pk).update(is_active=False)


def change_password(user: Any) -> None:
    user.set_password("another long enough password")
    user.save()


def delete(user: Any) -> None:
    user.delete()


@pytest.mark.parametrize("change", [deactivate, deactivate_in_sql, change_password, delete])
def test_a_session_whose_user_lost_the_right_has_nobody(
    engine: str, change: Callable[[Any], None]
) -> None:
    ana = new_user()
    key = sign_in(ana)
    change(ana)

    assert read_one(key) == NOBODY


def test_a_user_who_becomes_staff_is_staff(engine: str) -> None:
    ana = new_user()
    key = sign_in(ana)
    get_user_model().objects.update(is_staff=True)

    assert read_one(key) == SessionUser(str(ana.pk), is_staff=True)


def test_a_session_of_a_fallback_key_is_valid_and_one_of_a_dropped_key_is_not(
    engine: str, settings: Any
) -> None:
    ana = new_user()
    key = sign_in(ana)
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "the new key"

    assert read_one(key) == SessionUser(str(ana.pk), is_staff=False)
    settings.SECRET_KEY_FALLBACKS = []
    assert read_one(key) in (None, NOBODY)


def test_a_user_key_of_another_type_has_nobody(engine: str) -> None:
    key = sign_in(new_user(), **{SESSION_KEY: "5d9c68c6-c50e-4d3d-8a5d-3a1a2f6f2a35"})

    assert read_one(key) == NOBODY


@pytest.mark.parametrize("missing", [BACKEND_SESSION_KEY, SESSION_KEY, HASH_SESSION_KEY])
def test_a_session_with_a_missing_field_has_nobody(engine: str, missing: str) -> None:
    store = new_store(sign_in(new_user()))
    del store[missing]
    store.save()

    assert read_one(store.session_key) == NOBODY


@pytest.mark.parametrize("key", ["", "x", "0" * 32, "\x00" * 32, "ä" * 40, "a b", "k" * 4096])
def test_an_invalid_session_has_ended(engine: str, key: str) -> None:
    assert read_one(key) is None


@pytest.fixture(params=STORED)
def stored_engine(request: Any, settings: Any, tmp_path: Any) -> str:
    settings.SESSION_ENGINE = f"django.contrib.sessions.backends.{request.param}"
    settings.SESSION_FILE_PATH = str(tmp_path)
    engine: str = request.param
    return engine


def test_a_flushed_session_has_ended(stored_engine: str) -> None:
    key = sign_in(new_user())
    new_store(key).flush()

    assert read_one(key) is None


def test_a_session_with_a_cycled_key_has_ended(stored_engine: str) -> None:
    key = sign_in(new_user())
    store = new_store(key)
    store.cycle_key()

    assert read_one(key) is None
    assert read_one(store.session_key) != NOBODY


def expire(key: str) -> None:
    Session.objects.update(expire_date=timezone.now() - timedelta(seconds=1))


def clear_expired(key: str) -> None:
    expire(key)
    call_command("clearsessions")


def delete_row(key: str) -> None:
    Session.objects.all().delete()


@pytest.mark.parametrize("end", [expire, clear_expired, delete_row])
def test_a_session_that_expires_or_is_deleted_has_ended(end: Callable[[str], None]) -> None:
    key = sign_in(new_user())
    end(key)

    assert read_one(key) is None


def test_an_expired_file_or_cookie_has_ended(settings: Any, tmp_path: Any) -> None:
    for engine in ("file", "signed_cookies"):
        settings.SESSION_ENGINE = f"django.contrib.sessions.backends.{engine}"
        settings.SESSION_FILE_PATH = str(tmp_path)
        key = sign_in(new_user(engine))
        settings.SESSION_COOKIE_AGE = -1
        assert read_one(key) is None
        settings.SESSION_COOKIE_AGE = 60


def test_a_cached_session_counts_as_django_sees_it(settings: Any) -> None:
    settings.SESSION_ENGINE = "django.contrib.sessions.backends.cached_db"
    key = sign_in(new_user())
    Session.objects.all().delete()

    assert read_one(key) == async_to_sync(session_user.load_by_key)(key) != NOBODY


@pytest.mark.parametrize(
    ("engine_name", "queries"), [("db", 2), ("cached_db", 1), ("cache", 1), ("signed_cookies", 1)]
)
def test_the_number_of_queries_does_not_depend_on_the_number_of_sessions(
    settings: Any, engine_name: str, queries: int, count_queries: Callable[..., int]
) -> None:
    settings.SESSION_ENGINE = f"django.contrib.sessions.backends.{engine_name}"
    keys = [sign_in(new_user(f"user{number}")) for number in range(30)]

    for some in (keys[:1], keys):
        assert count_queries(users._read, some) == queries
    assert None not in read(*keys).values()


def test_a_cold_cache_takes_one_more_query(
    settings: Any, count_queries: Callable[..., int]
) -> None:
    settings.SESSION_ENGINE = "django.contrib.sessions.backends.cached_db"
    keys = [sign_in(new_user(f"user{number}")) for number in range(5)]
    data.caches["default"].clear()

    assert count_queries(users._read, keys) == 2


def test_more_sessions_than_parameters_take_more_queries(
    monkeypatch: pytest.MonkeyPatch, count_queries: Callable[..., int]
) -> None:
    keys = [sign_in(new_user(f"user{number}")) for number in range(5)]
    monkeypatch.setattr(data, "MAX_PARAMETERS", 2)

    assert count_queries(users._read, keys) == 6
    assert NOBODY not in read(*keys).values()


def test_an_engine_that_reads_in_its_own_way_is_asked_for_a_bounded_number_in_turn(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.SESSION_ENGINE = OURS
    monkeypatch.setattr(data, "_round_robin", RoundRobin(2))
    keys = [sign_in(new_user(f"user{number}")) for number in range(5)]
    backends.SessionStore.loads = 0

    found = [read(*keys) for _ in range(3)]

    assert backends.SessionStore.loads == 6
    assert [len(each) for each in found] == [2, 2, 2]
    assert set().union(*found) == set(keys)


@pytest.fixture
def count_queries(django_assert_max_num_queries: Any) -> Callable[..., int]:
    def count(function: Callable[..., Any], *arguments: Any) -> int:
        with django_assert_max_num_queries(100) as captured:
            function(*arguments)
        return len(captured)

    return count
