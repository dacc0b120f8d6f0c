"""Check that an SVG picture is valid XML without scripts and entities.

Browsers run no script of an ``<img>``, and the policy of the address forbids all if somebody opens
it. So this check is for the owner, who learns of a picture that would not look as expected.
"""

from __future__ import annotations

import re
from typing import Any
from xml.parsers import expat

from .copies import Copies
from .reader import UnusableError

NAMESPACE = "http://www.w3.org/2000/svg"
#: The begin of XML, behind a byte order mark and blanks.
START = re.compile(rb"(?:\xef\xbb\xbf)?\s*<|\xff\xfe<\x00|\xfe\xff\x00<")
#: Elements that contain code or another document.
FORBIDDEN = frozenset({"embed", "foreignobject", "handler", "iframe", "object", "script"})
HANDLER = re.compile(r"on[a-z]+", re.IGNORECASE)
SCRIPT_ADDRESS = re.compile(r"[\x00-\x20]*javascript:", re.IGNORECASE)
_SEPARATOR = "\n"
ENTITIES = "The SVG picture must not contain entities (<!ENTITY>). Export it as plain SVG."


def check(content: bytes) -> None:
    """Raise ``UnusableError`` if this is not an SVG picture that browsers can show."""
    parser = expat.ParserCreate(namespace_separator=_SEPARATOR)
    parser.StartDoctypeDeclHandler = _check_doctype
    parser.EntityDeclHandler = parser.SkippedEntityHandler = _refuse_entities
    checks = _Elements()
    parser.StartElementHandler = checks.check
    parser.EndElementHandler = lambda name: checks.copies.close()
    try:
        parser.Parse(content, True)
    except UnusableError:
        raise
    except (ValueError, LookupError) as error:  # from the codec of an encoding
        raise UnusableError("The SVG picture has an unknown encoding. Save it as UTF-8.") from error
    except expat.ExpatError as error:
        raise UnusableError(
            f"The SVG picture is not valid XML (line {error.lineno}). Export it again."
        ) from error
    if checks.copies.are_too_many():
        raise UnusableError(
            "The SVG picture repeats its parts too often (<use>). Export it as plain SVG."
        )


class _Elements:
    """Checks each element. The first one must be ``<svg>``."""

    def __init__(self) -> None:
        self.copies = Copies()
        self._is_first = True

    def check(self, name: str, attributes: dict[str, str]) -> None:
        namespace, _, local = name.rpartition(_SEPARATOR)
        if self._is_first and (namespace, local) != (NAMESPACE, "svg"):
            raise UnusableError(
                f"An SVG picture must begin with <svg xmlns=“{NAMESPACE}”>. Export it again."
            )
        self._is_first = False
        if local.lower() in FORBIDDEN:
            raise UnusableError(f"The SVG picture must not contain <{local}>. Remove the element.")
        self.copies.open(attributes.get("id", ""), attributes.values())
        for attribute, value in attributes.items():
            plain = attribute.rpartition(_SEPARATOR)[2]
            if HANDLER.fullmatch(plain) or SCRIPT_ADDRESS.match(value):
                raise UnusableError(
                    f"The SVG picture must not contain scripts. Remove the attribute {plain}."
                )


def _check_doctype(name: str, system: Any, public: Any, has_declarations: int) -> None:
    if has_declarations:
        _refuse_entities()


def _refuse_entities(*arguments: Any) -> None:
    raise UnusableError(ENTITIES)
