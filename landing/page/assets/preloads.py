"""Preload links for the ES modules that a script of the page imports.

The imports are read from the source files, one ``import`` per statement. The static files
storage maps the names to the published ones.
"""

from __future__ import annotations

import posixpath
import re
from functools import cache
from pathlib import Path

from django.contrib.staticfiles import finders
from django.templatetags.static import static

_IMPORT = re.compile(r'^import\b[^;"]*"(\.{1,2}/[^"]+)";', re.MULTILINE)


def link_header(script: str) -> str:
    """Return a ``Link`` header (RFC 8288) with which browsers fetch all modules at once.

    The header keeps the links out of the page, which would grow by a seventh.
    """
    return ", ".join(f"<{static(name)}>; rel=modulepreload" for name in find_modules(script))


@cache
def find_modules(script: str) -> tuple[str, ...]:
    """Return the static file names of the script and of everything it imports.

    The script comes first, and each name once. A missing source adds no imports.
    """
    names = [script]
    for name in names:  # The list grows during the loop.
        names += [imported for imported in _find_imports(name) if imported not in names]
    return tuple(names)


def _find_imports(name: str) -> list[str]:
    source = finders.find(name)
    if source is None:
        return []
    imports = _IMPORT.findall(Path(source).read_text(encoding="utf-8"))
    paths = (posixpath.join(posixpath.dirname(name), path) for path in imports)
    return list(dict.fromkeys(map(posixpath.normpath, paths)))
