"""Store static files under hashed names, with the project's own files minified."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import PurePath
from typing import Any, NamedTuple

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.files.base import ContentFile
from django.urls import get_script_prefix
from django.utils.encoding import iri_to_uri
from rcssmin import cssmin
from servestatic.storage import CompressedManifestStaticFilesStorage

try:
    import minify
except ImportError:  # systems without a build of minify serve unminified scripts
    minify = None

#: The project's own files. Files of other packages are served unchanged.
OWN_PREFIXES = ("landing/", "live_user_counter/")
#: URLs that a process remembers. A site has a few hundred files, under one root path.
MAX_URLS = 10_000


def _minify_javascript(script: str) -> str:
    return minify.string("text/javascript", script) if minify else script


MINIFIERS: dict[str, Callable[[str], str]] = {
    ".css": cssmin,  # minify does not support nested rules
    ".js": _minify_javascript,
}


class HashedStaticFilesStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]
    """Replace names by hashed names, also in the ``import`` statements of ES modules.

    Django only finds import statements that end in a semicolon. A statement without one would
    keep the unhashed name.
    """

    support_js_module_import_aggregation = True

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._urls: dict[tuple[str | None, bool, bool, str], str] = {}

    def load_manifest(self) -> tuple[dict[str, str], str]:
        """Return the names and the hash of the manifest. Raise an error that names the setting."""
        try:
            manifest: tuple[dict[str, str], str] = super().load_manifest()
        except (AttributeError, OSError, ValueError) as error:
            raise ImproperlyConfigured(
                f"STATIC_ROOT has a file {self.manifest_name} that cannot be read ({error}). Make "
                "it readable, or delete it and run: python manage.py collectstatic --noinput"
            ) from error
        return manifest

    def url(self, name: str | None, force: bool = False) -> str:
        """Return the URL of a file under the root path of the request.

        Django adds it only if it is known when the settings are read.
        """
        # A page has about 30 of them, which were a tenth of its time.
        key = name, force, settings.DEBUG, get_script_prefix()
        if key not in self._urls:
            if len(self._urls) >= MAX_URLS:
                self._urls.clear()
            self._urls[key] = self._find_url(name, force)
        return self._urls[key]

    def _find_url(self, name: str | None, force: bool) -> str:
        url: str = super().url(name, force)
        root = iri_to_uri(get_script_prefix())
        return url if url.startswith(root) or not url.startswith("/") else root[:-1] + url

    def post_process(
        self, paths: dict[str, Any], *args: Any, **options: Any
    ) -> Iterator[tuple[str, str | None, bool | Exception]]:
        """Minify and hash the files. The file with the unhashed name stays unminified."""
        self._urls.clear()
        yield from super().post_process(
            {name: _select_source(name, *found) for name, found in paths.items()},
            *args,
            **options,
        )


class _MinifiedSource(NamedTuple):
    """A storage that minifies each file as it opens it."""

    storage: Any

    def open(self, path: str) -> ContentFile[bytes]:
        """Return the minified file."""
        with self.storage.open(path) as source:
            text = source.read().decode()
        return ContentFile(MINIFIERS[PurePath(path).suffix](text).encode())


def _select_source(name: str, storage: Any, path: str) -> tuple[Any, str]:
    """Return the storage and path from which to read a file."""
    is_minified = name.startswith(OWN_PREFIXES) and PurePath(name).suffix in MINIFIERS
    return (_MinifiedSource(storage) if is_minified else storage), path
