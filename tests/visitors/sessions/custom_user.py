"""A site with its own user model, run as a program; prints the users of a session as JSON."""

from __future__ import annotations

import json
import sys
from importlib import import_module

import django
from django.apps import AppConfig
from django.conf import settings


class PeopleConfig(AppConfig):
    name = "tests.visitors.sessions"
    label = "people"


def main(database: str) -> None:
    settings.configure(
        SECRET_KEY="only-for-tests",
        AUTH_USER_MODEL="people.Person",
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": database}},
        INSTALLED_APPS=[
            "django.contrib.contenttypes",
            "django.contrib.auth",
            "django.contrib.sessions",
            "tests.visitors.sessions.custom_user.PeopleConfig",
        ],
    )
    django.setup()
    from django.contrib.sessions.models import Session
    from django.db import connection

    from landing.visitors.sessions import users
    from tests.visitors.sessions.models import Person

    with connection.schema_editor() as editor:
        editor.create_model(Person)
        editor.create_model(Session)
    ana = Person.objects.create(email="ana@example.org")
    store = import_module(settings.SESSION_ENGINE).SessionStore()
    store["_auth_user_id"] = str(ana.pk)
    store["_auth_user_backend"] = "django.contrib.auth.backends.ModelBackend"
    store["_auth_user_hash"] = ana.get_session_auth_hash()
    store.save()
    key = store.session_key
    before = users._read([key])[key]
    Person.objects.update(generation=1)
    print(json.dumps([[before, users._read([key])[key]], str(ana.pk)]))


if __name__ == "__main__":
    main(sys.argv[1])
