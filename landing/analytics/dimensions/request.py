"""Read the campaign and the language of a page view from its request.

Browsers and links may send anything. The results are printable and short, and nothing here raises.
"""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple
from urllib.parse import unquote_plus

from django.http import HttpRequest
from django.utils.translation.trans_real import parse_accept_lang_header

from ...tables.rollups import VALUE_LENGTH

#: Characters of the query string that are read. Browsers and servers permit a few thousand.
MAX_QUERY = 8192
#: The primary part of a language tag: https://www.rfc-editor.org/rfc/rfc5646#section-2.2.1
PRIMARY = re.compile(r"[a-z]{2,3}")


class Dimensions(NamedTuple):
    """The dimensions that the request of a page has; empty if unknown."""

    utm_source: str = ""
    utm_campaign: str = ""
    language: str = ""


#: The dimensions of a page view without any.
UNKNOWN = Dimensions()


def read(request: HttpRequest) -> Dimensions:
    """Return the dimensions of a request."""
    query = request.META.get("QUERY_STRING", "")
    return Dimensions(
        find_parameter(query, "utm_source"),
        find_parameter(query, "utm_campaign"),
        find_language(request.META.get("HTTP_ACCEPT_LANGUAGE", "")),
    )


def find_parameter(query: str, name: str) -> str:
    """Return the first value of a query parameter that is not empty, normalized."""
    if name not in query:
        return ""
    for parameter in query[:MAX_QUERY].split("&"):
        key, _, value = parameter.partition("=")
        if key == name and (found := normalize(unquote_plus(value, errors="replace"))):
            return found
    return ""


def normalize(value: str) -> str:
    """Return the value in lower case with single spaces, without characters that are not printed.

    So values that look the same in a link count as one.
    """
    words = " ".join(unicodedata.normalize("NFKC", value).lower().split())
    printable = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in words)
    return printable[:VALUE_LENGTH].rstrip()


def find_language(header: str) -> str:
    """Return the primary part of the preferred language, such as "de"; empty if there is none."""
    for tag, quality in parse_accept_lang_header(header):
        if quality and PRIMARY.fullmatch(primary := tag.partition("-")[0]):
            return primary
    return ""
