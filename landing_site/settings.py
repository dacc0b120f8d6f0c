"""The site's settings, read once from the environment.

``docs/configuration.md`` describes each variable. :mod:`landing_site.environment` parses it, and
computes the settings that take more than parsing. The defaults of the app's settings are in
:mod:`landing.conf`; here they are set only if the environment sets them.
"""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path

from landing import conf
from landing_site.environment import derived_settings
from landing_site.environment.variables import Environment
from landing_site.logs import logging_config

BASE_DIR = Path(__file__).resolve().parent.parent
env = Environment(os.environ)

# --- Mode and identity

DEBUG = env.boolean("DEBUG", default=False)
SECRET_KEY = derived_settings.choose_secret_key(env.text("SECRET_KEY"), debug=DEBUG)
# Separated by spaces, because keys may contain commas.
SECRET_KEY_FALLBACKS = env.text("SECRET_KEY_FALLBACKS").split()

ALLOWED_HOSTS = env.hosts("ALLOWED_HOSTS", ["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.origins("CSRF_TRUSTED_ORIGINS")

# The path that links, cookies, and static files begin with. None: that of the server.
FORCE_SCRIPT_NAME = env.root_path("FORCE_SCRIPT_NAME")

# --- The app's settings: the variables LANDING_*, without that prefix

LIVE_USER_COUNTER = {
    "BASE_TEMPLATE": "landing/app_page.html",
    "PROCESS_TUNING": True,  # the process serves nothing else
    "SCRIPT": "module",  # the storage below replaces the names in import statements
    **derived_settings.read_app_settings(env, debug=DEBUG),
}
_app = conf.LandingSettings(**conf.with_full_names(LIVE_USER_COUNTER))

# --- Apps and requests

INSTALLED_APPS = [
    "servestatic",  # before daphne, because its runserver wraps that of daphne
    "daphne",
    "landing_site.apps.LimitedAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "channels",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "axes",
    "landing",
]

MIDDLEWARE = [
    "landing_site.middleware.security_headers.SecurityHeadersMiddleware",
    "landing_site.middleware.hosts.HostMiddleware",
    "landing_site.middleware.redirects.RedirectMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "landing_site.admin.login_limits.LoginLimitMiddleware",
    "servestatic.middleware.ServeStaticMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "landing_site.middleware.language.LanguageMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "landing.middleware.VisitorMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "axes.middleware.AxesMiddleware",
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
                "landing_site.context_processors.base_template",
            ],
        },
    },
]

# For runserver. Daphne takes the same limits as options (see Procfile).
DAPHNE_WEBSOCKET_MAX_MESSAGE_SIZE = DAPHNE_WEBSOCKET_MAX_FRAME_SIZE = 64 * 1024

# --- Database

_sqlite = {"ENGINE": "django.db.backends.sqlite3", "NAME": str(BASE_DIR / "db.sqlite3")}
DATABASES = {"default": derived_settings.build_database(env.database("DATABASE_URL", _sqlite))}

DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Redis, for presence and the channel layer. Without it, only one process can serve.

REDIS_URL = env.redis_url("REDIS_URL")
CHANNEL_LAYERS = derived_settings.build_channel_layers(REDIS_URL, _app.LANDING_REDIS_PREFIX)

# --- Language and time

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("de", "German"), ("es", "Spanish"), ("ar", "Arabic")]
LOCALE_PATHS = [BASE_DIR / "locale"]
# Only a visitor who selects a language in the footer gets this cookie.
LANGUAGE_COOKIE_AGE = 365 * 24 * 60 * 60
LANGUAGE_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_SAMESITE = "Lax"
LANGUAGE_COOKIE_PATH = SESSION_COOKIE_PATH = CSRF_COOKIE_PATH = f"{FORCE_SCRIPT_NAME or ''}/"
TIME_ZONE = env.time_zone("TIME_ZONE", "UTC")
USE_TZ = True
USE_I18N = True
# Dates and times in the admin, whose language is English.
FORMAT_MODULE_PATH = "landing_site.formats"

# --- Static files: with DEBUG from the sources, else hashed and cached forever

