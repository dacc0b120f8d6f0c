"""Reads what is to be translated, and how it is, without GNU gettext."""

from __future__ import annotations

import ast
import gettext
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.template import engines
from django.templatetags.i18n import BlockTranslateNode, TranslateNode

from tests.services.site import ROOT

LANGUAGES = ("de", "es", "ar")
PLACEHOLDER = re.compile(r"%\(\w+\)[ds]|\{\w+\}")
_LINE = re.compile(r'(?:(msgctxt|msgid|msgid_plural|msgstr)(?:\[(\d)\])? )?(".*")')


@dataclass(slots=True)
class Entry:
    """One message; ``texts`` is one translation, or one for each form of the plural."""

    msgid: str = ""
    plural: str = ""
    texts: list[str] = field(default_factory=list)
    flags: str = ""


def folder(language: str) -> Path:
    return ROOT / "locale" / language / "LC_MESSAGES"


def written(language: str) -> dict[str, Entry]:
    """What the ``.po`` file says, by the message; the header is that of ``""``."""
    blocks = (folder(language) / "django.po").read_text().split("\n\n")
    entries = [_entry(block) for block in blocks]
    assert len({each.msgid for each in entries}) == len(entries), f"{language}: one comes twice"
    return {each.msgid: each for each in entries}


def compiled(language: str) -> gettext.GNUTranslations:
    with (folder(language) / "django.mo").open("rb") as file:
        return gettext.GNUTranslations(file)


def to_translate() -> dict[str, str]:
    """Every message of the app and of its pages, with its plural or an empty text.

    The admin's pages are for staff, who read English.
    """
    found = [each for path in (ROOT / "landing").rglob("*.py") for each in _in_python(path)]
    for path in sorted((ROOT / "templates").rglob("*.html")):
        name = str(path.relative_to(ROOT / "templates"))
        if not name.startswith("admin/"):
            found += _in_template(name)
    return dict(found)


def _entry(block: str) -> Entry:
    entry, target = Entry(), ""
    for line in block.splitlines():
        if line.startswith("#"):
            entry.flags += line
            continue
        match = _LINE.fullmatch(line)
        assert match, line
        target = match[1] or target
        text = ast.literal_eval(match[3])
        if target == "msgid":
            entry.msgid += text
        elif target == "msgid_plural":
            entry.plural += text
        elif match[1]:
            entry.texts.append(text)
        else:
            entry.texts[-1] += text
    return entry


def _in_python(path: Path) -> Iterator[tuple[str, str]]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            texts = [each.value for each in node.args[:2] if isinstance(each, ast.Constant)]
            if node.func.id in ("gettext", "gettext_lazy"):
                yield texts[0], ""
            elif node.func.id in ("ngettext", "ngettext_lazy"):
                yield texts[0], texts[1]


def _in_template(name: str) -> Iterator[tuple[str, str]]:
    template: Any = engines["django"].get_template(name)
    nodes = template.template.nodelist
    for node in nodes.get_nodes_by_type(TranslateNode):
        yield str(node.filter_expression.var.literal), ""
    for node in nodes.get_nodes_by_type(BlockTranslateNode):
        singular = node.render_token_list(node.singular)[0]
        yield singular, node.render_token_list(node.plural)[0] if node.plural else ""
