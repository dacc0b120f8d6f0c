"""Variables of an orchestrator are ignored, and misspelled settings are refused."""

from __future__ import annotations

from typing import get_type_hints

import pytest
from django.core.exceptions import ImproperlyConfigured

from landing import conf
from landing_site.environment import derived_settings
from landing_site.environment.unknown_variables import is_injected
from landing_site.environment.variables import Environment

#: The variables of a Kubernetes service and of a Docker link, in all their forms.
INJECTED = {
    "PORT": "tcp://10.0.0.7:80",
    "SERVICE_HOST": "10.0.0.7",
    "SERVICE_PORT": "80",
    "SERVICE_PORT_HTTP": "80",
    "SERVICE_PORT_HTTP_ALT_2": "8080",
    "PORT_80_TCP": "tcp://10.0.0.7:80",
    "PORT_80_TCP_PROTO": "tcp",
    "PORT_80_TCP_PORT": "80",
    "PORT_80_TCP_ADDR": "10.0.0.7",
    "PORT_53_UDP_ADDR": "fd00::7",
    "PORT_9999_SCTP": "sctp://[fd00::7]:9999",
    "PORT_80_TCP_START": "tcp://10.0.0.7:80",
    "PORT_80_TCP_PORT_END": "90",
    "ENV_PATH": "/usr/bin:/bin",
    "ENV_npm_config_loglevel": "warn",
    "ENV_discovery.type": "single-node",
    "ENV_affinity:container": "==landing",
    "NAME": "/web/landing",
}


def read(**variables: str) -> dict[str, object]:
    return derived_settings.read_app_settings(Environment(variables), debug=False)


@pytest.mark.parametrize("service", ["LANDING", "LANDING_PAGE", "LANDING_1", "LANDING_PAGE.V2"])
def test_the_variables_of_a_service_are_ignored(service: str) -> None:
    variables = {f"{service}_{ending}": value for ending, value in INJECTED.items()}

    assert read(**variables, LANDING_LEASE_SECONDS="30")["LEASE_SECONDS"] == 30
    assert read(**variables) == read()


@pytest.mark.parametrize("value", ["tcp://10.0.0.7:25", "tcp://[fd00::7]:25", "udp://10.0.0.7:25"])
def test_a_service_may_have_the_name_of_another_setting(value: str) -> None:
    assert Environment({"EMAIL_PORT": value}).whole_number("EMAIL_PORT", 587) == 587
    assert read(LANDING_METRICS_PORT=value) == read()
    with pytest.raises(ImproperlyConfigured, match="EMAIL_PORT must be a whole number"):
        Environment({"EMAIL_PORT": "smtp"}).whole_number("EMAIL_PORT", 587)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("LANDING_PORT", "8000"),
        ("LANDING_PAGE_PORT", "http://10.0.0.7"),
        ("LANDING_NAME", "Here, now"),
        ("LANDING_SERVICE_HOSTS", "10.0.0.7"),
        ("LANDING_PORT_80", "80"),
    ],
)
def test_a_similar_variable_of_one_s_own_is_refused(name: str, value: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=f"^{name} is not a setting"):
        read(**{name: value})


@pytest.mark.parametrize(
    "name",
    [
        "landing_linger_seconds",
        "Landing_Linger_Seconds",
        "landing-linger-seconds",
        "LANDING_LINGER_SECOND",
        "LANDING__LINGER_SECONDS",
        "LANDINGLINGER_SECONDS",
        "LANDNG_LINGER_SECONDS",
        "LANDINGS_LINGER_SECONDS",
    ],
)
def test_a_misspelled_setting_is_refused_with_the_right_name(name: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="Did you mean LANDING_LINGER_SECONDS"):
        read(**{name: "1"})


def test_a_name_that_resembles_no_setting_gets_no_suggestion() -> None:
    with pytest.raises(ImproperlyConfigured, match=r"See docs/configuration\.md"):
        read(LANDING_X="1")


@pytest.mark.parametrize("name", ["BRANDING_RETENTION_DAYS", "STAGING_PORT", "LEASE_SECONDS"])
def test_a_variable_of_another_program_is_ignored(name: str) -> None:
    assert read(**{name: "1"}) == read()


def test_no_setting_of_the_app_has_a_name_that_is_injected() -> None:
    for name in get_type_hints(conf.LandingSettings):
        assert not is_injected(name, "1")


def test_what_a_link_injects_under_the_name_of_a_setting_is_ignored() -> None:
    assert read(LANDING_VISITOR_COOKIE_NAME="/web/landing-visitor-cookie") == read()