STATIC_URL = "static/"
STATIC_ROOT = Path(env.text("STATIC_ROOT", str(BASE_DIR / "staticfiles")))
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "landing_site.static_files.HashedStaticFilesStorage"},
}
SERVESTATIC_ALLOW_ALL_ORIGINS = False

# --- Security. The operator turns on whatever needs TLS.

SESSION_COOKIE_SECURE = env.boolean("SESSION_COOKIE_SECURE", default=not DEBUG)
CSRF_COOKIE_SECURE = env.boolean("CSRF_COOKIE_SECURE", default=not DEBUG)
LANGUAGE_COOKIE_SECURE = SESSION_COOKIE_SECURE
SECURE_SSL_REDIRECT = env.boolean("SECURE_SSL_REDIRECT", default=False)
# Scrapers reach a process without its proxy, so without TLS.
SECURE_REDIRECT_EXEMPT = [r"^metrics$"]
SECURE_HSTS_SECONDS = env.whole_number("SECURE_HSTS_SECONDS", 0)
SECURE_HSTS_INCLUDE_SUBDOMAINS = env.boolean("SECURE_HSTS_INCLUDE_SUBDOMAINS", default=False)
SECURE_HSTS_PRELOAD = env.boolean("SECURE_HSTS_PRELOAD", default=False)
SECURE_PROXY_SSL_HEADER = derived_settings.build_proxy_ssl_header(
    env.header("SECURE_PROXY_SSL_HEADER")
)

# Failed logins lock a network, never an account: an attacker could lock out its owner.
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
AXES_LOCKOUT_PARAMETERS = ["ip_address"]
AXES_CLIENT_IP_CALLABLE = "landing_site.admin.login_limits.find_network"
AXES_LOCKOUT_CALLABLE = "landing_site.admin.login_limits.respond_locked"
AXES_FAILURE_LIMIT = 10
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_DISABLE_ACCESS_LOG = True  # successful logins are not stored
AXES_ENABLE_ADMIN = False
AXES_VERBOSE = False

# To confirm a deletion in the admin, the browser posts one field per selected row.
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

# --- E-mail: the weekly summary. With DEBUG and without a server, messages go to the console.

EMAIL_HOST = env.text("EMAIL_HOST", "localhost")
EMAIL_USE_TLS = env.boolean("EMAIL_USE_TLS", default=False)
EMAIL_USE_SSL = env.boolean("EMAIL_USE_SSL", default=False)
_email_port = derived_settings.choose_email_port(starttls=EMAIL_USE_TLS, tls=EMAIL_USE_SSL)
EMAIL_PORT = env.port("EMAIL_PORT", _email_port)
EMAIL_HOST_USER = env.text("EMAIL_HOST_USER")
EMAIL_HOST_PASSWORD = env.text("EMAIL_HOST_PASSWORD")
DEFAULT_FROM_EMAIL = env.text("DEFAULT_FROM_EMAIL", "webmaster@localhost")
EMAIL_TIMEOUT = 20
EMAIL_BACKEND = derived_settings.choose_email_backend(
    has_server=bool(env.text("EMAIL_HOST")), debug=DEBUG
)

# --- REST API, with documentation that works offline

REST_FRAMEWORK = {
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_AUTHENTICATION_CLASSES": ["rest_framework.authentication.SessionAuthentication"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    # If this were None, DRF would trust the whole X-Forwarded-For header.
    "NUM_PROXIES": _app.LANDING_TRUSTED_PROXY_COUNT,
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "The live user counter",
    "DESCRIPTION": "How many people are here now and in the last 15 minutes, with the source.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "landing_site.api_schema.add_root_path",
    ],
    "SWAGGER_UI_DIST": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
}

# --- Logs

LOG_LEVEL = env.choice("LOG_LEVEL", logging_config.LEVELS, "INFO")
LOG_FORMAT = env.choice("LOG_FORMAT", tuple(logging_config.FORMATS), "text" if DEBUG else "json")
LOGGING = logging_config.build_config(LOG_LEVEL, LOG_FORMAT)
