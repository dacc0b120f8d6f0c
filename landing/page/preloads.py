"""Which ES modules a script of the browser needs before it can run.

Reads the sources as they are written, one ``import`` per statement; what they are called
where they are sent is the business of the static files' storage.
"""

from __future__ import annotations

import posixpath
import re
from functools import cache
from pathlib import Path

from django.contrib.staticfiles import finders
from django.templatetags.static import static

_IMPORT = re.compile(r'^import\b[^;"]*"(\.{1,2}/[^"]+)";', re.MULTILINE)


def preloads(script: str) -> str:
    """The ``Link`` header of a page with that script: browsers fetch all its modules at once.

    In the header and not in the page, where they would be a seventh of it (RFC 8288).
    """
    return ", ".join(f"<{static(name)}>; rel=modulepreload" for name in needed_by(script))


@cache
def needed_by(script: str) -> tuple[str, ...]:
    """The names of static files, each once, the script's first.

    Nothing of what it imports where its source is gone: then browsers find out themselves.
    """
    names = [script]
    for name in names:  # grows while it is walked
        names += [each for each in _imported_by(name) if each not in names]
    return tuple(names)


def _imported_by(name: str) -> list[str]:
    source = finders.find(name)
    if source is None:
        return []
    written = _IMPORT.findall(Path(source).read_text())
    paths = (posixpath.join(posixpath.dirname(name), each) for each in written)
    return list(dict.fromkeys(map(posixpath.normpath, paths)))
