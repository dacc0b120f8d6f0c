"""Read the directories of static files once per test process.

Each test client builds the middleware, which would compare and read hundreds of files again. That
took more time than the requests.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.conf import settings
from servestatic.middleware import ServeStaticMiddleware

#: Beginnings of the names of all settings on which the files depend.
RELEVANT = ("DEBUG", "INSTALLED_APPS", "SERVESTATIC_", "STATIC")
#: The method that reads the directories.
SCAN = ServeStaticMiddleware.add_files_from_finders


@contextmanager
def shared() -> Iterator[None]:
    """Let middleware with equal settings share the files that the first one finds."""
    found = {}

    def scan_once(middleware: ServeStaticMiddleware) -> None:
        key = repr(relevant_settings())
        if key not in found:
            SCAN(middleware)
            found[key] = dict(middleware.files), list(middleware.directories)
        files, directories = found[key]
        middleware.files.update(files)
        middleware.directories[:] = directories

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ServeStaticMiddleware, "add_files_from_finders", scan_once)
        yield


def relevant_settings() -> dict[str, object]:
    """Return every setting on which the files depend."""
    return {name: getattr(settings, name) for name in dir(settings) if name.startswith(RELEVANT)}
