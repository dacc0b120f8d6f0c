"""Names of places: a path as the counts store it, and which paths they leave out.

A place is the path of a page, or a name without a slash at its beginning, such as ``article:42``,
which a developer chose. The empty text is elsewhere: no page that has a name.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import cache
from urllib.parse import unquote

from django.conf import settings
from django.core.signals import setting_changed
from django.http import HttpRequest
from django.urls import NoReverseMatch, get_script_prefix, reverse
from django.utils.encoding import escape_uri_path

from .. import conf

ELSEWHERE = ""
#: Longest name, in bytes of UTF-8.
MAX_BYTES = 200
#: Longer paths have no place. Percent-encoding triples the length of a name.
MAX_PATH_LENGTH = 4096
#: A path that is encoded more often has no place.
MAX_DECODINGS = 3
#: Invisible characters that words of some languages and emoji need.
_JOINERS = dict.fromkeys(map(ord, "\N{ZERO WIDTH NON-JOINER}\N{ZERO WIDTH JOINER}"))


def normalize(place: str) -> str:
    """Return the place of a path or a name, or elsewhere for an invalid one. Idempotent.

    Of a path, the query, the fragment, repeated slashes, and the last slash are removed, and the
    rest is decoded. Both are Unicode in NFC, and cut after :data:`MAX_BYTES`.
    """
    if len(place) > MAX_PATH_LENGTH:
        return ELSEWHERE
    try:
        if is_path(place):
            cut = _cut(_decode(place) or "")
            return cut.rstrip("/ ") or cut[:1]
        name = _cut(unicodedata.normalize("NFC", place).strip()).strip()
        return ELSEWHERE if is_path(name) else name
    except UnicodeError:
        return ELSEWHERE


def is_path(place: str) -> bool:
    """Return whether a place is a path. The others are names that a developer chose."""
    return place.startswith("/")


def of_request(request: HttpRequest) -> str:
    """Return the place of a page; elsewhere for a private page, or one that no route serves."""
    if request.resolver_match is None:
        return ELSEWHERE  # a visitor chooses the path of an error page
    # Django has decoded the paths already.
    place = normalize(escape_uri_path(request.path))
    below_root = normalize(escape_uri_path(request.path_info))
    return ELSEWHERE if is_private(place) or is_private(below_root) else place


def is_private(place: str) -> bool:
    """Return whether people at this place are counted as elsewhere, whatever its language.

    A name is never private.
    """
    prefixes = _private_prefixes()
    return is_path(place) and any(
        f"{each}/".startswith(prefixes) for each in (place, *_without_language(place))
    )


def may_be_unsigned(place: str) -> bool:
    """Return whether a browser may name this path without a signature of the site."""
    return is_path(place) and f"{place}/".startswith(_unsigned_prefixes())


def _cut(text: str) -> str:
    """Return the first :data:`MAX_BYTES`, or elsewhere if some character is not readable."""
    cut = text.encode()[:MAX_BYTES].decode(errors="ignore")
    is_readable = cut.translate(_JOINERS).isprintable() and "\N{REPLACEMENT CHARACTER}" not in cut
    return cut if is_readable else ELSEWHERE


def _decode(path: str) -> str | None:
    """Return the readable path; None if it is encoded too often. Raise UnicodeDecodeError."""
    for _ in range(MAX_DECODINGS + 1):
        before = path
        without_query = re.split("[?#]", path, maxsplit=1)[0]
        decoded = unquote(without_query, errors="strict")
        path = re.sub("/+", "/", unicodedata.normalize("NFC", decoded))
        if path == before:
            return path
    return None


def _without_language(place: str) -> Iterator[str]:
    """Yield the place without the language that its path begins with, such as ``/de``."""
    language, _, rest = place[1:].partition("/")
    if language.lower() in _languages():
        yield f"/{rest}"


@cache
def _private_prefixes() -> tuple[str, ...]:
    """Return the prefixes, each with a slash at its end."""
    admin = [each for path in _admin() for each in (path, *_without_language(path))]
    return _prefixes((*conf.read().LANDING_PRIVATE_PLACES, *admin))


@cache
def _unsigned_prefixes() -> tuple[str, ...]:
    return _prefixes(conf.read().LANDING_UNSIGNED_PLACES)


def _prefixes(paths: Iterable[str]) -> tuple[str, ...]:
    return tuple(f"{prefix.rstrip('/')}/" for prefix in map(normalize, paths) if prefix)


@cache
def _languages() -> frozenset[str]:
    return frozenset(code.lower() for code, _ in settings.LANGUAGES)


def _admin() -> Iterator[str]:
    """Yield the path of the admin, which may have another name, below the root path."""
    try:
        yield f"/{reverse('admin:index').removeprefix(get_script_prefix())}"
    except NoReverseMatch:
        return


def _clear_caches(**kwargs: object) -> None:
    _private_prefixes.cache_clear()
    _unsigned_prefixes.cache_clear()
    _languages.cache_clear()


setting_changed.connect(_clear_caches)
