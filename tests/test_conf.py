"""The settings come from the project's dictionary; in this repository, also under full names."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest
from django.core.checks import run_checks
from django.utils import translation
from django.utils.translation import gettext, gettext_lazy
from pytest_django import Settings

from landing import conf
from landing.checks import app_settings, startup
from landing.checks.setting_names import check_dictionary, check_keys, check_names
from landing.conf.similar_names import find_similar
from tests.services.site import ROOT


@pytest.fixture
def _host(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Read the settings as the installed package does."""
    monkeypatch.setattr(conf, "LABEL", "live_user_counter")
    conf.read.cache_clear()
    conf.is_set.cache_clear()
    yield
    conf.read.cache_clear()
    conf.is_set.cache_clear()


def test_a_key_of_the_dictionary_is_a_setting(settings: Settings) -> None:
    settings.LIVE_USER_COUNTER = {"HEARTBEAT_SECONDS": 7}

    assert conf.read().LANDING_HEARTBEAT_SECONDS == 7
    assert conf.read().LANDING_LEASE_SECONDS == conf.LandingSettings().LANDING_LEASE_SECONDS
    assert conf.is_set("LANDING_HEARTBEAT_SECONDS")
    assert not conf.is_set("LANDING_LEASE_SECONDS")


def test_a_full_name_wins_over_the_dictionary(settings: Settings) -> None:
    settings.LIVE_USER_COUNTER = {"LINGER_SECONDS": 7}
    settings.LANDING_LINGER_SECONDS = 3

    assert conf.read().LANDING_LINGER_SECONDS == 3


@pytest.mark.usefixtures("_host")
def test_a_host_owns_the_full_names(settings: Settings) -> None:
    settings.LIVE_USER_COUNTER = {"LINGER_SECONDS": 7}
    settings.LANDING_LINGER_SECONDS = 3
    settings.LANDING_PAGES = ["home"]

    assert conf.read().LANDING_LINGER_SECONDS == 7
    assert not conf.is_set("LANDING_LEASE_SECONDS")
    assert check_names() == []


@pytest.mark.parametrize("value", [None, [], "HEARTBEAT_SECONDS=5", {"HEARTBEAT_SECONDS"}, 5])
def test_another_type_than_a_dictionary_is_an_error_and_has_the_defaults(
    value: Any, settings: Settings
) -> None:
    settings.LIVE_USER_COUNTER = value

    assert conf.read() == conf.LandingSettings()
    (error,) = check_dictionary()
    assert error.id == "landing.E104"
    assert error.msg.startswith("LIVE_USER_COUNTER must be a dictionary, not ")
    assert "HEARTBEAT_SECONDS=5" not in error.msg
    assert check_keys() == []


def test_an_empty_and_a_missing_dictionary_have_the_defaults(settings: Settings) -> None:
    settings.LIVE_USER_COUNTER = {}
    assert conf.read() == conf.LandingSettings()
    del settings.LIVE_USER_COUNTER
    assert conf.read() == conf.LandingSettings()
    assert [*check_dictionary(), *check_keys()] == []


@pytest.mark.parametrize(
    ("key", "message"),
    [
        (
            "HEARTBEAT_SECOND",
            'LIVE_USER_COUNTER["HEARTBEAT_SECOND"] is not a setting. '
            "Did you mean HEARTBEAT_SECONDS?",
        ),
        (
            "LANDING_LEASE_SECONDS",
            'LIVE_USER_COUNTER["LANDING_LEASE_SECONDS"] is not a setting. '
            "Did you mean LEASE_SECONDS?",
        ),
        (
            "linger-seconds",
            'LIVE_USER_COUNTER["linger-seconds"] is not a setting. Did you mean LINGER_SECONDS?',
        ),
        ("X", 'LIVE_USER_COUNTER["X"] is not a setting.'),
        (5, "LIVE_USER_COUNTER[5] is not a setting."),
        (("LINGER_SECONDS",), "LIVE_USER_COUNTER[('LINGER_SECONDS',)] is not a setting."),
    ],
)
def test_an_unknown_key_is_an_error_with_the_nearest_name(
    key: Any, message: str, settings: Settings
) -> None:
    settings.LIVE_USER_COUNTER = {key: 5}

    (error,) = check_keys()
    assert (error.id, error.msg) == ("landing.E100", message)
    assert conf.read() == conf.LandingSettings()


