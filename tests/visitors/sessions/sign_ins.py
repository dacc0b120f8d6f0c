"""Users and their sessions."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from asgiref.sync import async_to_sync
from django.conf import settings as django_settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY, get_user_model

from landing.visitors.session_user import SessionUser
from landing.visitors.sessions import users

MODEL_BACKEND = "django.contrib.auth.backends.ModelBackend"
OURS = "tests.visitors.sessions.backends"


def new_store(session_key: str | None = None) -> Any:
    return import_module(django_settings.SESSION_ENGINE).SessionStore(session_key)


def sign_in(user: Any, backend: str = MODEL_BACKEND, **more: Any) -> str:
    """Return the key of a new session as login() would write it."""
    store = new_store()
    store.update(
        {
            SESSION_KEY: str(user.pk),
            BACKEND_SESSION_KEY: backend,
            HASH_SESSION_KEY: user.get_session_auth_hash(),
            **more,
        }
    )
    store.save()
    key: str = store.session_key
    return key


def new_user(name: str = "ana", **more: Any) -> Any:
    return get_user_model().objects.create_user(name, password="a long enough password", **more)


def read(*session_keys: str) -> dict[str, SessionUser | None]:
    return dict(async_to_sync(users.read)(session_keys))


def read_one(session_key: str) -> SessionUser | None:
    return read(session_key)[session_key]
