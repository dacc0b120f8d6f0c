"""Parse the text of an environment variable.

Each parser raises ``ValueError`` if the text is not valid. The parsers are strict, unlike the
casts of django-environ, which read "maybe" as False and "1e999" as 1999.
"""

from __future__ import annotations

import ipaddress
import json
import math
import re
from collections.abc import Sequence
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

TRUE = frozenset({"true", "yes", "on", "1"})
FALSE = frozenset({"false", "no", "off", "0"})
#: The reason if a password makes its URL ambiguous.
ENCODE_IT = "must have #, /, ?, and @ in a password encoded as %23, %2F, %3F, and %40"


class InvalidValue(ValueError):
    """A value that is not valid, with the reason as the end of a sentence, without secrets."""


def parse_boolean(text: str) -> bool:
    """Return True or False for the words in TRUE and FALSE, in any case."""
    word = text.lower()
    if word not in TRUE | FALSE:
        raise ValueError(text)
    return word in TRUE


def parse_choice(choices: Sequence[str], text: str) -> str:
    """Return the choice that equals the text in upper or lower case."""
    for choice in choices:
        if choice.lower() == text.lower():
            return choice
    raise ValueError(text)


def parse_whole_number(text: str) -> int:
    """Return an integer that is not negative."""
    if not (text.isascii() and text.isdigit()):
        raise ValueError(text)
    return int(text)


def parse_number(text: str) -> float:
    """Return a finite number."""
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(text)
    return number


def parse_seconds(text: str) -> float:
    """Return a duration from 0 to 1,000,000 seconds, which every library accepts."""
    seconds = parse_number(text)
    if not 0 <= seconds <= 1_000_000:
        raise ValueError(text)
    return seconds


def parse_small_number(text: str) -> int:
    """Return an integer from 0 to 999,999,999, which fits into 32 bits."""
    if len(text) > 9:
        raise ValueError(text)
    return parse_whole_number(text)


def parse_port(text: str) -> int:
    """Return a port of TCP."""
    port = parse_small_number(text)
    if not 1 <= port <= 65_535:
        raise ValueError(text)
    return port


def parse_words(text: str) -> tuple[str, ...]:
    """Return the items of a comma-separated list, without the empty ones."""
    return tuple(word.strip() for word in text.split(",") if word.strip())


def parse_text_by_language(text: str) -> str | dict[str, str]:
    """Return a text, or the texts of a JSON object, which begins with ``{``."""
    if not text.startswith("{"):
        return text
    try:
        texts = json.loads(text)
    except RecursionError:
        raise ValueError(text) from None
    if not all(isinstance(each, str) for each in texts.values()):
        raise ValueError(text)
    return dict(texts)


def parse_time_zone(text: str) -> str:
    """Return the name of an IANA time zone that this machine knows."""
    try:
        ZoneInfo(text)
    except (ZoneInfoNotFoundError, OSError):
        raise ValueError(text) from None
    return text


def parse_origins(text: str) -> list[str]:
    """Return a list of origins, each of the form ``https://host[:port]``."""
    origins = parse_words(text)
    for origin in origins:
        # The parts raise ValueError for brackets and ports that no address has.
        parts = urlsplit(origin)
        is_origin = re.fullmatch(r"https?://[^\s/?#@]+", origin) and parts.hostname
        if not is_origin or parts.port == 0:
            raise ValueError(origin)
    return list(origins)


def parse_hosts(text: str) -> list[str]:
    """Return a list of hosts that Django's ``ALLOWED_HOSTS`` can match with a Host header."""
    return [_parse_host(host) for host in parse_words(text)]


def _parse_host(host: str) -> str:
    if address := re.fullmatch(r"\[([\da-f:.]+)\]", host, re.IGNORECASE):
        # Browsers send an IPv6 address in its shortest form.
        return f"[{ipaddress.IPv6Address(address[1])}]"
    if not re.fullmatch(r"\*|\.?[\w-]+(\.[\w-]+)*", host, re.ASCII):
        raise ValueError(host)
    return host


def parse_header(text: str) -> str:
    """Return the key of a request header in ``request.META``."""
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9-]*", text):
        raise ValueError(text)
    return "HTTP_" + text.upper().replace("-", "_")


def parse_root_path(text: str) -> str:
    """Return a path such as ``/app`` without its last slash; empty for the root of the host."""
    path = text.rstrip("/")
    if not re.fullmatch(r"(/[A-Za-z0-9._~-]*[A-Za-z0-9_~-])*", path):
        raise ValueError(text)
    return path


def unquote_url(text: str) -> str:
    """Return a URL without the quotes that some tools leave around it. Reject whitespace."""
    text = text.strip()
    if len(text) > 1 and text[0] == text[-1] and text[0] in "'\"":
        text = text[1:-1].strip()
    # urlsplit() would remove line breaks without a word.
    if re.search(r"[\s\x00-\x1f\x7f]|%00", text):
        raise InvalidValue("must not contain spaces, line breaks, or control characters")
    return text
