"""Every setting of the site, read once from the environment.

``docs/configuration.md`` describes each variable; :mod:`landing_site.environment`
refuses odd values. The app's own tunables keep their defaults in
:mod:`landing.conf`; here they are set only where the environment sets them.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, get_type_hints

from django.core.exceptions import ImproperlyConfigured

from landing import conf
from landing_site import environment as env

BASE_DIR = Path(__file__).resolve().parent.parent

# --- Mode and identity of the site

DEBUG = env.boolean("DEBUG", default=False)

DEVELOPMENT_KEY = "django-insecure-for-development-only-never-in-production"
SECRET_KEY = env.text("SECRET_KEY", DEVELOPMENT_KEY if DEBUG else "")
if not SECRET_KEY:
    raise ImproperlyConfigured("SECRET_KEY must be set to a long random text (or DEBUG to true).")
if SECRET_KEY == DEVELOPMENT_KEY and not DEBUG:
    raise ImproperlyConfigured("SECRET_KEY must not be the development key unless DEBUG is true.")

ALLOWED_HOSTS = env.words("ALLOWED_HOSTS", ["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.origins("CSRF_TRUSTED_ORIGINS")

# --- The app's own tunables: LANDING_*

_tunables = env.typed(conf.PREFIX, get_type_hints(conf.LandingSettings))
# Whoever works on the page sees it alive, labelled as demo data; visitors never do unasked.
_tunables.setdefault("LANDING_SIMULATED_FALLBACK", DEBUG)
globals().update(_tunables)

# --- Apps and requests

INSTALLED_APPS = [
    "servestatic",  # before daphne: its runserver wraps daphne's
    "daphne",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "channels",
    "rest_framework",
    "rest_framework_api_key",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "landing",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "servestatic.middleware.ServeStaticMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "landing_site.middleware.LanguageMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "landing.analytics.middleware.VisitorMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

ROOT_URLCONF = "landing_site.urls"
ASGI_APPLICATION = "landing_site.asgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

# runserver's limits; daphne takes the same ones as flags (see Procfile).
DAPHNE_WEBSOCKET_MAX_MESSAGE_SIZE = DAPHNE_WEBSOCKET_MAX_FRAME_SIZE = 64 * 1024

# --- Data

SQLITE_OPTIONS: dict[str, Any] = {
    # Readers do not wait for the writer, and a writer waits for its turn at BEGIN:
    # a transaction that reads first and writes later could not wait, only fail.
    "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
    "transaction_mode": "IMMEDIATE",
    "timeout": 20,
}
# Milliseconds: a host that is gone without a word is noticed, not waited for.
POSTGRES_OPTIONS: dict[str, Any] = {"connect_timeout": 5, "tcp_user_timeout": 20_000}

DATABASES = {"default": env.database("DATABASE_URL", f"sqlite:///{BASE_DIR / 'db.sqlite3'}")}
_database = DATABASES["default"]
_is_sqlite = _database["ENGINE"].endswith("sqlite3")
_database["OPTIONS"] = {
    **(SQLITE_OPTIONS if _is_sqlite else POSTGRES_OPTIONS),
    **_database.get("OPTIONS", {}),
}
# Under ASGI each request has its own thread and so its own connection: one that
# outlives the request would never be used again.
_database.setdefault("CONN_MAX_AGE", 0)

DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Redis: presence and the channel layer; without it one process serves alone

REDIS_URL = env.redis_url("REDIS_URL")
if REDIS_URL:
    CHANNEL_LAYERS: dict[str, Any] = {
        "default": {
            "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
            "CONFIG": {
                "hosts": [REDIS_URL],
                "prefix": _tunables.get(
                    "LANDING_REDIS_PREFIX", conf.LandingSettings().LANDING_REDIS_PREFIX
                ),
            },
        }
    }
else:
    CHANNEL_LAYERS = {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}

# --- Language and time

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("de", "German"), ("es", "Spanish"), ("ar", "Arabic")]
LOCALE_PATHS = [BASE_DIR / "locale"]
# Set only for who chooses a language in the footer.
LANGUAGE_COOKIE_AGE = 365 * 24 * 60 * 60
LANGUAGE_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_SAMESITE = "Lax"
LANGUAGE_COOKIE_SECURE = not DEBUG
TIME_ZONE = env.time_zone("TIME_ZONE", "UTC")
USE_TZ = True
USE_I18N = True

# --- Static files: served by this process; with DEBUG from the sources, else hashed and for good

STATIC_URL = "static/"
STATIC_ROOT = Path(env.text("STATIC_ROOT", str(BASE_DIR / "staticfiles")))
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "landing_site.storage.HashedStaticFilesStorage"},
}
SERVESTATIC_ALLOW_ALL_ORIGINS = False

# --- Security; what needs TLS in front is switched on by the operator

SESSION_COOKIE_SECURE = not DEBUG
CSRF_COOKIE_SECURE = not DEBUG
SECURE_SSL_REDIRECT = env.boolean("SECURE_SSL_REDIRECT", default=False)
SECURE_HSTS_SECONDS = env.whole_number("SECURE_HSTS_SECONDS", 0)
_proto_header = env.header("SECURE_PROXY_SSL_HEADER")
SECURE_PROXY_SSL_HEADER = (_proto_header, "https") if _proto_header else None

# The admin confirms the deletion of as many rows as it has pages for: a field for each.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 10_100

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]

# --- REST API and its documentation, which works offline

REST_FRAMEWORK = {
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_AUTHENTICATION_CLASSES": ["rest_framework.authentication.SessionAuthentication"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    # Unset, DRF would believe the whole of X-Forwarded-For.
    "NUM_PROXIES": _tunables.get(
        "LANDING_TRUSTED_PROXY_COUNT", conf.LandingSettings().LANDING_TRUSTED_PROXY_COUNT
    ),
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "The live user counter",
    "DESCRIPTION": "How many people are here right now, and where each number comes from.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
}

# --- Logs

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"},
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "INFO"},
    # Django's own handlers on top of the root's would say everything twice.
    "loggers": {
        "django": {"handlers": [], "propagate": True},
        "django.server": {"handlers": [], "propagate": True},
        # Prints a traceback each second while Redis is away; the worker says so in one line.
        "channels_redis.pubsub": {"level": "CRITICAL"},
    },
}