def test_an_unknown_full_name_is_an_error_with_the_nearest_name(settings: Settings) -> None:
    settings.LANDING_LINGER_SECOND = 5

    (error,) = check_names()
    assert error.msg == (
        "LANDING_LINGER_SECOND is not a setting. Did you mean LANDING_LINGER_SECONDS?"
    )


def test_a_list_is_a_tuple_and_a_path_is_a_text(settings: Settings, tmp_path: Path) -> None:
    file = tmp_path / "spam.txt"
    file.touch()
    settings.LIVE_USER_COUNTER = {
        "IGNORED_PATHS": ["/internal/"],
        "REFERRER_SPAM_FILE": file,
        "COUNTER_SUBTEXT": {"en": "Made in Porto"},
    }

    assert conf.read().LANDING_IGNORED_PATHS == ("/internal/",)
    assert str(file) == conf.read().LANDING_REFERRER_SPAM_FILE
    assert conf.read().LANDING_COUNTER_SUBTEXT == {"en": "Made in Porto"}
    assert run_checks(tags=["landing"]) == []


@pytest.mark.parametrize("own", ["redis://own/1", "", None])
def test_here_the_url_of_redis_is_also_a_setting_of_the_site(
    own: str | None, settings: Settings
) -> None:
    settings.REDIS_URL = "redis://site/0"
    settings.LIVE_USER_COUNTER = {"REDIS_URL": own}

    assert conf.redis_url() == (own or "redis://site/0")


@pytest.mark.usefixtures("_host")
@pytest.mark.parametrize("own", ["redis://own/1", "", None])
def test_a_host_sets_the_url_of_redis_in_the_dictionary_only(
    own: str | None, settings: Settings
) -> None:
    settings.REDIS_URL = "redis://host/0"
    settings.LIVE_USER_COUNTER = {"REDIS_URL": own}

    assert conf.redis_url() == (own or "")


def test_here_a_message_has_the_full_name() -> None:
    assert conf.spell("LANDING_LEASE_SECONDS") == "LANDING_LEASE_SECONDS"
    assert conf.spell("LANDING_REDIS_URL") == "REDIS_URL"


@pytest.mark.usefixtures("_host")
def test_in_a_host_a_message_has_the_key_of_the_dictionary() -> None:
    assert conf.spell("LANDING_LEASE_SECONDS") == 'LIVE_USER_COUNTER["LEASE_SECONDS"]'
    assert conf.spell("LANDING_REDIS_URL") == 'LIVE_USER_COUNTER["REDIS_URL"]'


def test_no_known_name_resembles_nothing() -> None:
    assert find_similar("", "LANDING_", conf.NAMES) is None


def test_no_message_writes_out_the_name_of_a_setting() -> None:
    """A string with such a name is the whole name, for :func:`conf.spell` or a table of settings.

    A message that contains more would be wrong in a host.
    """
    found = [
        f"{path.relative_to(ROOT)}:{node.lineno}: {node.value}"
        for path in sorted((ROOT / "landing").rglob("*.py"))
        if path.parent.name != "conf"
        for node in _messages(ast.parse(path.read_text()))
        if re.search("LANDING_|REDIS_URL", node.value) and node.value not in conf.NAMES
    ]
    assert found == []


def test_no_template_writes_out_the_name_of_a_setting() -> None:
    names = re.compile(r"LANDING_[A-Z]+")
    found = [
        f"{path.relative_to(ROOT)}: {name}"
        for path in sorted((ROOT / "templates" / "live_user_counter").rglob("*.*"))
        for name in names.findall(re.sub(r'"LANDING_\w+"\|counter_setting', "", path.read_text()))
    ]
    assert found == []


