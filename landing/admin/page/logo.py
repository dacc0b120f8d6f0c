"""The upload of the logo in the form."""

from __future__ import annotations

from typing import Any, NamedTuple

from django import forms
from django.contrib.admin.widgets import AdminFileWidget
from django.core.exceptions import ValidationError
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html

from ...content.logo import picture
from ...content.logo.picture import Picture
from ...content.logo.reader import UnusableError
from ...names import URLS

#: The files that browsers offer to select. Only the content decides.
ACCEPTED = ",".join(f".{extension}" for extension in (*picture.MEDIA_TYPES, "jpeg"))


class StoredLogo(NamedTuple):
    """The stored file, as Django's widget shows it."""

    name: str

    @property
    def url(self) -> str:
        """Return the address; empty if the project has no route to it."""
        try:
            return reverse(f"{URLS}:logo", args=(self.name,))
        except NoReverseMatch:
            return ""

    def __str__(self) -> str:
        return format_html('<img class="stored-logo" src="{}" alt="Current logo">', self.url)


class LogoInput(AdminFileWidget):
    """Selects a file, shows the stored one, and removes it."""

    clear_checkbox_label = "Remove"

    class Media:
        js = ("live_user_counter/admin/logo-size.js",)


class LogoField(forms.FileField):
    """A picture that is checked by its content.

    Its value is a :class:`Picture`, False to remove the stored one, or the initial value.
    """

    widget = LogoInput(attrs={"accept": ACCEPTED, "data-max-bytes": picture.MAX_BYTES})

    def clean(self, data: Any, initial: Any = None) -> Any:
        """Return the value. Raise ``ValidationError`` with one sentence for the owner."""
        value = super().clean(data, initial)
        if not value or isinstance(value, StoredLogo):
            return value
        try:
            return parse(value)
        except UnusableError as error:
            raise ValidationError(str(error)) from error


def parse(file: Any) -> Picture:
    """Return the checked picture of an uploaded file, of which not more is read than permitted."""
    picture.limit_bytes(file.size)
    return picture.parse(file.read())
