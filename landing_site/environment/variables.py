"""Typed access to environment variables.

An empty variable counts as unset. An invalid one raises ``ImproperlyConfigured`` with one line.
The line starts with the variable's name and never contains a secret.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any, TypeVar

from django.core.exceptions import ImproperlyConfigured

from landing.conf import TextByLanguage
from landing.conf.similar_names import find_similar
from landing_site.environment import parsers, unknown_variables
from landing_site.environment.database_url import parse_database_url
from landing_site.environment.redis_url import parse_redis_url

T = TypeVar("T")

#: For each type of an app setting: its parser, and what an error message asks for.
PARSERS: Mapping[Any, tuple[Callable[[str], Any], str]] = {
    bool: (parsers.parse_boolean, "must be true or false"),
    int: (parsers.parse_whole_number, "must be a whole number, 0 or more"),
    float: (parsers.parse_number, "must be a number"),
    str: (str, "must be a text"),
    TextByLanguage: (
        parsers.parse_text_by_language,
        'must be a text, or a JSON object of texts by language such as {"en": "…", "de": "…"}',
    ),
    tuple[str, ...]: (parsers.parse_words, "must be a comma-separated list"),
}


class Environment:
    """Environment variables, given as a mapping such as ``os.environ``."""

    def __init__(self, variables: Mapping[str, str]) -> None:
        self._variables = variables

    def text(self, name: str, default: str = "") -> str:
        """Return the variable without surrounding whitespace."""
        value = _decode(self._variables.get(name, ""))
        if value is None:
            raise ImproperlyConfigured(f"{name} must be a text in UTF-8.")
        return value.strip() or default

    def boolean(self, name: str, default: bool) -> bool:
        """Return whether the variable is true; see :mod:`.parsers` for the words."""
        return self._parse(name, *PARSERS[bool], default=default)

    def whole_number(self, name: str, default: int) -> int:
        """Return an integer that is not negative.

        A value that an orchestrator set counts as unset: Kubernetes sets ``EMAIL_PORT`` for a
        service named "email".
        """
        if unknown_variables.is_injected(name, self.text(name)):
            return default
        return self._parse(name, *PARSERS[int], default=default)

    def port(self, name: str, default: int) -> int:
        """Return a port of TCP."""
        return self._parse(
            name, parsers.parse_port, "must be a port from 1 to 65535", default=default
        )

    def choice(self, name: str, choices: Sequence[str], default: str) -> str:
        """Return the one of ``choices`` that the variable names in upper or lower case."""
        *others, last = choices
        comma = "," if len(others) > 1 else ""
        expected = f"must be {', '.join(others)}{comma} or {last}"
        return self._parse(name, partial(parsers.parse_choice, choices), expected, default=default)

    def time_zone(self, name: str, default: str) -> str:
        """Return the name of an IANA time zone."""
        expected = "must be an IANA time zone such as Europe/Oslo"
        return self._parse(name, parsers.parse_time_zone, expected, default=default)

    def origins(self, name: str) -> list[str]:
        """Return a list of origins; empty if unset."""
        expected = "must be a comma-separated list of origins such as https://example.com"
        return self._parse(name, parsers.parse_origins, expected, default=[])

    def hosts(self, name: str, default: list[str]) -> list[str]:
        """Return a list of hosts."""
        expected = (
            "must be ASCII hosts without scheme and port, such as example.com,.example.org,[::1], "
            "with other letters in the form xn--"
        )
        return self._parse(name, parsers.parse_hosts, expected, default=default) or default

    def root_path(self, name: str) -> str | None:
        """Return the path under which the site is mounted; None if unset."""
        expected = "must be a path such as /app"
        return self._parse(name, parsers.parse_root_path, expected, default=None)

    def header(self, name: str) -> str | None:
        """Return the key in ``request.META`` of a request header; None if unset."""
        expected = "must be the name of a request header such as X-Forwarded-Proto"
        return self._parse(name, parsers.parse_header, expected, default=None)

    def database(self, name: str, default: dict[str, Any]) -> dict[str, Any]:
        """Return a ``DATABASES`` entry."""
        expected = "must be sqlite:///path or postgres://user:password@host:port/name"
        return self._parse(name, parse_database_url, expected, default=default, is_secret=True)

    def redis_url(self, name: str) -> str:
        """Return a Redis URL; empty if unset."""
        expected = "must be redis://host:port/0, rediss://host:port/0, or unix:///path"
        return self._parse(name, parse_redis_url, expected, default="", is_secret=True)

    def with_prefix(self, prefix: str, types: Mapping[str, Any]) -> dict[str, Any]:
        """Return all variables that start with ``prefix``, parsed as their type in ``types``.

        Raise ``ImproperlyConfigured`` for a misspelled one. Variables with which an
        orchestrator describes a service of such a name are ignored.
        """
        for name, value in sorted(self._variables.items()):
            is_misspelled = unknown_variables.is_misspelled(name, prefix, types)
            if is_misspelled and not unknown_variables.is_injected(name, value.strip()):
                raise _unknown(name, prefix, types)
        return {
            name: self._parse(name, *PARSERS[kind], default=None)
            for name, kind in types.items()
            if self.text(name) and not unknown_variables.is_injected(name, self.text(name))
        }

    def _parse(
        self,
        name: str,
        parse: Callable[[str], T],
        expected: str,
        *,
        default: T,
        is_secret: bool = False,
    ) -> T:
        text = self.text(name)
        if not text:
            return default
        try:
            return parse(text)
        except parsers.InvalidValue as error:
            problem = str(error)
        except ValueError:
            problem = expected if is_secret else f"{expected} (got {text!r})"
        raise ImproperlyConfigured(f"{name} {problem}.")


def _decode(value: str) -> str | None:
    """Return the text, or None if it is not UTF-8.

    Python keeps the bytes that its locale lacks, and no page could contain them.
    """
    try:
        return value.encode(errors="surrogateescape").decode()
    except UnicodeError:
        return None


def _unknown(name: str, prefix: str, known: Iterable[str]) -> ImproperlyConfigured:
    similar = find_similar(name, prefix, known)
    hint = f"Did you mean {similar}?" if similar else "See docs/configuration.md."
    return ImproperlyConfigured(f"{name} is not a setting. {hint}")