def _messages(tree: ast.Module) -> Iterator[ast.Constant]:
    """Yield the strings of a module, without its docstrings."""
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        is_text = isinstance(node, ast.Constant) and isinstance(node.value, str)
        if is_text and id(node) not in docstrings:
            yield cast("ast.Constant", node)


@pytest.mark.parametrize(
    ("key", "wrong"),
    [
        ("HEARTBEAT_SECONDS", "5"),
        ("HEARTBEAT_SECONDS", None),
        ("HEARTBEAT_SECONDS", True),
        ("MAX_BAD_FRAMES", 1.5),
        ("IGNORE_STAFF", 1),
        ("IGNORED_PATHS", "/internal/"),
        ("IGNORED_PATHS", ["/internal/", 5]),
        ("BRAND_NAME", 5),
        ("COUNTER_SUBTEXT", ["en"]),
        ("REDIS_URL", 6379),
    ],
)
def test_a_value_of_another_type_is_an_error_and_the_default_applies(
    key: str, wrong: Any, settings: Settings
) -> None:
    settings.LIVE_USER_COUNTER = {key: wrong}

    assert conf.read() == conf.LandingSettings()
    assert app_settings.RULES[f"LANDING_{key}"][0] in str(app_settings.check_each_setting())


@pytest.mark.parametrize(
    ("key", "value"),
    [("HEARTBEAT_SECONDS", 7), ("REDIS_URL", None), ("COUNTER_SUBTEXT", {"de": "Aus Porto"})],
)
def test_a_value_of_a_similar_type_is_used(key: str, value: Any, settings: Settings) -> None:
    settings.LIVE_USER_COUNTER = {key: value}

    assert getattr(conf.read(), f"LANDING_{key}") == value


def test_a_lazy_text_is_translated_by_each_page(settings: Settings) -> None:
    with translation.override("de"):
        settings.LIVE_USER_COUNTER = {
            "HEADLINE": gettext_lazy("How many of us are here?"),
            "COUNTER_SUBTEXT": {"en": gettext_lazy("How many of us are here?")},
        }
        assert conf.read().LANDING_HEADLINE == "How many of us are here?"
        assert gettext(conf.read().LANDING_HEADLINE) != "How many of us are here?"
    assert conf.read().LANDING_COUNTER_SUBTEXT == {"en": "How many of us are here?"}
    assert app_settings.check_each_setting() == []


@pytest.mark.usefixtures("_host")
def test_a_server_of_a_host_logs_the_errors_once(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    settings.LIVE_USER_COUNTER = {"LINGER": 3, "LEASE_SECONDS": "long"}
    startup.log_findings.cache_clear()

    startup.log_findings()
    startup.log_findings()

    logged = [record.getMessage() for record in caplog.records if record.levelname == "ERROR"]
    unknown, wrong = logged
    assert 'LIVE_USER_COUNTER["LINGER"] is not a setting. Did you mean LINGER_SECONDS?' in unknown
    assert 'LIVE_USER_COUNTER["LEASE_SECONDS"] must be a number' in wrong


@pytest.mark.usefixtures("_host")
@pytest.mark.parametrize("middleware", [[], ["landing.middleware.VisitorMiddleware"]])
def test_a_server_of_a_host_logs_who_counts_as_one_person(
    middleware: list[str], settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    settings.LIVE_USER_COUNTER = {}
    settings.MIDDLEWARE = middleware
    startup.log_findings.cache_clear()

    with caplog.at_level("INFO"):
        startup.log_findings()

    assert ("one person" in caplog.text) is not bool(middleware)
    assert {record.levelname for record in caplog.records} <= {"INFO"}


def test_the_server_of_the_site_leaves_its_errors_to_the_start(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    settings.LIVE_USER_COUNTER = {"LINGER": 3}
    startup.log_findings.cache_clear()

    startup.log_findings()

    assert not caplog.records
