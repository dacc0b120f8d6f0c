"""Parse the options in the query of a URL, such as ``?timeout=5``, and reject unknown ones.

Error messages name only known options: an unknown name may be a part of a password with an
unencoded ``?``.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping
from typing import Any

from landing_site.environment.parsers import InvalidValue

#: The parser of an option, and what an error message asks for.
OptionParser = tuple[Callable[[str], Any], str]


def find_parser(known: Mapping[str, OptionParser], name: str) -> OptionParser:
    """Return the parser of an option. Raise InvalidValue if it is unknown."""
    if name in known:
        return known[name]
    similar = difflib.get_close_matches(name, known, n=1)
    hint = f"did you mean {similar[0]}?" if similar else "see docs/configuration.md"
    raise InvalidValue(f"must have only known options ({hint})")


def parse_option(known: Mapping[str, OptionParser], name: str, value: str) -> Any:
    """Return the value of an option. Raise InvalidValue if the name or the value is wrong."""
    parse, expected = find_parser(known, name)
    try:
        return parse(value)
    except ValueError:
        raise InvalidValue(f"must have {expected} in its option {name}") from None
