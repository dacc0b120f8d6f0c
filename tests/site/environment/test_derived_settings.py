"""Settings that take more than parsing one environment variable."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from landing_site.environment import derived_settings
from landing_site.environment.variables import Environment

SQLITE = {"ENGINE": "django.db.backends.sqlite3", "NAME": "/srv/site.sqlite3"}
POSTGRES = {"ENGINE": "django.db.backends.postgresql", "NAME": "site"}


@pytest.mark.parametrize("given", ["", derived_settings.DEVELOPMENT_KEY])
def test_production_needs_a_secret_key_of_its_own(given: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=r"^SECRET_KEY is "):
        derived_settings.choose_secret_key(given, debug=False)

    assert derived_settings.choose_secret_key(given, debug=True) == derived_settings.DEVELOPMENT_KEY


@pytest.mark.parametrize("debug", [True, False])
def test_a_given_secret_key_is_used(debug: bool) -> None:
    assert derived_settings.choose_secret_key("a long text", debug=debug) == "a long text"


@pytest.mark.parametrize("debug", [True, False])
@pytest.mark.parametrize("name", ["LANDING_SIMULATED_FALLBACK", "LANDING_COUNT_HEADLESS_BROWSERS"])
def test_demo_data_and_headless_browsers_are_for_development_by_default(
    name: str, debug: bool
) -> None:
    unset, asked = Environment({}), Environment({name: str(not debug)})
    key = name.removeprefix("LANDING_")

    assert derived_settings.read_app_settings(unset, debug=debug)[key] is debug
    assert derived_settings.read_app_settings(asked, debug=debug)[key] is not debug


@pytest.mark.parametrize(
    ("config", "options"),
    [(SQLITE, derived_settings.SQLITE_OPTIONS), (POSTGRES, derived_settings.POSTGRES_OPTIONS)],
)
def test_a_database_gets_the_options_of_its_engine(
    config: dict[str, Any], options: dict[str, Any]
) -> None:
    database = derived_settings.build_database(config)

    assert database == {**config, "CONN_MAX_AGE": 0, "OPTIONS": options}


def test_options_of_the_database_url_win() -> None:
    given = {
        **POSTGRES,
        "CONN_MAX_AGE": 60,
        "OPTIONS": {"connect_timeout": 1, "sslmode": "require"},
    }

    database = derived_settings.build_database(given)

    assert database["CONN_MAX_AGE"] == 60
    assert database["OPTIONS"] == {
        **derived_settings.POSTGRES_OPTIONS,
        "connect_timeout": 1,
        "sslmode": "require",
    }


def test_the_channel_layer_is_in_redis_only_with_a_url() -> None:
    in_memory = derived_settings.build_channel_layers("", "shop")["default"]
    in_redis = derived_settings.build_channel_layers("redis://host", "shop")["default"]

    assert in_memory == {"BACKEND": "channels.layers.InMemoryChannelLayer"}
    assert in_redis["CONFIG"] == {"hosts": ["redis://host"], "prefix": "shop"}


def test_the_proxy_header_reports_https() -> None:
    header = "HTTP_X_FORWARDED_PROTO"
    assert derived_settings.build_proxy_ssl_header(header) == (header, "https")
    assert derived_settings.build_proxy_ssl_header(None) is None


@pytest.mark.parametrize(
    ("starttls", "tls", "port"), [(False, False, 25), (True, False, 587), (False, True, 465)]
)
def test_mail_has_the_usual_port_of_its_encryption(starttls: bool, tls: bool, port: int) -> None:
    assert derived_settings.choose_email_port(starttls=starttls, tls=tls) == port


def test_mail_has_at_most_one_encryption() -> None:
    with pytest.raises(ImproperlyConfigured, match="EMAIL_USE_TLS and EMAIL_USE_SSL must not both"):
        derived_settings.choose_email_port(starttls=True, tls=True)


@pytest.mark.parametrize(
    ("has_server", "debug", "backend"),
    [(False, True, "console"), (True, True, "smtp"), (False, False, "smtp"), (True, False, "smtp")],
)
def test_mail_goes_to_the_console_in_development_without_a_server(
    has_server: bool, debug: bool, backend: str
) -> None:
    chosen = derived_settings.choose_email_backend(has_server=has_server, debug=debug)
    assert chosen == f"django.core.mail.backends.{backend}.EmailBackend"
