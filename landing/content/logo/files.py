"""Store the file of the logo, and keep the shown one in memory."""

from __future__ import annotations

from dataclasses import dataclass

from ...tables.page import Logo, Page
from .picture import Picture


@dataclass(frozen=True, slots=True)
class _File:
    name: str = ""
    content: bytes = b""


class ShownFile:
    """The file that the pages of this process show, so that requests for it need no query."""

    def __init__(self) -> None:
        self._file = _File()

    def load(self, name: str) -> bool:
        """Read the file of this name, or forget the last one if the name is empty.

        Return whether the table has the file. Called in the thread that reads the content, before
        a page shows it.
        """
        if name != self._file.name:
            content = read(name) if name else None
            self._file = _File() if content is None else _File(name, content)
        return self._file.name == name

    def get(self, name: str) -> bytes | None:
        """Return the content of the file if pages show it."""
        shown = self._file
        return shown.content if name and name == shown.name else None


shown = ShownFile()


def read(name: str) -> bytes | None:
    """Read a stored file; None if the table has no such file."""
    content = Logo.objects.filter(pk=name).values_list("content", flat=True).first()
    return None if content is None else bytes(content)


def replace(page: Page, picture: Picture | None) -> None:
    """Store the picture as the logo of the page, or none. The caller saves the page.

    The file before stays until the next change, for pages that are loading.
    """
    before = page.logo_file_id
    page.logo_file = None if picture is None else _store(picture)
    kept = [name for name in (before, page.logo_file_id) if name]
    # The page may still refer to the file before, which is kept.
    Logo.objects.exclude(pk__in=kept).delete()


def _store(picture: Picture) -> Logo:
    stored, _ = Logo.objects.get_or_create(pk=picture.name, defaults={"content": picture.content})
    return stored


def delete_all() -> None:
    """Delete every file. Called after the page was deleted."""
    Logo.objects.all().delete()
