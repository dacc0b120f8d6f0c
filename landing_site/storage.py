"""How static files are named in production: by a hash of what is in them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import PurePath
from typing import Any, NamedTuple

from django.core.files.base import ContentFile
from rcssmin import cssmin
from servestatic.storage import CompressedManifestStaticFilesStorage

try:
    import minify
except ImportError:  # a system without a build of it sends scripts as they were written
    minify = None

#: Where the project's own files are; others come as their makers made them.
OWN = "landing/"


def _shortened(script: str) -> str:
    return minify.string("text/javascript", script) if minify else script


MINIFIERS: dict[str, Callable[[str], str]] = {
    ".css": cssmin,  # the other one does not know nested rules
    ".js": _shortened,
}


class HashedStaticFilesStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]
    """Hashed names, also inside ``import`` statements of ES modules; own files minified.

    Django finds only statements that end in a semicolon; one without would go on
    naming the unhashed file.
    """

    support_js_module_import_aggregation = True

    def post_process(
        self, paths: dict[str, Any], *args: Any, **options: Any
    ) -> Iterator[tuple[str, str | None, bool | Exception]]:
        """The hash is of what is sent; the file under the plain name stays as it was written."""
        yield from super().post_process(
            {name: _to_be_sent(name, *found) for name, found in paths.items()}, *args, **options
        )


class _Minified(NamedTuple):
    """Opens a file of that storage without its comments and needless whitespace."""

    storage: Any

    def open(self, path: str) -> ContentFile[bytes]:
        with self.storage.open(path) as source:
            text = source.read().decode()
        return ContentFile(MINIFIERS[PurePath(path).suffix](text).encode())


def _to_be_sent(name: str, storage: Any, path: str) -> tuple[Any, str]:
    own = name.startswith(OWN) and PurePath(name).suffix in MINIFIERS
    return (_Minified(storage), path) if own else (storage, path)
