"""The order of the fields in the form, and their groups."""

from __future__ import annotations

from typing import Any

from django.conf import settings

from ...conf import spell
from ...content.values import Content
from . import languages
from .form import SECTION_FIELDS

#: A group of fields: its title and its options, as Django's admin takes them.
Fieldset = tuple[str, dict[str, Any]]

LANGUAGE_HELP = (
    "An empty field means the text in all languages. The subtext is the line under the counter. An "
    "empty one means that of the default language; without any, the setting "
    f"{spell('LANDING_COUNTER_SUBTEXT')} applies."
)


def fieldsets(stored: Content) -> list[Fieldset]:
    """Return the groups of fields. Languages without a stored text are collapsed."""
    return [
        ("Brand", {"fields": ("brand_name", "brand_color", "logo_upload", "logo")}),
        (
            "Text in all languages",
            {"fields": ("headline", "has_lead", "lead", "call_text", "call_link")},
        ),
        *(_language_fieldset(stored, code, title) for code, title in settings.LANGUAGES),
        ("Counter", {"fields": ("minimum", "has_subtext")}),
        (
            "Sections",
            {
                "description": "The sections below the counter, from top to bottom.",
                "fields": ("has_feed", *SECTION_FIELDS),
            },
        ),
    ]


def _language_fieldset(stored: Content, code: str, title: str) -> Fieldset:
    has_text = any(
        languages.find_stored(getattr(stored, text.column), code) for text in languages.TEXTS
    )
    return (
        f"Text in {title}",
        {
            "classes": () if has_text else ("collapse",),
            "description": LANGUAGE_HELP,
            "fields": languages.field_names(code),
        },
    )
