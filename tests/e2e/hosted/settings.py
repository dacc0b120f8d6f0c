"""The settings of the project. Variables choose its database, its routes, and its mount."""

from __future__ import annotations

import os

SECRET_KEY = "only-for-tests-but-long-enough-to-satisfy-every-check-of-django"
ALLOWED_HOSTS = ["*"]
ROOT_URLCONF = os.environ.get("HOSTED_URLS", "tests.e2e.hosted.urls")
FORCE_SCRIPT_NAME = os.environ.get("HOSTED_SCRIPT_NAME")
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "landing",
]
MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        # The installed package has its templates in itself.
        "DIRS": ["templates"],
        "APP_DIRS": True,
    }
]
DATABASES = {
    "default": {"ENGINE": "django.db.backends.sqlite3", "NAME": os.environ.get("HOSTED_DATABASE")}
}
LANGUAGES = [("en", "English"), ("de", "German")]
USE_TZ = True
STATIC_URL = "static/"
LIVE_USER_COUNTER = {
    "HEARTBEAT_SECONDS": 1,
    "LEASE_SECONDS": 3,
    "LINGER_SECONDS": 1,
    "REDIS_URL": os.environ.get("HOSTED_REDIS_URL", ""),
    "COUNT_HEADLESS_BROWSERS": True,
}
