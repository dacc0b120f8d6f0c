"""The brand of the site, which every page, picture, and e-mail shows."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass

from django.templatetags.static import static
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext

from .. import conf
from ..content.current import current as current_content
from ..content.languages import find_active
from ..content.values import Content
from ..names import URLS
from . import files, versions
from .color import Color


@dataclass(frozen=True, slots=True)
class Brand:
    """A name, a color, and pictures. Empty addresses mean the drawings of this app.

    The texts are in the language that was active when :func:`current` was called.
    """

    name: str
    headline: str
    lead: str
    #: Such as ``#0b7a4c``.
    color: str
    #: The addresses of pictures, and of a style sheet that is loaded last.
    logo_url: str = ""
    own_icon_url: str = ""
    own_share_image_url: str = ""
    own_style_url: str = ""

    @property
    def style_url(self) -> str:
        """Return the address of the sheet with the colors; empty for the default color."""
        return "" if self._has_default_color else self._file_url(files.STYLE)

    @property
    def accent_url(self) -> str:
        """Return the address of the sheet with the accent; empty for the default color."""
        return "" if self._has_default_color else self._file_url(files.ACCENT)

    @property
    def icon_url(self) -> str:
        """Return the address of the icon in the browser's tab."""
        return self.own_icon_url or self._picture_url(files.ICON)

    @property
    def touch_icon_url(self) -> str:
        """Return the address of the icon on a phone's home screen."""
        return self.own_icon_url or self._picture_url(files.TOUCH_ICON)

    @property
    def share_image_url(self) -> str:
        """Return the address of the picture that other sites show with a link."""
        return self.own_share_image_url or self._picture_url(files.SHARE_IMAGE)

    @property
    def _has_default_color(self) -> bool:
        return self.color == files.SOURCE_COLOR

    def _picture_url(self, name: str) -> str:
        url = "" if self._has_default_color else self._file_url(name)
        return url or static(files.SOURCES[name])

    def _file_url(self, name: str) -> str:
        """Return the address of a generated file; empty if the project has no route to it."""
        with suppress(NoReverseMatch):
            return reverse(f"{URLS}:brand", args=(versions.sign(self.color), name))
        return ""


def normalize(color: str) -> str:
    """Return a color as ``#rrggbb``. Raise ``ValueError`` for another text."""
    return Color.parse(color).to_hex()


def current() -> Brand:
    """Return the brand now: the owner's choices, else the settings.

    A serving process makes no query.
    """
    values, content = conf.read(), current_content()
    return Brand(
        name=content.brand_name or gettext(values.LANDING_BRAND_NAME),
        headline=_text(content.headlines, content.headline, values.LANDING_HEADLINE),
        lead=_text(content.leads, content.lead, values.LANDING_LEAD) if content.has_lead else "",
        color=_color(content),
        logo_url=_own_logo(content) or _find_address(values.LANDING_BRAND_LOGO),
        own_icon_url=_find_address(values.LANDING_BRAND_ICON),
        own_share_image_url=_find_address(values.LANDING_BRAND_SHARE_IMAGE),
        own_style_url=_find_address(values.LANDING_BRAND_STYLESHEET),
    )


def _text(by_language: Mapping[str, str], general: str, setting: str) -> str:
    """Return the owner's text in the active language, else the general one, else the setting."""
    return find_active(by_language) or general or gettext(setting)


def build_files(content: Content) -> None:
    """Build the files of the content's color, which takes tens of milliseconds, for later pages."""
    if (color := _color(content)) != files.SOURCE_COLOR:
        files.build(color)  # previews of other colors may have replaced it
        files.version(color)


def _color(content: Content) -> str:
    """Return the owner's color, else that of the settings, else the default."""
    setting = conf.read().LANDING_BRAND_COLOR
    return _find_color(content.brand_color) or _find_color(setting) or files.SOURCE_COLOR


def _find_color(color: str) -> str:
    """Return a color as ``#rrggbb``; empty for another text, because pages must not fail."""
    with suppress(ValueError):
        return normalize(color)
    return ""


def _own_logo(content: Content) -> str:
    """Return the address of the owner's logo: an upload, else a file; empty without one."""
    if content.unsaved_logo:
        return content.unsaved_logo
    if content.logo_file:
        with suppress(NoReverseMatch):  # the project has no route to it
            return reverse(f"{URLS}:logo", args=(content.logo_file,))
    return _find_address(content.logo)


def _find_address(file: str) -> str:
    """Return the address of a file; empty if it is not there, because pages must not fail."""
    with suppress(ValueError):
        return address(file)
    return ""


def address(file: str) -> str:
    """Return the address of a static file. A path such as ``/media/logo.svg`` is one already.

    Raise ``ValueError`` if ``collectstatic`` has not found the static file.
    """
    return file if not file or file.startswith("/") else static(file)
