"""Check that an SVG picture is valid XML without scripts, entities, and other files.

Browsers run no script of an ``<img>`` and load no file for it. The policy of the address forbids
both if somebody opens it. So this check is for the owner, who learns of a picture that would not
look as expected.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NoReturn
from xml.parsers import expat

from .copies import Copies
from .reader import UnusableError
from .style_rules import names_of

NAMESPACE = "http://www.w3.org/2000/svg"
XLINK = "http://www.w3.org/1999/xlink"
#: The begin of XML, behind a byte order mark and blanks.
START = re.compile(rb"(?:\xef\xbb\xbf)?\s*<|\xff\xfe<\x00|\xfe\xff\x00<")
#: Elements that contain code or another document.
FORBIDDEN = frozenset({"embed", "foreignobject", "handler", "iframe", "object", "script"})
HANDLER = re.compile(r"on[a-z]+", re.IGNORECASE)
#: Also in a list of an animation. Browsers ignore tabs and line breaks in an address.
SCRIPT_ADDRESS = re.compile(r"(?:^|;)[\x00-\x20]*javascript:", re.IGNORECASE)
IGNORED = str.maketrans("", "", "\t\n\r")
#: Elements that draw the target of their address.
DRAWING = frozenset({"feimage", "image", "pattern", "use"})
#: A part of the picture, or an embedded picture. An embedded SVG would need this check, too.
EMBEDDED = re.compile(r"\s*(?:$|#|data:image/(?!svg))", re.IGNORECASE)
#: Chromium shows no picture with more than 5,000 levels.
MAX_DEPTH = 1_000
_SEPARATOR = "\n"
ENTITIES = "The SVG picture must not contain entities (<!ENTITY>). Export it as plain SVG."


def check(content: bytes) -> None:
    """Raise ``UnusableError`` if this is not an SVG picture that browsers can show."""
    parser = expat.ParserCreate(namespace_separator=_SEPARATOR)
    parser.StartDoctypeDeclHandler = _check_doctype
    parser.EntityDeclHandler = parser.SkippedEntityHandler = _refuse_entities
    checks = _Elements()
    parser.StartElementHandler = checks.check
    parser.EndElementHandler = checks.close
    parser.CharacterDataHandler = checks.add_text
    parser.ProcessingInstructionHandler = _check_instruction
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
        self._open_styles = 0

    def check(self, name: str, attributes: dict[str, str]) -> None:
        namespace, _, local = name.rpartition(_SEPARATOR)
        if self._is_first and (namespace, local) != (NAMESPACE, "svg"):
            raise UnusableError(
                f"An SVG picture must begin with <svg xmlns=“{NAMESPACE}”>. Export it again."
            )
        self._is_first = False
        if local.lower() in FORBIDDEN:
            raise UnusableError(f"The SVG picture must not contain <{local}>. Remove the element.")
        values = _drawn_values(local, attributes)
        self.copies.open(attributes.get("id", ""), names_of(local, attributes), values)
        self._open_styles += local == "style"
        if self.copies.depth > MAX_DEPTH:
            raise UnusableError(
                f"The SVG picture must have at most {MAX_DEPTH} levels. Export it as plain SVG."
            )
        for attribute, value in attributes.items():
            _check_attribute(local, attribute.rpartition(_SEPARATOR)[2], value)

    def add_text(self, text: str) -> None:
        """Keep the text of a style sheet."""
        if self._open_styles:
            self.copies.styles.append(text)

    def close(self, name: str) -> None:
        """End an element."""
        self.copies.close()
        self._open_styles -= name.rpartition(_SEPARATOR)[2] == "style"


def _drawn_values(local: str, attributes: dict[str, str]) -> Iterator[str]:
    """Yield the values that may refer to parts that the element draws.

    A link and an animation draw no target, and the attributes of an editor are for the editor.
    """
    for attribute, value in attributes.items():
        namespace, _, plain = attribute.rpartition(_SEPARATOR)
        if namespace in ("", XLINK) and (plain != "href" or local.lower() in DRAWING):
            yield value


def _check_attribute(local: str, name: str, value: str) -> None:
    if HANDLER.fullmatch(name) or SCRIPT_ADDRESS.search(value.translate(IGNORED)):
        raise UnusableError(
            f"The SVG picture must not contain scripts. Remove the attribute {name}."
        )
    if name == "href" and local.lower() in DRAWING and not EMBEDDED.match(value):
        _refuse_file(local)


def _check_instruction(target: str, data: str) -> None:
    if target == "xml-stylesheet":
        _refuse_file(f"?{target}")


def _refuse_file(element: str) -> NoReturn:
    raise UnusableError(
        f"The SVG picture must not need another file or contain another SVG (<{element}>). Embed "
        "pictures as PNG or JPEG, and styles as <style>."
    )


def _check_doctype(name: str, system: Any, public: Any, has_declarations: int) -> None:
    if has_declarations:
        _refuse_entities()


def _refuse_entities(*arguments: Any) -> None:
    raise UnusableError(ENTITIES)
