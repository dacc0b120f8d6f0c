"""The settings under test: the site's own, read from a clean environment."""

from __future__ import annotations

import atexit
import os
import shutil
import sys
import tempfile

from landing import conf

OF_THE_SITE = {
    "ALLOWED_HOSTS",
    "CSRF_TRUSTED_ORIGINS",
    "REDIS_URL",
    "SECURE_HSTS_SECONDS",
    "SECURE_PROXY_SSL_HEADER",
    "SECURE_SSL_REDIRECT",
    "STATIC_ROOT",
    "TIME_ZONE",
}
for name in list(os.environ):
    if name in OF_THE_SITE or name.startswith(conf.PREFIX):
        del os.environ[name]

directory = tempfile.mkdtemp(prefix="landing-tests-")
atexit.register(shutil.rmtree, directory, ignore_errors=True)
# Settings are read before any conftest can say which option was given, and those who run
# tests side by side have it from whoever started them, with the server.
shared = os.environ.get("TESTS_POSTGRES_URL")
on_postgres = shared is not None or "--database=postgres" in sys.argv
if on_postgres:
    from tests.services import postgres

    database_url = os.environ["TESTS_POSTGRES_URL"] = shared or postgres.url()
else:
    database_url = f"sqlite:///{directory}/db.sqlite3"
os.environ.update(DEBUG="false", SECRET_KEY="only-for-tests", DATABASE_URL=database_url)

from landing_site.settings import *  # noqa: E402, F403
from landing_site.settings import DATABASES, STORAGES  # noqa: E402

if not on_postgres:
    # A file, as in production: SQLite in memory locks in its own way.
    DATABASES["default"]["TEST"] = {"NAME": f"{directory}/test.sqlite3"}

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # fast; nothing to protect

# Unit tests render from the sources; hashed names are tested on real processes.
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
SERVESTATIC_USE_FINDERS = True
