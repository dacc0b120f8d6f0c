"""Programs and people, distinguished by their user agents."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings

from landing.visitors import bots
from landing.visitors.bots import is_program
from tests.visitors.user_agents import CHROME, HEADLESS, PEOPLE, PROGRAMS


def test_bots_previewers_and_tools_are_programs() -> None:
    assert [agent for agent in PROGRAMS if not is_program(agent)] == []


def test_browsers_apps_and_devices_are_people() -> None:
    assert [agent for agent in PEOPLE if is_program(agent)] == []


@pytest.mark.parametrize(
    "user_agent", ["", " \t", "-", "MyApp", "Mozilla/5.0", "\x00", "x" * 60_000]
)
def test_a_client_that_names_nothing_is_a_program(user_agent: str) -> None:
    assert is_program(user_agent)


# -- names


@pytest.mark.parametrize(
    "model",
    ["CUBOT KING KONG", "XBot Junior", "Robot 7", "Spider 8", "Crawler Monitor", "Scan(2) Bot"],
)
def test_a_device_may_have_the_name_of_a_program(model: str) -> None:
    assert not is_program(f"Mozilla/5.0 (Linux; Android 13; {model}) Chrome/120.0.0.0 Mobile")
    assert not is_program(
        f"UCWEB/2.0 (MIDP-2.0; U; Adr 4.4.2; en-US; {model}) U2/1.0.0 UCBrowser/9.4 Mobile"
    )
    assert not is_program(
        "Mozilla/5.0 (iPhone) AppleWebKit/605.1 Mobile/15E148 "
        f"[FBAN/FBIOS;FBDV/{model};FBCR/Bot Telecom;FBLC/de_DE]"
    )


@pytest.mark.parametrize(
    "name",
    [
        "Foobot/2.1",
        "foo-crawler",
        "(compatible; FooSpider)",
        "Foo (+https://foo.example)",
        "Foo me@foo.example",
    ],
)
def test_a_program_that_pretends_to_be_a_phone_may_name_itself_elsewhere(name: str) -> None:
    agent = "Mozilla/5.0 (Linux; Android 13; SM-A127F) AppleWebKit/537.36 Chrome/120.0.0.0 Mobile"
    assert is_program(f"{agent} {name}")
    assert is_program(f"{name} {agent}")


@pytest.mark.parametrize("name", ["Kimi-User/1.0", "NovaAct", "omgili/0.5; en"])
def test_a_comment_behind_the_browser_names_a_program(name: str) -> None:
    assert is_program(f"{CHROME} (compatible; {name})")
    assert not is_program(f"{CHROME} ({name})")


@pytest.mark.parametrize("name", ["BuzzFeed/2024.11", "Presearch/3.2", "InspectBrowser"])
def test_an_app_may_have_a_word_of_a_program_in_its_name(name: str) -> None:
    assert not is_program(f"{CHROME} {name}")


@pytest.mark.parametrize(
    "word", ["Abbott", "Botany", "Caboto", "Scandinavian", "Agenda", "Curling"]
)
def test_a_longer_word_is_not_a_name(word: str) -> None:
    assert not is_program(f"{CHROME} {word}/1.0")


# -- settings


def test_the_site_may_name_more_programs_and_more_people(settings: Settings) -> None:
    kiosk, bank = f"{CHROME} Kiosk/3", f"{CHROME} BankBot/2 (+https://bank.example)"
    assert (is_program(kiosk), is_program(bank)) == (False, True)

    settings.LANDING_BOT_PATTERNS = (r"\bkiosk/\d",)
    settings.LANDING_NOT_BOT_PATTERNS = ["^foo$", "BankBot"]

    assert (is_program(kiosk), is_program(bank)) == (True, False)
    assert is_program("Mozilla/5.0 (compatible; Otherbot/1.0)")


def test_a_person_named_by_the_site_wins_over_a_program(settings: Settings) -> None:
    settings.LANDING_BOT_PATTERNS = settings.LANDING_NOT_BOT_PATTERNS = ("chrome",)
    assert not is_program(CHROME)


def test_the_site_may_name_an_empty_user_agent_a_person(settings: Settings) -> None:
    settings.LANDING_NOT_BOT_PATTERNS = ("^$",)
    assert not is_program("")
    assert is_program("curl/8.5.0")


@pytest.mark.parametrize("user_agent", HEADLESS)
def test_a_headless_browser_counts_only_with_its_setting(
    user_agent: str, settings: Settings
) -> None:
    assert is_program(user_agent)
    settings.LANDING_COUNT_HEADLESS_BROWSERS = True
    assert not is_program(user_agent)


def test_a_named_program_never_counts(settings: Settings) -> None:
    settings.LANDING_COUNT_HEADLESS_BROWSERS = True
    assert [agent for agent in PROGRAMS if not is_program(agent)] == []


# -- bounds


def test_only_the_start_of_a_long_user_agent_is_searched_and_cached() -> None:
    bots._is_program.cache_clear()
    long = CHROME + " " * bots.MAX_AGENT_LENGTH
    for ending in ("a", "b", "Googlebot/2.1"):
        assert not is_program(long + ending)

    assert bots._is_program.cache_info().currsize == 1


def test_the_cache_of_user_agents_is_bounded() -> None:
    bots._is_program.cache_clear()
    for number in range(bots.CACHED_AGENTS + 10):
        is_program(f"curl/{number}")

    assert bots._is_program.cache_info().currsize == bots.CACHED_AGENTS


PARTS = (
    "(",
    ")",
    "()",
    "[fb",
    "@a",
    "a-",
    "a.",
    "-google",
    "google ",
    "like gecko;",
    "1/",
    " ",
    "mozilla/5.0 (",
)


@given(st.lists(st.sampled_from(PARTS) | st.text(max_size=3), max_size=8), st.integers(1, 2000))
def test_any_text_gets_an_answer(parts: list[str], times: int) -> None:
    assert is_program("".join(parts) * times) in (True, False)


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("start", ["", "Mozilla/5.0 ", "mozilla/5.0 (compatible; "])
def test_no_text_takes_long(start: str, part: str) -> None:
    """Most of three attempts are fast. A search that backtracks would take minutes."""
    text = (start + part * bots.MAX_AGENT_LENGTH)[: bots.MAX_AGENT_LENGTH]

    def seconds() -> float:
        began = time.perf_counter()
        bots._is_program.__wrapped__(text)
        return time.perf_counter() - began

    assert sorted(seconds() for _ in range(3))[1] < 0.5
