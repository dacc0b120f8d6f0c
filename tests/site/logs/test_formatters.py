"""A record is one line whatever it contains, and a client cannot forge another one."""

from __future__ import annotations

import json
import logging
from collections import UserDict
from typing import Any

import pytest
from django.utils.functional import SimpleLazyObject
from hypothesis import given
from hypothesis import strategies as st

from landing_site.logs.formatters import JsonFormatter, TextFormatter, escape

LINE_BREAKS = ["\n", "\r", "\r\n", "\v", "\f", "\x1c", "\x85", "\u2028", "\u2029"]
HOSTILE = [*LINE_BREAKS, "\x1b[2J", "\x9b2J", "\b", "\0", "\u202e", "\ud800", '"}', "\\"]


class Broken:
    def __repr__(self) -> str:
        raise RuntimeError("no repr")


def record(message: object, *args: Any, **extra: Any) -> logging.LogRecord:
    made = logging.LogRecord("landing.test", logging.WARNING, "", 0, message, args, None)
    made.created, made.process = 1_769_860_800.0125, 42
    vars(made).update(extra)
    return made


def failed(text: str) -> logging.LogRecord:
    """Return a record of an exception with this text."""
    made = record("It failed")
    try:
        raise ValueError(text)
    except ValueError as error:
        made.exc_info = (ValueError, error, error.__traceback__)
    return made


def as_json(made: logging.LogRecord) -> dict[str, Any]:
    """Return the fields, after a strict check that they are one line of valid JSON."""
    line = JsonFormatter().format(made)
    assert line.isascii() and line.isprintable()

    def refuse(name: str) -> None:
        raise AssertionError(f"{name} is not JSON")

    fields: dict[str, Any] = json.loads(line, parse_constant=refuse)
    json.dumps(fields, ensure_ascii=False).encode()
    return fields


# -- JSON


def test_a_json_line_has_the_fields_of_the_record_in_utc() -> None:
    assert as_json(record("%d rows", 3)) == {
        "timestamp": "2026-01-31T12:00:00.012Z",
        "level": "WARNING",
        "logger": "landing.test",
        "pid": 42,
        "message": "3 rows",
    }


def test_extra_fields_keep_their_types_and_replace_no_other() -> None:
    fields = as_json(record("x", request_id="3f2a", rows=3, ok=True, none=None, level="low"))
    assert (fields["request_id"], fields["rows"], fields["ok"], fields["none"]) == (
        "3f2a",
        3,
        True,
        None,
    )
    assert fields["level"] == "WARNING"


def test_the_request_that_django_adds_is_left_out() -> None:
    assert "request" not in as_json(record("x", request="<ASGIRequest: GET '/?secret=1'>"))


def test_a_value_that_json_lacks_becomes_a_text() -> None:
    ring: dict[str, Any] = {}
    ring["ring"] = ring
    extra = {
        "data": b"\xff",
        "object": Broken(),
        "nan": float("nan"),
        "infinite": float("-inf"),
        "huge": 10**6000,
        "mapping": {b"key": {1}, Broken(): ("a", "\ud800")},
        "ring": ring,
    }
    fields = as_json(record("x", **extra))
    assert fields["data"] == "b'\\xff'"
    assert fields["object"] == "<Broken>"
    assert (fields["nan"], fields["infinite"], fields["huge"]) == ("nan", "-inf", "<int>")
    assert fields["mapping"] == {"b'key'": [1], "<Broken>": ["a", "\\ud800"]}
    assert "{...}" in json.dumps(fields["ring"])


class BrokenMapping(UserDict[str, str]):
    def items(self) -> Any:
        raise RuntimeError("no items")


def test_a_value_that_raises_does_not_lose_the_record() -> None:
    def evaluate() -> str:
        raise RuntimeError("no database")

    fields = as_json(record("x", user=SimpleLazyObject(evaluate), rows=BrokenMapping(a="b"), ok=1))
    assert (fields["message"], fields["ok"]) == ("x", 1)
    assert (fields["user"], fields["rows"]) == ("<SimpleLazyObject>", "<BrokenMapping>")


def test_an_exception_is_one_field() -> None:
    fields = as_json(failed("first\nsecond"))
    assert fields["exception"].startswith("Traceback (most recent call last):\n")
    assert fields["exception"].endswith("ValueError: first\nsecond")


@given(st.text(), st.text() | st.binary() | st.floats() | st.dictionaries(st.text(), st.floats()))
def test_any_text_and_any_value_is_one_valid_json_line(text: str, value: Any) -> None:
    fields = as_json(record("%s", text, value=value))
    assert fields["message"] == text.encode("utf-8", "backslashreplace").decode()


# -- text


def test_a_text_line_has_time_level_logger_and_message() -> None:
    line = TextFormatter().format(record("%d rows", 3))
    assert line.endswith(" WARNING landing.test: 3 rows")
    with_id = TextFormatter().format(record("x", request_id="3f2a"))
    assert with_id.endswith(" WARNING landing.test [3f2a]: x")


@pytest.mark.parametrize("hostile", HOSTILE)
def test_a_client_cannot_forge_a_line_or_control_the_terminal(hostile: str) -> None:
    message = f"/path{hostile}2026-01-31 12:00:00,000 ERROR landing: forged"
    for made in (record("Not Found: %s", message), record(message)):
        line = TextFormatter().format(made)
        assert line.isprintable()
        assert "ERROR landing: forged" in line
        as_json(made)


@pytest.mark.parametrize("hostile", HOSTILE)
def test_each_line_of_a_traceback_is_indented_and_printable(hostile: str) -> None:
    first, *others = TextFormatter().format(failed(f"bad{hostile}2026 forged")).split("\n")
    assert first.endswith("landing.test: It failed")
    assert all(line.startswith("    ") and line.isprintable() for line in others)


def test_colors_of_a_template_stay_and_those_of_its_arguments_do_not() -> None:
    made = record("\x1b[32;1mHTTP %(path)s\x1b[0m", {"path": "/\x1b[31m"})
    assert TextFormatter().format(made).endswith(": \x1b[32;1mHTTP /\\x1b[31m\x1b[0m")
    assert as_json(made)["message"] == "HTTP /\x1b[31m"
    uncolored = record("\x1b[32;1mwhole message\x1b[0m")
    assert TextFormatter().format(uncolored).isprintable()


def test_a_wrong_argument_does_not_lose_the_record() -> None:
    for made in (record("%d rows", "x\n"), record("%s %s", "one"), record(Broken())):
        assert TextFormatter().format(made).isprintable()
        assert as_json(made)["message"]
    assert "%d rows" in as_json(record("%d rows", "three"))["message"]


def test_printable_texts_of_any_language_stay_as_they_are() -> None:
    assert escape("Grüße, 世界 🎉") == "Grüße, 世界 🎉"
