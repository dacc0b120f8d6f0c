"""The settings of a project; the arguments of a program choose what it has."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import django
from django.apps import AppConfig
from django.conf import settings

from landing_site.environment import derived_settings
from landing_site.environment.database_url import parse_database_url
from tests.services.site import ROOT

MIDDLEWARE = {
    "sessions": "django.contrib.sessions.middleware.SessionMiddleware",
    "auth": "django.contrib.auth.middleware.AuthenticationMiddleware",
    "messages": "django.contrib.messages.middleware.MessageMiddleware",
}
#: Apps with a context processor that Django's admin needs.
PROCESSORS = ("auth", "messages")


class MembersConfig(AppConfig):
    name = "tests.other_projects"
    label = "members"


class Router:
    """Keeps the tables of the counter in a database of their own."""

    def db_for_read(self, model: Any, **hints: Any) -> str:
        return _database(model._meta.app_label)

    db_for_write = db_for_read

    def allow_migrate(self, db: str, app_label: str, **hints: Any) -> bool:
        return db == _database(app_label)


def _database(app_label: str) -> str:
    return "counter" if app_label == "landing" else "default"


def set_up(
    directory: Path, *apps: str, user: str = "", is_split: bool = False, postgres_url: str = ""
) -> None:
    """Configure a project with these apps of Django, and create its tables.

    ``user`` is the name of its user model. ``is_split``: the counter has its own database. All
    databases are SQLite files, unless the only one is on PostgreSQL.
    """
    names = ("default", "counter") if is_split else ("default",)
    processors = [
        f"django.contrib.{app}.context_processors.{app}" for app in PROCESSORS if app in apps
    ]
    settings.configure(
        DEBUG=True,
        SECRET_KEY="only-for-tests",
        ALLOWED_HOSTS=["testserver"],
        DATABASES={
            name: _postgres(postgres_url) if postgres_url else _sqlite(directory / name)
            for name in names
        },
        # The users have no migrations, and Django creates such tables first.
        MIGRATION_MODULES=dict.fromkeys(apps),
        DATABASE_ROUTERS=[f"{__name__}.Router"] if is_split else [],
        INSTALLED_APPS=[
            *(f"django.contrib.{app}" for app in apps),
            *([f"{__name__}.MembersConfig"] if user else []),
            "landing",
        ],
        MIDDLEWARE=[
            *(MIDDLEWARE[app] for app in MIDDLEWARE if app in apps),
            "landing.middleware.VisitorMiddleware",
        ],
        ROOT_URLCONF="tests.other_projects.routes",
        TEMPLATES=[
            {
                "BACKEND": "django.template.backends.django.DjangoTemplates",
                "DIRS": [ROOT / "templates"],
                "APP_DIRS": True,
                "OPTIONS": {
                    "context_processors": [
                        "django.template.context_processors.request",
                        *processors,
                    ]
                },
            }
        ],
        STATIC_URL="static/",
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        USE_TZ=True,
        **({"AUTH_USER_MODEL": f"members.{user}"} if user else {}),
    )
    django.setup()
    from django.core.management import call_command

    for name in names:
        call_command("migrate", database=name, run_syncdb=True, verbosity=0)


def _postgres(url: str) -> Any:
    return derived_settings.build_database(parse_database_url(url))


def _sqlite(path: Path) -> dict[str, Any]:
    return {"ENGINE": "django.db.backends.sqlite3", "NAME": path}
