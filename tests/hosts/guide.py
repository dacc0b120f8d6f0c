"""Read docs/install.md as a reader does: the steps, the lines to add, and the commands."""

from __future__ import annotations

import re
from dataclasses import dataclass

from tests.services.site import ROOT

PAGE = ROOT / "docs" / "install.md"
#: The name of the project in the guide, and of the package in each host.
PROJECT = "mysite"
_BLOCK = re.compile(r"^( *)```(\w+)\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)
_NAMED = re.compile(r"`([\w./]+\.\w+)`")


@dataclass(frozen=True)
class Block:
    """One code block: its language, its lines, and the file that the text before it names."""

    language: str
    text: str
    file: str | None


def section(heading: str) -> str:
    """Return the text below a heading, up to the next one of the same level."""
    found = re.search(
        rf"^## {re.escape(heading)}\n(.*?)(?=^## |\Z)", PAGE.read_text(), re.MULTILINE | re.DOTALL
    )
    if found is None:
        raise ValueError(f"{PAGE.name} has no section {heading!r}.")
    return found[1]


def blocks(heading: str) -> list[Block]:
    """Return the code blocks of a section, in their order."""
    text, end, found = section(heading), 0, []
    for match in _BLOCK.finditer(text):
        named = _NAMED.findall(text[end : match.start()])
        indent = match[1]
        lines = "".join(line.removeprefix(indent) for line in match[3].splitlines(keepends=True))
        found.append(Block(match[2], lines, named[-1] if named else None))
        end = match.end()
    return found


def servers() -> dict[str, list[str]]:
    """Return the commands of each server, by its name. The last one starts it."""
    found = re.split(r"^### ", section("Start a server"), flags=re.MULTILINE)[1:]
    return {
        part.partition("\n")[0].lower(): [
            line for match in _BLOCK.finditer(part) for line in match[3].splitlines() if line
        ]
        for part in found
    }
