"""The two formats of log records: JSON lines for programs, and text for people.

A text of a client cannot forge a second record: control characters, line separators, and escape
sequences are escaped in both formats. A JSON line is valid whatever a record contains.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from math import isfinite
from typing import Any

#: Attributes of every record; the request, whose ``repr`` contains the query string; and the
#: message of Uvicorn for terminals.
_NOT_EXTRA = frozenset(
    {*vars(logging.makeLogRecord({})), "message", "asctime", "taskName", "request", "color_message"}
)
#: Django puts colors around the template of a line, if the output is a terminal.
_COLORED = re.compile(r"((?:\x1b\[[0-9;]*m)+)(.*)(\x1b\[0m)", re.DOTALL)
#: Containers in containers; deeper ones become their ``repr``.
_MAX_DEPTH = 4
_MAX_NUMBER = 2**63


class JsonFormatter(logging.Formatter):
    """One JSON object per line: standard fields, the fields in ``extra``, and ``exception``."""

    def format(self, record: logging.LogRecord) -> str:
        created = datetime.fromtimestamp(record.created, UTC)
        fields = {
            "timestamp": created.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "level": record.levelname,
            "logger": record.name,
            "pid": record.process,
            "message": plain_message(record),
        }
        if details := _format_details(self, record):
            fields["exception"] = details
        extra = sorted(vars(record).keys() - _NOT_EXTRA - fields.keys())
        fields |= {name: vars(record)[name] for name in extra}
        return json.dumps({_to_key(name): _to_field(value) for name, value in fields.items()})


class TextFormatter(logging.Formatter):
    """One line per record. A traceback follows on indented lines."""

    def format(self, record: logging.LogRecord) -> str:
        color, message, reset = _split(record)
        request_id = getattr(record, "request_id", None)
        source = f"{record.name} [{request_id}]" if request_id else record.name
        lines = [
            f"{self.formatTime(record)} {record.levelname} {escape(source)}: "
            f"{color}{escape(message)}{reset}"
        ]
        details = _format_details(self, record)
        lines += (f"    {escape(line)}" for line in details.split("\n") if line)
        return "\n".join(lines)


def escape(text: str) -> str:
    """Return the text with every character that is not printable as an escape sequence."""
    if text.isprintable():
        return text
    return "".join(
        each if each.isprintable() else each.encode("unicode_escape").decode() for each in text
    )


def plain_message(record: logging.LogRecord) -> str:
    """Return the message without colors, with the arguments behind it if they do not fit."""
    return _split(record)[1]


def _split(record: logging.LogRecord) -> tuple[str, str, str]:
    """Return the message between its color and the end of the color, which are mostly empty."""
    try:
        message = record.getMessage()
    except Exception as error:  # noqa: BLE001  a wrong argument must not lose the record
        return "", f"{_repr(record.msg)} with {_repr(record.args)} ({_repr(error)})", ""
    # Without arguments, the whole message may be of a client.
    colored = _COLORED.fullmatch(str(record.msg)) if record.args else None
    if colored is None:
        return "", message, ""
    color, reset = colored[1], colored[3]
    return color, message[len(color) : -len(reset)], reset


def _format_details(formatter: logging.Formatter, record: logging.LogRecord) -> str:
    """Return the traceback and the stack; empty if the record has neither."""
    parts = [formatter.formatException(record.exc_info)] if record.exc_info else []
    if record.stack_info:
        parts.append(formatter.formatStack(record.stack_info))
    return "\n".join(parts)


def _to_field(value: object) -> Any:
    """Return a value of ``extra`` for JSON. If it raises, its type must not lose the record."""
    try:
        return _to_json(value)
    except Exception:  # noqa: BLE001  a lazy object, or a mapping of any package
        return f"<{type(value).__name__}>"


def _to_json(value: Any, depth: int = 0) -> Any:
    """Return the value with everything that JSON lacks as a text."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        # A lone surrogate is not a character, and strict parsers reject it.
        return value.encode("utf-8", "backslashreplace").decode()
    if isinstance(value, int) and abs(value) < _MAX_NUMBER:
        return int(value)
    if isinstance(value, float) and isfinite(value):
        return float(value)
    if depth < _MAX_DEPTH and isinstance(value, Mapping):
        return {_to_key(key): _to_json(each, depth + 1) for key, each in value.items()}
    if depth < _MAX_DEPTH and isinstance(value, list | tuple | set | frozenset):
        return [_to_json(each, depth + 1) for each in value]
    return _to_json(_repr(value))


def _to_key(key: object) -> str:
    text: str = _to_json(key if isinstance(key, str) else _repr(key))
    return text


def _repr(value: object) -> str:
    try:
        return repr(value)
    except Exception:  # noqa: BLE001  a class of any package
        return f"<{type(value).__name__}>"
