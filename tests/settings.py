"""The site's settings in a clean environment, for the tests."""

from __future__ import annotations

import atexit
import os
import shutil
import sys
import tempfile

from landing import conf

SITE_VARIABLES = {
    "ALLOWED_HOSTS",
    "CSRF_COOKIE_SECURE",
    "CSRF_TRUSTED_ORIGINS",
    "REDIS_URL",
    "SECRET_KEY_FALLBACKS",
    "SECURE_HSTS_INCLUDE_SUBDOMAINS",
    "SECURE_HSTS_PRELOAD",
    "SECURE_HSTS_SECONDS",
    "SECURE_PROXY_SSL_HEADER",
    "SECURE_SSL_REDIRECT",
    "SESSION_COOKIE_SECURE",
    "STATIC_ROOT",
    "TIME_ZONE",
}
for name in list(os.environ):
    if name in SITE_VARIABLES or name.startswith(conf.PREFIX):
        del os.environ[name]

directory = tempfile.mkdtemp(prefix="landing-tests-")
atexit.register(shutil.rmtree, directory, ignore_errors=True)
# pytest loads the settings before it parses --database. The processes of a parallel run get the
# URL of the shared server from the process that started them.
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
    # A file, as in production: SQLite locks an in-memory database differently.
    DATABASES["default"]["TEST"] = {"NAME": f"{directory}/test.sqlite3"}

PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.MD5PasswordHasher"
]  # fast, and there is nothing to protect

# Unit tests use the source files. Tests of real server processes use the hashed ones.
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
SERVESTATIC_USE_FINDERS = True
