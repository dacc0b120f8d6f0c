"""The form of the page's content. The rules are those of the settings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.html import escape

from ... import conf
from ...checks.page import FILE_OF_SITE, RULES, is_collected
from ...content.logo.picture import Picture
from ...content.values import SECTIONS, Content, is_link
from ...models import Page
from . import languages
from .languages import LINE_BREAK
from .logo import LogoField, StoredLogo

#: The settings whose rules and defaults the fields share.
SETTINGS = {
    "brand_name": "LANDING_BRAND_NAME",
    "brand_color": "LANDING_BRAND_COLOR",
    "logo": "LANDING_BRAND_LOGO",
    "headline": "LANDING_HEADLINE",
    "lead": "LANDING_LEAD",
    "minimum": "LANDING_COUNTER_MINIMUM",
}
SECTION_TITLES = {
    "about": "See that you’re not alone here",
    "how": "How we count",
    "own": "Sections of your own template",
    "action": "Add it to your page",
}
SECTION_FIELDS = tuple(f"section_{place}" for place in range(1, len(SECTIONS) + 1))


class PageForm(forms.ModelForm):  # type: ignore[type-arg]  # takes none at run time
    """Edits the row. One field per language and one per place become a column each."""

    instance: Page

    class Meta:
        model = Page
        fields = (
            *("brand_name", "brand_color", "logo", "headline", "has_lead", "lead"),
            *("call_text", "call_link", "minimum", "has_subtext", "has_feed"),
        )
        help_texts = {  # noqa: RUF012  as Django types it
            "brand_color": "Such as #0b7a4c. All other colors derive from it.",
            "logo": "A static file such as brand/logo.svg, or a path such as /media/logo.svg. An "
            "uploaded logo wins.",
            "call_link": "Such as /pricing, #how, https://example.org/, or mailto:me@example.org.",
            "minimum": "Below this number, the counter shows words instead.",
        }

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        for name, setting in SETTINGS.items():
            if name in self.fields:  # those who may only view have no fields
                field = self.fields[name]
                field.help_text = f"{field.help_text} {_describe_default(setting)}".strip()
        # A value that only SQL can write must not break the form.
        stored = Content.from_page(self.instance)
        self.fields["logo_upload"] = self._build_upload(stored.logo_file)
        self.fields.update(languages.build_fields(stored))
        self._add_sections(stored.sections)

    def _build_upload(self, name: str) -> LogoField:
        return LogoField(
            label="Logo",
            required=False,
            initial=StoredLogo(name) if name else None,
            help_text="A PNG, JPEG, WebP, GIF, or SVG picture of at most 100 KB. Without one, the "
            "address below applies.",
        )

    @property
    def draft(self) -> Content:
        """Return the content that valid values describe, with an upload that is not saved."""
        content = Content.from_page(self.instance)
        match self.cleaned_data["logo_upload"]:
            case Picture() as upload:
                return replace(content, unsaved_logo=upload.data_url)
            case False:
                return replace(content, logo_file="")
        return content

    def _add_sections(self, shown: Sequence[str]) -> None:
        for place, name in enumerate(SECTION_FIELDS):
            self.fields[name] = forms.ChoiceField(
                label=f"Section {place + 1}",
                required=False,
                choices=(("", "None"), *SECTION_TITLES.items()),
                initial=shown[place] if place < len(shown) else "",
            )

    def clean(self) -> dict[str, Any]:
        """Check each value as the system checks do, and fill in the columns of several fields."""
        values = super().clean() or self.cleaned_data
        for name, setting in SETTINGS.items():
            value = values.get(name)
            if value not in ("", None):
                self._check(name, setting, value)
        self._check_call(values)
        stored = Content.from_page(self.instance)
        for text in languages.TEXTS:
            kept = languages.without_field(getattr(stored, text.column))
            entered = languages.read_texts(text, values)
            setattr(self.instance, text.column, {**kept, **entered})
        self.instance.sections = self._read_sections(values)
        return values

    def _check(self, name: str, setting: str, value: Any) -> None:
        rule = RULES[setting][1]
        if not rule.holds(value):
            expected = rule.expected.removeprefix("empty, ")
            more = " Browsers load files of this site only." if rule is FILE_OF_SITE else ""
            self.add_error(name, f"Must be {expected}.{more}")
        elif rule is FILE_OF_SITE and not is_collected(value):
            self.add_error(name, "Run “manage.py collectstatic”, which has not found this file.")

    def _check_call(self, values: dict[str, Any]) -> None:
        text, link = values.get("call_text"), values.get("call_link")
        if text and LINE_BREAK.search(text):
            self.add_error("call_text", "Must be one line.")
        if link and not is_link(link):
            self.add_error(
                "call_link",
                "Must begin with https://, http://, mailto:, /, #, or ?, and have no spaces.",
            )
        elif bool(text) != bool(link) and not self.errors.keys() & {"call_text", "call_link"}:
            missing = "call_link" if text else "call_text"
            self.add_error(missing, "A button needs a text and a link. Clear both for the default.")
        elif not (text or link or self.errors) and languages.read_texts(languages.BUTTON, values):
            self.add_error(
                "call_text", "A button needs a text for languages without one, and a link."
            )

    def _read_sections(self, values: dict[str, Any]) -> list[str] | None:
        """Return the chosen sections; None for the usual ones, so that later ones appear."""
        chosen: list[str] = []
        for name in SECTION_FIELDS:
            section = values.get(name)
            if section in chosen:
                error = ValidationError("%(title)s is already above.", "twice")
                error.params = {"title": SECTION_TITLES[section]}
                self.add_error(name, error)
            elif section:
                chosen.append(section)
        return None if tuple(chosen) == SECTIONS else chosen


def _describe_default(setting: str) -> str:
    value = getattr(conf.read(), setting)
    default = f"“{escape(value)}”" if value != "" else "none"  # the admin shows it as HTML
    return f"If empty: {default}, from {escape(conf.spell(setting))}."
