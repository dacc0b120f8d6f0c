"""Find the translatable texts, and read the catalogs, without GNU gettext."""

from __future__ import annotations

import ast
import gettext
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from django.template import engines
from django.templatetags.i18n import BlockTranslateNode, TranslateNode

from tests.services.site import ROOT

LANGUAGES = ("de", "es", "ar")
#: Texts for staff and programs only; ``make messages`` ignores the same paths.
ENGLISH = (
    "landing/admin",
    "landing/api/",
    "landing/activity/publishing.py",
    "landing/activity/validation.py",
    "templates/admin/",
    "templates/live_user_counter/admin/",
)
PLACEHOLDER = re.compile(r"%\(\w+\)[ds]|\{\w+\}")
_LINE = re.compile(r'(?:(msgctxt|msgid|msgid_plural|msgstr)(?:\[(\d)\])? )?(".*")')


@dataclass(slots=True)
class Entry:
    """One message of a catalog; ``texts`` has one translation, or one per plural form."""

    msgid: str = ""
    plural: str = ""
    texts: list[str] = field(default_factory=list)
    flags: str = ""


def catalog_folder(language: str) -> Path:
    return ROOT / "locale" / language / "LC_MESSAGES"


def read_catalog(language: str) -> dict[str, Entry]:
    """Return the entries of the ``.po`` file by message; ``""`` has the header."""
    blocks = (catalog_folder(language) / "django.po").read_text().split("\n\n")
    entries = [_entry(block) for block in blocks]
    assert len({each.msgid for each in entries}) == len(entries), f"{language} has duplicates"
    return {each.msgid: each for each in entries}


def read_compiled(language: str) -> gettext.GNUTranslations:
    with (catalog_folder(language) / "django.mo").open("rb") as file:
        return gettext.GNUTranslations(file)


@cache
def find_messages() -> dict[str, str]:
    """Return every message of the pages, with its plural form or an empty text."""
    modules = [path for path in (ROOT / "landing").rglob("*.py") if not _is_english(path)]
    pages = [path for path in (ROOT / "templates").rglob("*.html") if not _is_english(path)]
    found = [each for path in modules for each in _in_python(path)]
    for path in pages:
        found += _in_template(str(path.relative_to(ROOT / "templates")))
    return dict(found)


def _is_english(path: Path) -> bool:
    return str(path.relative_to(ROOT)).startswith(ENGLISH)


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
    tree = ast.parse(path.read_text())
    imports = [each for each in ast.walk(tree) if isinstance(each, ast.ImportFrom)]
    real = {name.asname or name.name: name.name for each in imports for name in each.names}
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            function = real.get(node.func.id, "").removesuffix("_lazy").removesuffix("_noop")
            if function in ("gettext", "ngettext"):
                texts = [ast.literal_eval(each) for each in node.args[:2] if _is_text(each)]
                if texts:  # a variable: its text is marked at its definition
                    yield texts[0], texts[1] if function == "ngettext" else ""


def _is_text(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def _in_template(name: str) -> Iterator[tuple[str, str]]:
    template: Any = engines["django"].get_template(name)
    nodes = template.template.nodelist
    for node in nodes.get_nodes_by_type(TranslateNode):
        yield str(node.filter_expression.var.literal), ""
    for node in nodes.get_nodes_by_type(BlockTranslateNode):
        singular = node.render_token_list(node.singular)[0]
        yield singular, node.render_token_list(node.plural)[0] if node.plural else ""
